//! `build`: core to wasm and glue, then the page, the extension and the ledger. What did not change is not built again.

mod start_core;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use wasm_bindgen_cli_support::Bindgen;

use crate::failure::{Failure, NamingFile};
use crate::process::{self, Progress};
use crate::project::Project;
use crate::setup::wasm_target::{TRIPLE, WasmCompiler};
use crate::setup::{self, Scope};
use crate::stamp;

/// The name that the glue files begin with.
const GLUE: &str = "costrict_credit";
/// The stamp of the shipped core.
const CORE_STAMP: &str = "core";

/// The features that rustc's wasm32 target emits by default and every engine since 2022 has; newer ones are refused.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The optimiser's passes (`wasm-opt --help` lists them). Each of these made the file smaller and no other did, together
/// by 2.6 % of its gzip.
///
/// - Flattening and building the loops again removes blocks that LLVM leaves.
/// - No function is moved into its only caller: beyond 127 locals each use of one takes two bytes.
/// - Functions of similar names often have similar code, and gzip looks back only 32 KB.
/// - The lowest kilobyte of memory is the far end of the stack, so no address of a value is in it.
const WASM_OPT_PASSES: &[&str] = &[
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--one-caller-inline-max-function-size=0",
    "--low-memory-unused",
    "--reorder-functions-by-name",
];

/// Which parts a build makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// wasm and glue in pkg/dist
    Core,
    /// the account panel in www/dist
    Panel,
    /// the editor's extension in vscode/dist
    Editor,
    /// the command line program in cli/dist
    Cli,
    /// the local ledger server
    Ledger,
    /// the local ledger server as `start` runs it
    #[value(skip)]
    StartLedger,
}

/// All parts, in the order in which they need each other.
pub const ALL: &[Part] = &[Part::Core, Part::Panel, Part::Editor, Part::Cli, Part::Ledger];

/// The command.
pub fn run(project: &Project, only: &[Part]) -> Result<(), Failure> {
    parts(project, if only.is_empty() { ALL } else { only })?;
    println!("built");
    Ok(())
}

/// Builds the parts, after installing what they need. One build at a time in a checkout: they share pkg/dist.
pub fn parts(project: &Project, parts: &[Part]) -> Result<(), Failure> {
    setup::ensure(project, Scope::Build)?;
    let _lock = lock(project)?;
    for part in parts {
        match part {
            Part::Core => compile_core(project).and_then(|()| core(project)).and_then(|()| subpaths(project))?,
            Part::Panel => npm_workspace(project, "www", "panel")?,
            Part::Editor => npm_workspace(project, "vscode", "extension")?,
            Part::Cli => npm_workspace(project, "cli", "command line program")?,
            Part::Ledger => ledger(project, LedgerProfile::Fast)?,
            Part::StartLedger => ledger(project, LedgerProfile::Start)?,
        }
    }
    Ok(())
}

/// What `start` needs: core and panel, and beside them the ledger in the profile `start`. Only installs and builds what is
/// missing, what need not wait for each other side by side.
pub fn for_start(project: &Project, with_ledger: bool) -> Result<(), Failure> {
    setup::ensure(project, Scope::Compile)?;
    let _lock = lock(project)?;
    let mut parts = vec!["npm packages", "core", "panel"];
    parts.extend(with_ledger.then_some("ledger"));
    let pending = PendingParts::new(parts);
    thread::scope(|scope| {
        let packages = scope.spawn(|| pending.run("npm packages", || setup::ensure(project, Scope::Build)));
        let ledger =
            with_ledger.then(|| scope.spawn(|| pending.run("ledger", || ledger(project, LedgerProfile::Start))));
        // The compiler needs no npm package; the tools after it do.
        let page = pending
            .run("core", || {
                let is_quick = start_core::is_due(project);
                if is_quick { start_core::compile(project) } else { compile_core(project) }?;
                join(packages)?;
                if is_quick { start_core::bind(project) } else { core(project) }?;
                subpaths(project)
            })
            .and_then(|()| pending.run("panel", || npm_workspace(project, "www", "panel")));
        page.and(ledger.map_or(Ok(()), join))
    })
}

