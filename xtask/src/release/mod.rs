//! `release`: everything that a version publishes, in one folder, with its checksums and the lists of its parts. Publishing itself is
//! left to the release workflow, which alone has the rights.

mod ready;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::build::{self, LedgerProfile, Part};
use crate::digest;
use crate::failure::{Failure, NamingFile};
use crate::package;
use crate::process;
use crate::project::Project;
use crate::setup;

const FOLDER: &str = "target/release-files";
const CHECKSUMS: &str = "SHA256SUMS";
/// The crates whose parts are listed, with the target that they are shipped for; `None`: this machine's.
const LISTED_CRATES: [(&str, &str, Option<&str>); 2] = [
    ("Cargo.toml", "costrict-credit", Some(setup::wasm_target::TRIPLE)),
    ("ledger/Cargo.toml", "costrict-credit-ledger", None),
];

/// Arguments of `release`.
#[derive(Debug, Args)]
pub struct ReleaseOptions {
    /// Also with changes that are not committed, and for a version without a date in the changelog; to see that everything works
    #[arg(long)]
    rehearse: bool,
    /// The repository's address, for the packed manifests: npm checks a package's provenance against it
    #[arg(long, value_name = "URL")]
    repository: Option<String>,
}

/// The command.
pub fn run(project: &Project, options: &ReleaseOptions) -> Result<(), Failure> {
    let version = ready::check(project, options.rehearse)?;
    setup::ensure_parts_list(project)?;
    let folder = project.path(FOLDER);
    if folder.exists() {
        fs::remove_dir_all(&folder).naming(&folder)?;
    }
    fs::create_dir_all(&folder).naming(&folder)?;
    for tarball in package::tarballs(project)? {
        let named = with_repository(project, &tarball, &folder, options.repository.as_deref())?;
        rehearse_publishing(project, &named)?;
    }
    extension(project, &folder, &version)?;
    ledger(project, &folder, &version)?;
    npm_parts(project, &folder)?;
    crate_parts(project, &folder)?;
    print_checksums(&folder)
}

/// The tarball in the folder of the release, with the address in its manifest if there is one.
fn with_repository(
    project: &Project,
    tarball: &Path,
    folder: &Path,
    repository: Option<&str>,
) -> Result<PathBuf, Failure> {
    let name = tarball.file_name().unwrap_or_default();
    let to = folder.join(name);
    let Some(repository) = repository else {
        fs::copy(tarball, &to).naming(&to)?;
        return Ok(to);
    };
    let unpacked = project.path("target/release-unpacked");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).naming(&unpacked)?;
    }
    fs::create_dir_all(&unpacked).naming(&unpacked)?;
    let mut tar = project.command("tar");
    tar.arg("-xzf").arg(tarball).arg("-C").arg(&unpacked);
    process::step(project, "unpacking for the repository's address", &mut tar)?;
    let package = unpacked.join("package");
    let mut npm = project.npm();
    npm.args(["pkg", "set", "repository.type=git", &format!("repository.url={repository}")]).current_dir(&package);
    process::step(project, "naming the repository", &mut npm)?;
    let mut pack = project.npm();
    pack.arg("pack").arg(&package).arg("--pack-destination").arg(folder);
    process::step(project, "packing with the repository's address", &mut pack)?;
    Ok(to)
}

/// What npm would refuse, it refuses now.
fn rehearse_publishing(project: &Project, tarball: &Path) -> Result<(), Failure> {
    let mut npm = project.npm();
    npm.args(["publish", "--dry-run", "--access", "public"]).arg(tarball);
    let name = tarball.file_name().unwrap_or_default().to_string_lossy().into_owned();
    process::step(project, &format!("npm publish --dry-run {name}"), &mut npm)
}

fn extension(project: &Project, folder: &Path, version: &str) -> Result<(), Failure> {
    build::parts(project, &[Part::Editor])?;
    let mut tools = project.node();
    tools.args(["--input-type=module", "--eval"]);
    tools.arg("import { installTools } from './tests/editor/support/tools.mjs'; installTools();");
    process::step(project, "looking for vsce", &mut tools)?;
    let mut npm = project.npm();
    npm.args(["run", "package", "--workspace", "vscode"]);
    process::step(project, "packing the extension", &mut npm)?;
    let packed = project.path("target/package/costrict-credit.vsix");
    let to = folder.join(format!("costrict-credit-{version}.vsix"));
    fs::copy(&packed, &to).naming(packed).map(drop)
}

