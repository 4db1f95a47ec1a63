//! What builds the site of the documents: npm packages of their own lock file, in target/tools. Nothing else needs them, and
//! they are as large as all others together.

use std::fs;
use std::path::PathBuf;

use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;
use crate::stamp;

const MANIFESTS: [&str; 2] = ["tools/docs-site/package.json", "tools/docs-site/package-lock.json"];

/// Where they are.
pub fn folder(project: &Project) -> PathBuf {
    project.tools().join("docs")
}

pub fn present(project: &Project) -> bool {
    let installed = fs::read_to_string(folder(project).join("node_modules/.xtask-stamp")).unwrap_or_default();
    stamp::of_files(project, &MANIFESTS).is_ok_and(|stamp| stamp == installed)
}

pub fn install(project: &Project) -> Result<(), Failure> {
    let folder = folder(project);
    fs::create_dir_all(&folder).naming(&folder)?;
    for manifest in MANIFESTS {
        let from = project.path(manifest);
        fs::copy(&from, folder.join(from.file_name().unwrap_or_default())).naming(&from)?;
    }
    let mut npm = project.npm();
    npm.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    process::step(project, "npm ci of the site's tools", &mut npm)?;
    let path = folder.join("node_modules/.xtask-stamp");
    fs::write(&path, stamp::of_files(project, &MANIFESTS)?).naming(path)
}
