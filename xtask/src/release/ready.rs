//! Whether the checkout is what a version can be made of: committed, of one version everywhere, and with a dated chapter of the changelog.

use std::fs;

use serde::Deserialize;

use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;

/// Manifests of what is published.
const MANIFESTS: [&str; 3] = ["pkg/package.json", "cli/package.json", "vscode/package.json"];

#[derive(Deserialize)]
struct Manifest {
    version: String,
}

/// The version that is released.
pub fn check(project: &Project, rehearse: bool) -> Result<String, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    for name in MANIFESTS {
        let path = project.path(name);
        let manifest: Manifest = serde_json::from_str(&fs::read_to_string(&path).naming(&path)?)
            .map_err(|cause| Failure::Checks(format!("{name} cannot be read: {cause}")))?;
        same_version(version, name, &manifest.version)?;
    }
    if !rehearse {
        let changes = process::capture(project.command("git").args(["status", "--porcelain"]))?;
        committed(&changes)?;
        let path = project.path("CHANGELOG.md");
        dated(&fs::read_to_string(&path).naming(&path)?, version)?;
    }
    Ok(version.to_owned())
}

fn same_version(wanted: &str, name: &str, found: &str) -> Result<(), Failure> {
    if found == wanted {
        return Ok(());
    }
    Err(Failure::Usage(format!("{name} has version {found}, Cargo.toml {wanted}: make them the same")))
}

fn committed(changes: &str) -> Result<(), Failure> {
    match changes.lines().count() {
        0 => Ok(()),
        count => {
            Err(Failure::Usage(format!("{count} changed files are not committed: commit them, or add --rehearse")))
        }
    }
}

/// The changelog's first chapter is of this version, as `## 1.2.3, 2026-12-31`.
fn dated(changelog: &str, version: &str) -> Result<(), Failure> {
    let chapter = changelog.lines().find_map(|line| line.strip_prefix("## ")).unwrap_or_default();
    let date = chapter.strip_prefix(version).and_then(|rest| rest.strip_prefix(", ")).unwrap_or_default();
    let is_date = date.len() == 10 && date.bytes().enumerate().all(|(at, byte)| is_of_date(at, byte));
    if is_date {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "CHANGELOG.md begins with `{chapter}` in place of `{version}, YYYY-MM-DD`: date the version, or add --rehearse"
    )))
}

fn is_of_date(at: usize, byte: u8) -> bool {
    if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_needs_its_dated_chapter_at_the_top() {
        assert!(dated("# Changelog\n\n## 1.2.0, 2026-12-31\n\ntext\n\n## 1.1.0, 2026-11-01\n", "1.2.0").is_ok());
        for chapter in ["1.2.0, unreleased", "1.2.0", "1.2.00, 2026-12-31", "1.1.0, 2026-11-01", "1.2.0, 31.12.2026"] {
            let failure =
                dated(&format!("# Changelog\n\n## {chapter}\n\n## 1.2.0, 2026-12-31\n"), "1.2.0").unwrap_err();
            assert!(failure.to_string().contains(chapter), "{failure}");
            assert_eq!(failure.exit_code(), 2);
        }
        assert!(dated("", "1.2.0").is_err());
    }

    #[test]
    fn changes_that_are_not_committed_are_counted() {
        assert!(committed("").is_ok());
        assert!(committed(" M README.md\n?? new.rs").unwrap_err().to_string().starts_with("2 changed files"));
    }

    #[test]
    fn another_version_is_named_with_its_file() {
        assert!(same_version("1.0.0", "cli/package.json", "1.0.0").is_ok());
        let failure = same_version("1.0.0", "cli/package.json", "0.9.0").unwrap_err().to_string();
        assert!(failure.contains("cli/package.json") && failure.contains("0.9.0"), "{failure}");
    }

    #[test]
    fn this_checkout_has_one_version() {
        assert_eq!(check(&Project::find(), true).unwrap(), env!("CARGO_PKG_VERSION"));
    }
}
