//! Tools that cargo and rustup install. They go into the checkout's own folder, so that no other project's versions change.

use std::fs;

use super::debian;
use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;

/// The version that a lock file names for a package.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

/// The version of wasm-bindgen that the core is compiled with; glue and test runner have to be of the same.
pub fn wasm_bindgen_version(project: &Project) -> Result<String, Failure> {
    let path = project.path("Cargo.lock");
    let lock = fs::read_to_string(&path).naming(&path)?;
    locked_version(&lock, "wasm-bindgen").ok_or_else(|| Failure::Missing {
        what: "wasm-bindgen in Cargo.lock".into(),
        remedy: "run `cargo generate-lockfile` and commit Cargo.lock".into(),
    })
}

pub fn has_test_runner(project: &Project) -> bool {
    let Ok(wanted) = wasm_bindgen_version(project) else { return false };
    let found = process::capture(project.command(project.tool("wasm-bindgen")).arg("--version"));
    found.is_ok_and(|found| found.split_whitespace().nth(1) == Some(wanted.as_str()))
        && project.tool("wasm-bindgen-test-runner").is_file()
}

pub fn install_test_runner(project: &Project) -> Result<(), Failure> {
    install(project, "wasm-bindgen-cli", &format!("={}", wasm_bindgen_version(project)?))
}

pub fn has_cargo_deny(project: &Project) -> bool {
    project.tool("cargo-deny").is_file() || debian::program("cargo-deny").is_some()
}

pub fn install_cargo_deny(project: &Project) -> Result<(), Failure> {
    install(project, "cargo-deny", "^0.20")
}

pub fn has_cargo_fuzz(project: &Project) -> bool {
    project.tool("cargo-fuzz").is_file()
}

pub fn install_cargo_fuzz(project: &Project) -> Result<(), Failure> {
    install(project, "cargo-fuzz", "^0.13.2")
}

pub fn has_cargo_mutants(project: &Project) -> bool {
    project.tool("cargo-mutants").is_file()
}

pub fn install_cargo_mutants(project: &Project) -> Result<(), Failure> {
    install(project, "cargo-mutants", "^27.1")
}

pub fn has_cargo_cyclonedx(project: &Project) -> bool {
    project.tool("cargo-cyclonedx").is_file()
}

/// Writes the crates of a program as CycloneDX, from what cargo resolves for a target.
pub fn install_cargo_cyclonedx(project: &Project) -> Result<(), Failure> {
    install(project, "cargo-cyclonedx", "^0.5.7")
}

/// Builds a tool into the checkout's folder. Optimised lightly: it runs for seconds and would compile for minutes.
fn install(project: &Project, package: &str, version: &str) -> Result<(), Failure> {
    let attempt = |locked: bool| {
        let mut cargo = project.cargo();
        cargo
            .args(["install", package, "--version", version, "--force", "--root"])
            .arg(project.tools())
            .env("CARGO_TARGET_DIR", project.tools().join("build"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env_remove("RUSTFLAGS");
        if locked {
            cargo.arg("--locked");
        }
        let how = if locked { "minutes, once" } else { "again, with other versions of what it needs" };
        process::step(project, &format!("cargo install {package} ({how})"), &mut cargo)
    };
    // The authors' own lock file first; a registry may lack a version that it names.
    attempt(true).or_else(|_| attempt(false))?;
    let leftovers = project.tools().join("build");
    fs::remove_dir_all(&leftovers).naming(leftovers)
}

pub fn has_components(project: &Project) -> bool {
    process::succeeds(project.cargo().args(["fmt", "--version"]))
        && process::succeeds(project.cargo().args(["clippy", "--version"]))
}

pub fn install_components(project: &Project) -> Result<(), Failure> {
    if debian::program("rustup").is_none() {
        return Err(Failure::Missing {
            what: "rustfmt or clippy".into(),
            remedy: "install the components of your Rust toolchain (Debian's packages: rustfmt rust-clippy)".into(),
        });
    }
    let mut rustup = project.command("rustup");
    process::step(
        project,
        "rustup component add rustfmt clippy",
        rustup.args(["component", "add", "rustfmt", "clippy"]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.1\"\n\n\
                        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"registry\"\n";

    #[test]
    fn the_version_comes_from_the_lock_file() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm-bindgen-macro").as_deref(), Some("0.2.1"));
        assert_eq!(locked_version(LOCK, "wasm"), None);
    }

    #[test]
    fn the_glue_is_of_the_version_of_the_core() {
        let project = Project::find();
        let lock = fs::read_to_string(project.path("Cargo.lock")).unwrap();
        assert_eq!(locked_version(&lock, "wasm-bindgen-cli-support"), locked_version(&lock, "wasm-bindgen"));
    }
}