fn join(task: thread::ScopedJoinHandle<'_, Result<(), Failure>>) -> Result<(), Failure> {
    task.join().unwrap_or_else(|_| Err(Failure::Checks("a build step panicked".into())))
}

/// The parts of a build that are not ready yet, for its progress.
struct PendingParts(Mutex<Vec<&'static str>>);

impl PendingParts {
    /// A part that was ready before does not delay anyone, so it is not worth a line.
    const SHOWN_FROM: Duration = Duration::from_secs(3);

    fn new(parts: Vec<&'static str>) -> Self {
        Self(Mutex::new(parts))
    }

    /// Makes a part, and prints what is left after it.
    fn run(&self, part: &str, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let started = Instant::now();
        work()?;
        let line = self.after(part);
        if started.elapsed() >= Self::SHOWN_FROM {
            eprintln!("{line}");
        }
        Ok(())
    }

    fn after(&self, part: &str) -> String {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|known| *known != part);
        if parts.is_empty() { format!("{part} ready") } else { format!("{part} ready; left: {}", parts.join(", ")) }
    }
}

/// Waits for another build of this checkout; the lock is released with the file, however this program ends.
fn lock(project: &Project) -> Result<fs::File, Failure> {
    let path = project.path("target/build.lock");
    fs::create_dir_all(project.path("target")).naming(&path)?;
    let file = fs::File::create(&path).naming(&path)?;
    if file.try_lock().is_err() {
        eprintln!("another build runs in this checkout; waiting for it");
        file.lock().naming(&path)?;
    }
    Ok(file)
}

fn compile_core(project: &Project) -> Result<(), Failure> {
    let compiler = WasmCompiler::find(project).ok_or_else(no_compiler)?;
    compile(project, compiler, LIBRARY_ONLY, AtPanic::Trap, "compiling the core to wasm")
}

/// From the compiled core: bindings and optimisation; the result is in pkg/dist as the package ships it.
fn core(project: &Project) -> Result<(), Failure> {
    let compiled = project.wasm_target().join("wasm32-unknown-unknown/release").join(format!("{GLUE}.wasm"));
    let lock = setup::wasm_bindgen_version(project)?;
    let compiled_inside = project.relative(&compiled);
    let inputs = [compiled_inside.as_str(), "package-lock.json", "xtask/src/build/mod.rs"];
    let stamp = format!("{lock} {}", stamp::of_files(project, &inputs)?);
    let dist = project.path("pkg/dist");
    stamp::run_if_changed(project, CORE_STAMP, &stamp, &dist.join(format!("{GLUE}_bg.wasm")), || {
        bind(project, &dist, |fresh| glue(project, &compiled, fresh, GLUE))
    })
}

/// The package's JavaScript for Node, and its subpaths that are written in TypeScript, each in its own `dist`. A build of the core
/// replaces the file for Node's folder, so it is also what has to exist.
fn subpaths(project: &Project) -> Result<(), Failure> {
    let [glue, wasm] = [format!("pkg/dist/{GLUE}.js"), format!("pkg/dist/{GLUE}_bg.wasm")];
    let stamp = stamp::of_files(project, &["pkg", &glue, &wasm, "package-lock.json"])?;
    stamp::run_if_changed(project, "subpaths", &stamp, &project.path("pkg/dist/node.cjs"), || {
        let mut node = project.node();
        node.arg(project.path("pkg/build.mjs"));
        process::step(project, "building the subpaths", &mut node)
    })
}

