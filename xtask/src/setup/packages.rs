//! Node and the npm packages that package-lock.json names.

use std::fs;

use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;
use crate::stamp;

const NODE_MAJOR_MIN: u32 = 20;

pub fn has_node(project: &Project) -> bool {
    process::capture(project.node().arg("--version")).is_ok_and(|version| major(&version) >= Some(NODE_MAJOR_MIN))
}

pub fn explain_node(project: &Project) -> Result<(), Failure> {
    let remedy = match process::capture(project.node().arg("--version")) {
        Ok(found) => format!("found {found}; install Node {NODE_MAJOR_MIN} or newer and put it first in PATH"),
        Err(_) => format!("install Node {NODE_MAJOR_MIN} or newer, with npm, and put it in PATH"),
    };
    Err(Failure::Missing { what: format!("Node {NODE_MAJOR_MIN}"), remedy })
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// The manifests that decide what node_modules holds.
const MANIFESTS: &[&str] = &[
    "package.json",
    "package-lock.json",
    "pkg/package.json",
    "www/package.json",
    "vscode/package.json",
    "cli/package.json",
];

fn expected_stamp(project: &Project) -> Result<String, Failure> {
    stamp::of_files(project, MANIFESTS)
}

pub fn has_packages(project: &Project) -> bool {
    let installed = fs::read_to_string(project.path("node_modules/.xtask-stamp")).unwrap_or_default();
    expected_stamp(project).is_ok_and(|stamp| stamp == installed)
}

pub fn install_packages(project: &Project) -> Result<(), Failure> {
    // A CI machine takes the lock file as it is; a developer who changed package.json gets it brought up to date.
    let verb = if std::env::var_os("CI").is_some() { "ci" } else { "install" };
    // No package of ours needs its install script, and none is trusted with one.
    let options = ["--ignore-scripts", "--no-audit", "--no-fund"];
    process::step(project, &format!("npm {verb}"), project.npm().arg(verb).args(options))?;
    let path = project.path("node_modules/.xtask-stamp");
    fs::write(&path, expected_stamp(project)?).naming(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v9.1.0"), Some(9));
        assert_eq!(major("nonsense"), None);
    }
}
