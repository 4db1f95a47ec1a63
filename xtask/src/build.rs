//! `build`: core to wasm and glue, then the page, the extension and the ledger. What did not change is not built again.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;
use crate::setup::wasm_target::WasmCompiler;
use crate::setup::{self, Scope};
use crate::stamp;

/// The name that the glue files begin with.
const GLUE: &str = "costrict_credit";

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
    /// the local ledger server
    Ledger,
}

/// All parts, in the order in which they need each other.
pub const ALL: &[Part] = &[Part::Core, Part::Panel, Part::Editor, Part::Ledger];

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
            Part::Core => core(project)?,
            Part::Panel => npm_workspace(project, "www", "panel")?,
            Part::Editor => npm_workspace(project, "vscode", "extension")?,
            Part::Ledger => ledger(project)?,
        }
    }
    Ok(())
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

/// Rust to wasm, bindings, optimisation; the result is in pkg/dist as the package ships it.
fn core(project: &Project) -> Result<(), Failure> {
    let compiler = WasmCompiler::find(project).ok_or_else(no_compiler)?;
    compile(project, compiler, LIBRARY_ONLY, AtPanic::Trap, "compiling the core to wasm")?;

    let compiled = project.wasm_target().join("wasm32-unknown-unknown/release").join(format!("{GLUE}.wasm"));
    let lock = setup::wasm_bindgen_version(project)?;
    let compiled_inside = project.relative(&compiled);
    let inputs = [
        compiled_inside.as_str(),
        "pkg/facade.js",
        "pkg/credit-error.js",
        "pkg/handle.js",
        "pkg/loading.js",
        "package-lock.json",
        "xtask/src/build.rs",
    ];
    let stamp = format!("{lock} {}", stamp::of_files(project, &inputs)?);
    let dist = project.path("pkg/dist");
    stamp::run_if_changed(project, "core", &stamp, &dist.join(format!("{GLUE}_bg.wasm")), || {
        bind(project, &compiled, &dist)
    })
}

/// The core as a module with the source lines of its panics, otherwise compiled as the shipped one.
pub fn with_panic_sites(project: &Project) -> Result<PathBuf, Failure> {
    setup::ensure(project, Scope::Build)?;
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
fn bind(project: &Project, compiled: &Path, dist: &Path) -> Result<(), Failure> {
    let fresh = project.path("target/stamps/pkg-dist");
    clear(&fresh)?;
    glue(project, compiled, &fresh, GLUE)?;

    // `require` reads the same glue and the same facade, in its own module format and in one file each.
    for (source, name) in [(fresh.join(format!("{GLUE}.js")), GLUE), (project.path("pkg/facade.js"), "facade")] {
        let mut esbuild = project.command(project.path("node_modules/.bin/esbuild"));
        esbuild.arg(&source).args(["--bundle", "--format=cjs", "--platform=node", "--log-level=warning"]);
        esbuild.arg(format!("--outfile={}", fresh.join(format!("{name}.cjs")).display()));
        process::step(project, &format!("{name} for require"), &mut esbuild)?;
    }
    replace(&fresh, dist)
}

/// Bindings and optimised wasm into a folder.
fn glue(project: &Project, compiled: &Path, folder: &Path, name: &str) -> Result<(), Failure> {
    let mut bindgen = project.command(project.tool("wasm-bindgen"));
    bindgen
        .args(["--target", "web", "--omit-default-module-path", "--no-typescript", "--remove-producers-section"])
        .args(["--out-name", name, "--out-dir"])
        .arg(folder)
        .arg(compiled);
    process::step(project, "writing the bindings", &mut bindgen)?;

    let bound = folder.join(format!("{name}_bg.wasm"));
    let mut optimise = project.command(project.path("node_modules/.bin/wasm-opt"));
    optimise.args(WASM_OPT_PASSES).args(WASM_FEATURES).arg(&bound).arg("-o").arg(&bound);
    process::step(project, "optimising the wasm", &mut optimise)
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

fn ledger(project: &Project) -> Result<(), Failure> {
    let mut cargo = project.cargo();
    cargo.args(["build", "--package", "costrict-credit-ledger", "--profile", "fast"]);
    process::step(project, "compiling the ledger", &mut cargo)
}

/// Where the ledger's program is after [`Part::Ledger`].
pub fn ledger_path(project: &Project) -> PathBuf {
    project.native_target().join("fast").join(format!("ledger{}", std::env::consts::EXE_SUFFIX))
}
