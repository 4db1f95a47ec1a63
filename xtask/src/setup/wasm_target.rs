//! A compiler that can make wasm32: rustup's, or where rustup can fetch nothing, Debian's with a standard library built here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian;
use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;

pub const TRIPLE: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Which compiler makes wasm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WasmCompiler {
    /// The one that also builds natively.
    Native,
    /// Debian's, beside a rustup that has no wasm32.
    Debian,
}

impl WasmCompiler {
    /// The compiler that can make wasm now. One with the library's sources is preferred, then the native one.
    pub fn find(project: &Project) -> Option<Self> {
        let able = [Self::Native, Self::Debian].into_iter().filter(|compiler| compiler.has_std(project));
        able.min_by_key(|compiler| !compiler.has_sources(project))
    }

    fn rustc(self) -> &'static str {
        match self {
            Self::Native => "rustc",
            Self::Debian => DEBIAN_RUSTC,
        }
    }

    fn sysroot(self, project: &Project) -> Option<PathBuf> {
        if self == Self::Debian && !Path::new(DEBIAN_RUSTC).is_file() {
            return None;
        }
        process::capture(project.command(self.rustc()).args(["--print", "sysroot"])).ok().map(PathBuf::from)
    }

    /// Whether the compiler has a wasm32 standard library beside it.
    fn has_std(self, project: &Project) -> bool {
        let folder = self.sysroot(project).map(|sysroot| sysroot.join("lib/rustlib").join(TRIPLE).join("lib"));
        let Some(Ok(files)) = folder.map(fs::read_dir) else { return false };
        files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    }

    /// Whether the sources of the standard library are beside the compiler, to be compiled for size with the core.
    pub fn has_sources(self, project: &Project) -> bool {
        let library = "lib/rustlib/src/rust/library/Cargo.lock";
        self.sysroot(project).is_some_and(|sysroot| sysroot.join(library).is_file())
    }

    /// A command that uses this compiler for whatever cargo it starts.
    pub fn command(self, project: &Project, program: &str) -> Command {
        let mut command = match self {
            Self::Native => project.command(program),
            Self::Debian => {
                let own = Path::new("/usr/bin").join(program);
                let mut command = if own.is_file() { project.command(own) } else { project.command(program) };
                command.env("PATH", project.search_path(&[PathBuf::from("/usr/bin")]));
                command.env("RUSTC", DEBIAN_RUSTC).env("RUSTDOC", "/usr/bin/rustdoc").env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        };
        command.env("CARGO_TARGET_DIR", project.wasm_target());
        command
    }
}

pub fn present(project: &Project) -> bool {
    WasmCompiler::find(project).is_some()
}

pub fn has_sources(project: &Project) -> bool {
    WasmCompiler::find(project).is_some_and(|compiler| compiler.has_sources(project))
}

/// The sources of the compiler that has wasm32 already, or else a compiler that has both.
pub fn install_sources(project: &Project) -> Result<(), Failure> {
    if debian::program("rustup").is_some() {
        let mut rustup = project.command("rustup");
        match process::step(project, "rustup component add rust-src", rustup.args(["component", "add", "rust-src"])) {
            Ok(()) if has_sources(project) => return Ok(()),
            Err(failure) if debian::program("apt-get").is_none() => return Err(failure),
            _ => eprintln!("rustup cannot fetch it here; taking Debian's compiler for wasm"),
        }
    }
    from_debian(project)
}

pub fn install(project: &Project) -> Result<(), Failure> {
    if debian::program("rustup").is_some() {
        let mut rustup = project.command("rustup");
        match process::step(project, "rustup target add wasm32", rustup.args(["target", "add", TRIPLE])) {
            Ok(()) if present(project) => return Ok(()),
            Err(failure) if debian::program("apt-get").is_none() => return Err(failure),
            _ => eprintln!("rustup cannot fetch it here; taking Debian's compiler for wasm"),
        }
    }
    from_debian(project)
}

