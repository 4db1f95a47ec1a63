//! `check`: what is quick, before a commit; and `simulate`, which only forwards.

use std::ffi::OsString;

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
