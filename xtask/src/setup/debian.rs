//! What comes as a package of the operating system. On Debian and its kin they are installed; elsewhere an error names what to install.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;
use crate::process;
use crate::project::Project;

static LISTS_ARE_NEW: AtomicBool = AtomicBool::new(false);

/// Finds a program in PATH.
pub fn program(name: &str) -> Option<PathBuf> {
    which::which(name).ok()
}

/// Installs packages, or fails with a line that names them.
pub fn install(project: &Project, what: &str, packages: &[&str]) -> Result<(), Failure> {
    let by_hand = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if program("apt-get").is_none() {
        let remedy =
            format!("install it with your system's package manager (Debian's packages: {})", packages.join(" "));
        return Err(Failure::Missing { what: what.to_owned(), remedy });
    }
    if !may_administer() {
        return Err(Failure::Missing { what: what.to_owned(), remedy: format!("run `sudo {by_hand}`") });
    }
    if !LISTS_ARE_NEW.swap(true, Ordering::Relaxed) {
        let mut update = administering(project, "apt-get");
        process::step(project, "apt-get update", update.arg("update"))?;
    }
    let mut install = administering(project, "apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "--no-install-recommends"]).args(packages);
    process::step(project, &format!("apt-get install {}", packages.join(" ")), &mut install)
}

/// A command that runs as the administrator.
pub fn administering(project: &Project, program: &str) -> Command {
    if is_root() {
        return project.command(program);
    }
    let mut command = project.command("sudo");
    command.args(["-n", "--preserve-env=DEBIAN_FRONTEND", program]);
    command
}

fn may_administer() -> bool {
    is_root() || (program("sudo").is_some() && process::succeeds(Command::new("sudo").args(["-n", "true"])))
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

pub fn has_cc(_project: &Project) -> bool {
    cfg!(windows) || program("cc").is_some()
}

pub fn install_cc(project: &Project) -> Result<(), Failure> {
    install(project, "a C compiler (SQLite is built with it)", &["gcc", "libc6-dev"])
}

pub fn has_cxx(_project: &Project) -> bool {
    cfg!(windows) || program("c++").is_some()
}

pub fn install_cxx(project: &Project) -> Result<(), Failure> {
    install(project, "a C++ compiler (libFuzzer is built with it)", &["g++"])
}

/// The browser of the tests, where `CHROMIUM` or the system has it.
pub fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(program))
}

/// The driver of that browser.
pub fn chromedriver() -> Option<PathBuf> {
    program("chromedriver")
}

pub fn has_chromium(_project: &Project) -> bool {
    chromium().is_some() && chromedriver().is_some()
}

pub fn install_chromium(project: &Project) -> Result<(), Failure> {
    install(project, "Chromium with its ChromeDriver", &["chromium", "chromium-driver"])
}

/// The folder of PostgreSQL's server programs; Debian keeps them out of PATH.
fn postgres_programs() -> Option<PathBuf> {
    let has_all = |folder: &Path| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    let in_path = program("postgres").and_then(|found| found.parent().map(Path::to_path_buf)).filter(|f| has_all(f));
    in_path.or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        versions.flatten().map(|version| version.path().join("bin")).filter(|folder| has_all(folder)).max()
    })
}

pub fn has_postgres(_project: &Project) -> bool {
    postgres_programs().is_some()
}

pub fn install_postgres(project: &Project) -> Result<(), Failure> {
    install(project, "the PostgreSQL server", &["postgresql"])
}
