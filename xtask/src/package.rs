//! `package`: the tarball that users install, and the same unpacked for tests.

use std::fs;
use std::path::PathBuf;

use crate::build::{self, Part};
use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;

/// The command: build, pack, and print the tarball's path.
pub fn run(project: &Project) -> Result<(), Failure> {
    build::parts(project, &[Part::Core])?;
    let tarball = pack(project)?;
    println!("{}", project.relative(&tarball));
    Ok(())
}

/// Packs pkg/ as it is into target/package. By the name of the workspace: its path would also select the packages inside it.
fn pack(project: &Project) -> Result<PathBuf, Failure> {
    let folder = project.path("target/package");
    if folder.exists() {
        fs::remove_dir_all(&folder).naming(&folder)?;
    }
    fs::create_dir_all(&folder).naming(&folder)?;
    let mut npm = project.npm();
    npm.args(["pack", "--workspace", "costrict-credit", "--pack-destination"]).arg(&folder);
    process::step(project, "npm pack", &mut npm)?;
    let packed = fs::read_dir(&folder).naming(&folder)?.flatten().map(|file| file.path());
    packed.filter(|path| path.extension().is_some_and(|end| end == "tgz")).min().ok_or_else(|| Failure::Missing {
        what: "the tarball".into(),
        remedy: "npm pack wrote none; see target/logs/npm-pack.log".into(),
    })
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