/// The core as a module with the source lines of its panics, otherwise compiled as the shipped one.
pub fn with_panic_sites(project: &Project) -> Result<PathBuf, Failure> {
    setup::ensure(project, Scope::Compile)?;
    let compiler = WasmCompiler::find(project).ok_or_else(no_compiler)?;
    compile(project, compiler, LIBRARY_ONLY, AtPanic::Report, "compiling the core with its panics")?;
    Ok(AtPanic::Report.target(project).join("wasm32-unknown-unknown/release").join(format!("{GLUE}.wasm")))
}

/// As a cdylib alone: beside an rlib, cargo leaves link-time optimisation out, which is 35 KB gzip of wasm.
const LIBRARY_ONLY: &[&str] = &["--lib", "--crate-type", "cdylib"];

/// What a panic does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AtPanic {
    /// As it is shipped.
    Trap,
    /// Reports its source line.
    Report,
}

impl AtPanic {
    /// Each its own folder, or the two would keep discarding each other's work.
    fn target(self, project: &Project) -> PathBuf {
        match self {
            Self::Trap => project.wasm_target(),
            Self::Report => project.path("target/panics"),
        }
    }
}

/// The standard library is compiled for size along with the core, and a panic is a trap without a message: 31 KB gzip less,
/// and a panic would be the end of the instance either way. A stable compiler does so by `RUSTC_BOOTSTRAP` alone; the
/// code itself keeps to what is stable.
fn compile(
    project: &Project,
    compiler: WasmCompiler,
    what: &[&str],
    at_panic: AtPanic,
    step: &str,
) -> Result<(), Failure> {
    let mut cargo = compiler.command(project, "cargo");
    cargo.env("CARGO_TARGET_DIR", at_panic.target(project));
    cargo.args(["rustc", "--package", "costrict-credit", "--release", "--target", "wasm32-unknown-unknown"]).args(what);
    cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
    let mut flags = path_remap_flags(project);
    if at_panic == AtPanic::Trap {
        flags.extend(["-Zunstable-options".into(), "-Cpanic=immediate-abort".into()]);
    }
    // Nothing prints a value for debugging; dependencies could.
    flags.push("-Zfmt-debug=none".into());
    // The encoding of CARGO_ENCODED_RUSTFLAGS.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    process::step(project, step, &mut cargo)
}

/// An example of the core as wasm and glue in target/bench, optimised as the core is.
pub fn wasm_example(project: &Project, name: &str) -> Result<(), Failure> {
    let compiler = WasmCompiler::find(project).ok_or_else(no_compiler)?;
    compile(project, compiler, &["--example", name], AtPanic::Trap, &format!("compiling {name} to wasm"))?;
    let compiled = project.wasm_target().join("wasm32-unknown-unknown/release/examples").join(format!("{name}.wasm"));
    let fresh = project.path("target/bench").join(name);
    clear(&fresh)?;
    glue(project, &compiled, &fresh, name)
}

/// The simulation's recordings as wasm and glue in target/recordings, optimised for speed.
pub fn recordings_wasm(project: &Project) -> Result<(), Failure> {
    const NAME: &str = "recordings_wasm";
    setup::ensure(project, Scope::Compile)?;
    let compiler = WasmCompiler::find(project).ok_or_else(no_compiler)?;
    let mut cargo = compiler.command(project, "cargo");
    cargo.args(["build", "--package", "simulation", "--example", NAME, "--profile", "fast", "--target", TRIPLE]);
    process::step(project, "compiling the simulation to wasm", &mut cargo)?;
    let compiled = project.wasm_target().join(TRIPLE).join("fast/examples").join(format!("{NAME}.wasm"));
    let folder = project.path("target/recordings");
    clear(&folder)?;
    write_bindings(&compiled, &folder, NAME)
}

fn no_compiler() -> Failure {
    Failure::Missing { what: "a compiler for wasm32".into(), remedy: "run `cargo xtask setup`".into() }
}

