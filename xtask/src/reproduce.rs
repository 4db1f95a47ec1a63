//! `reproduce`: builds the same sources in two folders, and compares what would be published, byte by byte.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::digest;
use crate::failure::{Failure, NamingFile};
use crate::package;
use crate::process;
use crate::project::Project;

const WASM: &str = "pkg/dist/costrict_credit_bg.wasm";

/// The command: this checkout, and a copy of its sources in target/reproduce that shares nothing with it but the tools of the
/// machine.
pub fn run(project: &Project) -> Result<(), Failure> {
    let copy = project.path("target/reproduce/a-copy-in-another-folder");
    copy_sources(project, &copy)?;
    let mut artifacts = vec![project.path(WASM)];
    artifacts.extend(package::tarballs(project)?);
    package_in(project, &copy)?;
    let mut differing = Vec::new();
    for artifact in &artifacts {
        let inside = project.relative(artifact);
        let (here, there) = (digest::of_file(artifact)?, digest::of_file(&copy.join(&inside))?);
        println!("{inside}\n  {here}  in this checkout\n  {there}  in the copy");
        if here != there {
            differing.push(inside);
        }
    }
    if !differing.is_empty() {
        // The copy stays, to be compared.
        return Err(Failure::Checks(format!("{} differ; the copy is in {}", differing.join(", "), copy.display())));
    }
    println!("the same bytes from both folders");
    fs::remove_dir_all(&copy).naming(&copy)
}

/// Every file that git tracks or would track, as it is now.
fn copy_sources(project: &Project, copy: &Path) -> Result<(), Failure> {
    if copy.exists() {
        fs::remove_dir_all(copy).naming(copy)?;
    }
    let mut git = project.command("git");
    let files = process::capture(git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        let from = project.path(file);
        // One that was deleted and is still in the index.
        if !from.is_file() {
            continue;
        }
        let to = copy.join(file);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).naming(folder)?;
        }
        fs::copy(&from, &to).naming(&from)?;
    }
    Ok(())
}

/// This program, in the copy: from npm packages to tarballs.
fn package_in(project: &Project, copy: &Path) -> Result<(), Failure> {
    let program = env::current_exe().naming(PathBuf::from("xtask"))?;
    let mut package = project.command(program);
    package.args(["package", "--all"]).current_dir(copy);
    package.env("CARGO_MANIFEST_DIR", copy.join("xtask")).env_remove("CARGO_TARGET_DIR");
    // The lock file as it is.
    package.env("CI", "1");
    process::step(project, "building and packing the copy (minutes)", &mut package)
}
