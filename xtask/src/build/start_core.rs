//! The core as `start` compiles it in a checkout where none was built yet: not optimised, so that the panel is there a minute sooner.
//! The first build of the shipped core replaces it, and from then on `start` takes that one.

use super::{GLUE, LIBRARY_ONLY, no_compiler, write_bindings};
use crate::failure::Failure;
use crate::process;
use crate::project::Project;
use crate::setup;
use crate::setup::wasm_target::{TRIPLE, WasmCompiler};
use crate::stamp;

/// Whether no shipped core was built here.
pub fn is_due(project: &Project) -> bool {
    !stamp::is_known(project, super::CORE_STAMP)
}

pub fn compile(project: &Project) -> Result<(), Failure> {
    let compiler = WasmCompiler::find(project).ok_or_else(no_compiler)?;
    let mut cargo = compiler.command(project, "cargo");
    cargo.args(["rustc", "--package", "costrict-credit", "--profile", "start", "--target", TRIPLE]).args(LIBRARY_ONLY);
    process::step(project, "compiling the core to wasm, not optimised", &mut cargo)
}

/// Bindings into pkg/dist.
pub fn bind(project: &Project) -> Result<(), Failure> {
    let compiled = project.wasm_target().join(TRIPLE).join("start").join(format!("{GLUE}.wasm"));
    let inside = project.relative(&compiled);
    let lock = setup::wasm_bindgen_version(project)?;
    let stamp = format!("{lock} {}", stamp::of_files(project, &[inside.as_str()])?);
    let dist = project.path("pkg/dist");
    stamp::run_if_changed(project, "start-core", &stamp, &dist.join(format!("{GLUE}_bg.wasm")), || {
        super::bind(project, &dist, |fresh| write_bindings(&compiled, fresh, GLUE))
    })
}