/// Flags that keep the folders of this machine out of the wasm: they would make it larger, different on each machine, and
/// show users where it was built.
fn path_remap_flags(project: &Project) -> Vec<String> {
    let mut flags = vec![format!("--remap-path-prefix={}=", project.path("").display())];
    let home = std::env::home_dir();
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| home.map(|home| home.join(".cargo")));
    if let Some(registry) = cargo.map(|cargo| cargo.join("registry/src")) {
        flags.push(format!("--remap-path-prefix={}=crates", registry.display()));
    }
    flags
}

/// Writes the package's generated files into a folder beside `dist` and swaps it in when all of them are there.
fn bind(project: &Project, dist: &Path, write: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
    let fresh = project.path("target/stamps/pkg-dist");
    clear(&fresh)?;
    write(&fresh)?;
    replace(&fresh, dist)
}

/// Bindings and optimised wasm into a folder.
fn glue(project: &Project, compiled: &Path, folder: &Path, name: &str) -> Result<(), Failure> {
    write_bindings(compiled, folder, name)?;
    let bound = folder.join(format!("{name}_bg.wasm"));
    let mut optimise = project.command(project.path("node_modules/.bin/wasm-opt"));
    optimise.args(WASM_OPT_PASSES).args(WASM_FEATURES).arg(&bound).arg("-o").arg(&bound);
    process::step(project, "optimising the wasm", &mut optimise)
}

fn write_bindings(compiled: &Path, folder: &Path, name: &str) -> Result<(), Failure> {
    let progress = Progress::new("writing the bindings");
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(name).typescript(false);
    bindgen.omit_default_module_path(true).remove_producers_section(true);
    let written = bindgen.web(true).and_then(|bindgen| bindgen.generate(folder));
    match &written {
        Ok(()) => progress.done(),
        Err(_) => progress.failed(),
    }
    written.map_err(|cause| Failure::Checks(format!("the bindings of {name} cannot be written: {cause:#}")))
}

fn clear(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).naming(folder)?;
    }
    fs::create_dir_all(folder).naming(folder)
}

fn replace(fresh: &Path, folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).naming(folder)?;
    }
    fs::rename(fresh, folder).naming(folder)
}

/// An npm workspace's own `build` script; nothing to do while the workspace does not exist.
fn npm_workspace(project: &Project, folder: &str, what: &str) -> Result<(), Failure> {
    if !project.path(folder).join("package.json").is_file() {
        return Ok(());
    }
    let stamp = stamp::of_files(project, &[folder, "pkg", "pkg/dist", "package-lock.json"])?;
    let result = project.path(folder).join("dist");
    stamp::run_if_changed(project, what, &stamp, &result, || {
        let mut npm = project.npm();
        npm.args(["run", "build", "--workspace", folder]);
        process::step(project, &format!("building the {what}"), &mut npm)
    })
}

/// How the ledger is compiled.
#[derive(Debug, Clone, Copy)]
pub enum LedgerProfile {
    /// For tests and measurements: optimised.
    Fast,
    /// For `start`: compiled in a fraction of the time.
    Start,
}

impl LedgerProfile {
    fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Start => "start",
        }
    }
}

fn ledger(project: &Project, profile: LedgerProfile) -> Result<(), Failure> {
    let mut cargo = project.cargo();
    cargo.args(["build", "--package", "costrict-credit-ledger", "--bin", "ledger", "--profile", profile.name()]);
    process::step(project, "compiling the ledger", &mut cargo)
}

/// Where the ledger's program is after it was built.
pub fn ledger_path(project: &Project, profile: LedgerProfile) -> PathBuf {
    project.native_target().join(profile.name()).join(format!("ledger{}", std::env::consts::EXE_SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_names_what_is_left() {
        let pending = PendingParts::new(vec!["core", "panel", "ledger"]);
        assert_eq!(pending.after("core"), "core ready; left: panel, ledger");
        pending.run("ledger", || Ok(())).unwrap();
        assert!(pending.run("panel", || Err(Failure::Checks("no".into()))).is_err());
        assert_eq!(pending.after("panel"), "panel ready");
    }
}
