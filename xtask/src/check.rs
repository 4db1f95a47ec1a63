//! `check`: what is quick, before a commit; `simulate`, which only forwards; and `recordings`, which compares what it records.

use std::ffi::OsString;

use crate::build;
use crate::failure::Failure;
use crate::process;
use crate::project::Project;
use crate::test;

/// The suites that answer in about a minute.
const QUICK: [&str; 4] = ["fmt", "clippy", "deny", "types"];

/// The command.
pub fn run(project: &Project) -> Result<(), Failure> {
    test::run(project, &QUICK.map(str::to_owned), false)
}

/// Runs the simulation with the caller's own arguments and shows it as it goes.
pub fn simulate(project: &Project, arguments: &[OsString]) -> Result<(), Failure> {
    let mut cargo = project.cargo();
    cargo.args(["run", "--quiet", "--profile", "fast", "--package", "simulation", "--"]).args(arguments);
    if process::attached(&mut cargo)?.success() { Ok(()) } else { Err(Failure::Reported { code: 1 }) }
}

/// Runs as many seeds natively and in wasm, and compares all that the windows stored, sent, decided and showed.
pub fn recordings(project: &Project, count: u64) -> Result<(), Failure> {
    build::recordings_wasm(project)?;
    let mut cargo = project.cargo();
    cargo.args(["build", "--profile", "fast", "--package", "simulation", "--bin", "simulate"]);
    process::step(project, "compiling the simulation", &mut cargo)?;
    let program = project.native_target().join("fast").join(format!("simulate{}", std::env::consts::EXE_SUFFIX));
    let mut node = project.node();
    node.arg("tests/recordings/compare.mjs").args(["--count", &count.to_string(), "--native"]).arg(program);
    if process::attached(&mut node)?.success() { Ok(()) } else { Err(Failure::Reported { code: 1 }) }
}
