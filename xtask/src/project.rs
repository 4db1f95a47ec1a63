//! Where things are in the checkout, and the environment in which its tools run.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout and its working folders.
#[derive(Debug, Clone)]
pub struct Project {
    root: PathBuf,
    target: PathBuf,
}

impl Project {
    /// The checkout that this program was built from.
    pub fn find() -> Self {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let manifest = PathBuf::from(manifest);
        let root = manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf);
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |named| root.join(named));
        Self { root, target }
    }

    /// A path inside the checkout.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// Cargo's folder for native work; follows `CARGO_TARGET_DIR`.
    pub fn native_target(&self) -> &Path {
        &self.target
    }

    /// Cargo's folder for wasm work. Its own, because it may be built by another compiler than the native one.
    pub fn wasm_target(&self) -> PathBuf {
        self.path("target/wasm")
    }

    /// Tools of this checkout, at the versions that its lock files name.
    pub fn tools(&self) -> PathBuf {
        self.path("target/tools")
    }

    /// A tool installed into [`Self::tools`].
    pub fn tool(&self, name: &str) -> PathBuf {
        self.tools().join("bin").join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// What the steps printed.
    pub fn logs(&self) -> PathBuf {
        self.path("target/logs")
    }

    /// A command that runs in the root of the checkout and finds the checkout's tools first.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", self.search_path(&[]));
        // Set by the `cargo run` that started this program; a cargo that is started from here sets its own.
        for name in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
            command.env_remove(name);
        }
        command
    }

    /// The native cargo.
    pub fn cargo(&self) -> Command {
        self.command("cargo")
    }

    /// Node on a script of the checkout.
    pub fn node(&self) -> Command {
        self.command("node")
    }

    /// npm, which is a script of another name on Windows.
    pub fn npm(&self) -> Command {
        self.command(if cfg!(windows) { "npm.cmd" } else { "npm" })
    }

    /// PATH with `first`, then the checkout's tools, then what was there.
    pub fn search_path(&self, first: &[PathBuf]) -> OsString {
        let mut folders = first.to_vec();
        folders.push(self.tools().join("bin"));
        folders.push(self.path("node_modules/.bin"));
        if let Some(inherited) = env::var_os("PATH") {
            folders.extend(env::split_paths(&inherited));
        }
        // A folder whose name holds the separator cannot be in PATH at all; then the inherited PATH has to do.
        env::join_paths(folders).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
    }

    /// A path as it is written in commands for people: relative to the root where that is possible.
    pub fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        let project = Project::find();
        assert!(project.path("xtask/Cargo.toml").is_file());
        assert_eq!(project.relative(&project.path("pkg/dist")), "pkg/dist");
    }

    #[test]
    fn the_tools_of_the_checkout_come_before_those_of_the_machine() {
        let project = Project::find();
        let folders: Vec<_> = env::split_paths(&project.search_path(&[PathBuf::from("first")])).collect();
        assert_eq!(folders[0], Path::new("first"));
        assert_eq!(folders[1], project.tools().join("bin"));
        assert_eq!(folders[2], project.path("node_modules/.bin"));
        assert!(folders.len() > 3);
    }
}