fn from_debian(project: &Project) -> Result<(), Failure> {
    debian::install(project, "a Rust compiler with its sources", &["rustc-web", "cargo-web", "rust-web-src"])?;
    let linker =
        format!("lld-{}", llvm_major(&process::capture(project.command(DEBIAN_RUSTC).arg("-vV"))?).unwrap_or(22));
    debian::install(project, "the wasm linker", &[&linker])?;
    let sysroot = PathBuf::from(process::capture(project.command(DEBIAN_RUSTC).args(["--print", "sysroot"]))?);
    build_std(project, &sysroot)?;
    link_linker(project, &sysroot, &linker)
}

/// The LLVM that a compiler was built with, out of `rustc -vV`.
fn llvm_major(verbose_version: &str) -> Option<u32> {
    let version = verbose_version.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    version.split('.').next()?.parse().ok()
}

/// Builds the standard library from the sources that Debian ships, and puts it beside the compiler in one move.
fn build_std(project: &Project, sysroot: &Path) -> Result<(), Failure> {
    let seed = project.tools().join("wasm-std");
    let source = seed.join("src");
    fs::create_dir_all(&source).naming(&source)?;
    let manifest = "[package]\nname = \"wasm-std-seed\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
                    [profile.release]\nopt-level = \"s\"\npanic = \"abort\"\n\n[workspace]\n";
    for (path, text) in [(seed.join("Cargo.toml"), manifest), (source.join("lib.rs"), "#![no_std]\n")] {
        fs::write(&path, text).naming(&path)?;
    }
    let mut cargo = WasmCompiler::Debian.command(project, "cargo");
    cargo
        .current_dir(&seed)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", seed.join("target"))
        // Link-time optimisation of the core reads the library's bitcode.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .args(["build", "-Zbuild-std=std,panic_abort,test", "--release", "--target", TRIPLE]);
    process::step(project, "building wasm32's standard library (minutes, once)", &mut cargo)?;

    let built = seed.join("target").join(TRIPLE).join("release/deps");
    let staged = seed.join("lib");
    if staged.exists() {
        fs::remove_dir_all(&staged).naming(&staged)?;
    }
    fs::create_dir_all(&staged).naming(&staged)?;
    for file in fs::read_dir(&built).naming(&built)?.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libwasm_std_seed") {
            fs::copy(file.path(), staged.join(&name)).naming(file.path())?;
        }
    }
    let home = sysroot.join("lib/rustlib").join(TRIPLE);
    let script = "set -e; mkdir -p \"$2\"; rm -rf \"$2/lib.new\"; cp -r \"$1\" \"$2/lib.new\"; \
                  rm -rf \"$2/lib\"; mv \"$2/lib.new\" \"$2/lib\"";
    let mut copy = debian::administering(project, "sh");
    process::step(
        project,
        "installing wasm32's standard library",
        copy.args(["-c", script, "sh"]).arg(&staged).arg(&home),
    )?;
    fs::remove_dir_all(&seed).naming(&seed)
}

/// rustc looks for its linker under the name rust-lld.
fn link_linker(project: &Project, sysroot: &Path, linker: &str) -> Result<(), Failure> {
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let folder = sysroot.join("lib/rustlib").join(host).join("bin");
    let script = "set -e; mkdir -p \"$2\"; ln -sf \"$1\" \"$2/rust-lld\"";
    let mut link = debian::administering(project, "sh");
    link.args(["-c", script, "sh"]).arg(Path::new("/usr/bin").join(linker)).arg(folder);
    process::step(project, "linking the wasm linker", &mut link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_is_of_the_compilers_llvm() {
        assert_eq!(llvm_major("rustc 1.96.0\nhost: x\nLLVM version: 22.1.4\n"), Some(22));
        assert_eq!(llvm_major("rustc 1.96.0"), None);
    }
}
