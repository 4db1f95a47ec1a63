//! `package`: the tarballs that users install, and one of them unpacked for tests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::build::{self, Part};
use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;

/// The npm packages that are published, by their names.
pub const PUBLISHED: [&str; 2] = ["costrict-credit", "costrict-credit-cli"];

/// The command: build, pack, and print the path of each tarball.
pub fn run(project: &Project, all: bool) -> Result<(), Failure> {
    if all {
        for tarball in tarballs(project)? {
            println!("{}", project.relative(&tarball));
        }
        return Ok(());
    }
    build::parts(project, &[Part::Core])?;
    let tarball = pack(project)?;
    println!("{}", project.relative(&tarball));
    Ok(())
}

/// Everything that is published to npm, built and packed into target/tarballs.
pub fn tarballs(project: &Project) -> Result<Vec<PathBuf>, Failure> {
    build::parts(project, &[Part::Core, Part::Cli])?;
    let folder = project.path("target/tarballs");
    empty(&folder)?;
    PUBLISHED.iter().map(|name| pack_into(project, name, &folder)).collect()
}

/// Packs pkg/ as it is into target/package, where tests expect one tarball.
fn pack(project: &Project) -> Result<PathBuf, Failure> {
    let folder = project.path("target/package");
    empty(&folder)?;
    pack_into(project, "costrict-credit", &folder)
}

/// By the name of the workspace: its path would also select the packages inside it.
fn pack_into(project: &Project, name: &str, folder: &Path) -> Result<PathBuf, Failure> {
    let mut npm = project.npm();
    npm.args(["pack", "--workspace", name, "--pack-destination"]).arg(folder);
    process::step(project, &format!("npm pack {name}"), &mut npm)?;
    // npm names it by name and version.
    let is_named = |path: &PathBuf| {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let version = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()) && version.ends_with(".tgz"))
    };
    let packed = fs::read_dir(folder).naming(folder)?.flatten().map(|file| file.path()).find(is_named);
    packed.ok_or_else(|| Failure::Missing {
        what: "the tarball".into(),
        remedy: format!("npm pack wrote none; see target/logs/npm-pack-{name}.log"),
    })
}

fn empty(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).naming(folder)?;
    }
    fs::create_dir_all(folder).naming(folder)
}

/// Writes the notices of others' code, or looks whether they are current.
pub fn notices(project: &Project, check: bool) -> Result<(), Failure> {
    build::parts(project, &[Part::Core])?;
    let mut node = project.node();
    node.arg(project.path("tools/notices.mjs")).args(check.then_some("--check"));
    process::step(project, "listing whose code is in the package", &mut node)
}

/// Packs, and unpacks as npm would on a user's machine: target/package/node_modules/costrict-credit.
pub fn unpacked(project: &Project) -> Result<PathBuf, Failure> {
    let tarball = pack(project)?;
    let folder = project.path("target/package/node_modules/costrict-credit");
    fs::create_dir_all(&folder).naming(&folder)?;
    let mut tar = project.command("tar");
    tar.arg("-xzf").arg(&tarball).arg("-C").arg(&folder).arg("--strip-components=1");
    process::step(project, "unpacking the tarball", &mut tar)?;
    Ok(folder)
}