/// The ledger for this machine's kind, in a tarball that is the same for the same program.
fn ledger(project: &Project, folder: &Path, version: &str) -> Result<(), Failure> {
    build::parts(project, &[Part::Ledger])?;
    let program = build::ledger_path(project, LedgerProfile::Fast);
    let host = process::capture(project.command("rustc").args(["--print", "host-tuple"]))?;
    let to = folder.join(format!("costrict-credit-ledger-{version}-{host}.tar.gz"));
    let mut tar = project.command("tar");
    tar.args(["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--use-compress-program=gzip -n", "-cf"]);
    tar.arg(&to).arg("-C").arg(program.parent().unwrap_or(&program)).args(program.file_name());
    tar.arg("-C").arg(project.path("")).args(["LICENSE", "ledger/README.md"]);
    process::step(project, "packing the ledger", &mut tar)
}

/// The parts of the npm packages, as CycloneDX.
fn npm_parts(project: &Project, folder: &Path) -> Result<(), Failure> {
    for name in package::PUBLISHED {
        let list = process::capture(project.node().arg(project.path("tools/sbom.mjs")).arg(name))?;
        let path = folder.join(format!("{name}.npm.cdx.json"));
        fs::write(&path, list).naming(&path)?;
    }
    Ok(())
}

/// The crates in the wasm and in the ledger, as CycloneDX.
fn crate_parts(project: &Project, folder: &Path) -> Result<(), Failure> {
    // The same list for the same commit: its time is the commit's.
    let committed_at = process::capture(project.command("git").args(["log", "-1", "--format=%ct"]))?;
    for (manifest, name, target) in LISTED_CRATES {
        let mut tool = project.command(project.tool("cargo-cyclonedx"));
        tool.args(["cyclonedx", "--format", "json", "--spec-version", "1.5", "--no-build-deps"]);
        tool.args(["--override-filename", "parts", "--manifest-path"]).arg(project.path(manifest));
        if let Some(target) = target {
            tool.args(["--target", target]);
        }
        tool.env("SOURCE_DATE_EPOCH", &committed_at);
        if let Err(failure) = process::step(project, &format!("listing the crates of {name}"), &mut tool) {
            // What it has begun must not count as a change that is not committed.
            remove_lists(project)?;
            return Err(failure);
        }
        let written = project.path(manifest).with_file_name("parts.json");
        let to = folder.join(format!("{name}.crates.cdx.json"));
        let list = fs::read_to_string(&written).naming(&written)?;
        fs::write(&to, without_folder(&list, &project.path("").display().to_string())).naming(&to)?;
        remove_lists(project)?;
    }
    Ok(())
}

/// The folder of this machine says where it was built, and differs on each. The root's own crate follows it without a slash.
fn without_folder(list: &str, folder: &str) -> String {
    list.replace(folder.trim_end_matches('/'), "")
}

/// The tool writes a list beside each manifest of the workspace.
fn remove_lists(project: &Project) -> Result<(), Failure> {
    for folder in ["", "ledger", "simulation", "xtask"] {
        let path = project.path(folder).join("parts.json");
        if path.is_file() {
            fs::remove_file(&path).naming(&path)?;
        }
    }
    Ok(())
}

/// Writes the file that `sha256sum --check` reads, and prints what was made.
fn print_checksums(folder: &Path) -> Result<(), Failure> {
    let mut files: Vec<_> = fs::read_dir(folder).naming(folder)?.flatten().map(|file| file.path()).collect();
    files.sort();
    let mut lines = String::new();
    for path in &files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let size = fs::metadata(path).naming(path)?.len();
        let digest = digest::of_file(path)?;
        println!("{size:>9}  {digest}  {name}");
        lines.push_str(&format!("{digest}  {name}\n"));
    }
    let path = folder.join(CHECKSUMS);
    fs::write(&path, lines).naming(path)?;
    println!("in {FOLDER}, with {CHECKSUMS}; nothing was published");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_crates_names_no_folder_of_the_machine() {
        let list = r#"["path+file:///build/here#core@1.0.0", "path+file:///build/here/ledger#ledger@1.0.0"]"#;
        let expected = r#"["path+file://#core@1.0.0", "path+file:///ledger#ledger@1.0.0"]"#;
        assert_eq!(without_folder(list, "/build/here/"), expected);
    }
}
