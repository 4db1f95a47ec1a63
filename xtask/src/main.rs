//! The project's commands, for people and for CI.

mod failure;
mod project;
mod process;
mod stamp;
mod setup;
mod build;
mod package;
mod panics;
mod fuzz;
mod start;
mod bench;
mod chaos;
mod test;
mod check;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use build::Part;
use failure::Failure;
use project::Project;

/// The commands of costrict-credit.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what is missing; every other command does it too
    Setup,
    /// Build core, panel, extension and ledger
    Build {
        /// Only these parts
        only: Vec<Part>,
    },
    /// Start the local ledger and the account panel
    Start(start::StartOptions),
    /// Run every suite and add up what passed and failed
    Test {
        /// Only this suite; may be given again
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// Print the suites
        #[arg(long)]
        list: bool,
        /// The suites that only CI runs, too
        #[arg(long)]
        ci: bool,
    },
    /// The quick checks: format, lints, dependencies, types
    Check,
    /// Measure sizes and times
    Bench {
        /// Only the script of this name in benches/
        only: Option<String>,
        /// Few repetitions, to see that everything runs; nothing is stored
        #[arg(long)]
        short: bool,
    },
    /// Run the simulation; the arguments are its own (`-- --help` lists them)
    Simulate {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Break things on purpose and check what is left: kills, stops, full disks, random calls
    Chaos {
        #[command(subcommand)]
        chaos: chaos::Chaos,
    },
    /// Fuzz the readers of replies, stored text, amounts and dates
    Fuzz(fuzz::FuzzOptions),
    /// Where the core's own code can still panic; fails for a place that is not reviewed
    Panics,
    /// Pack the npm package
    Package,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let end = run(arguments.command);
    process::yield_to_signal();
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !matches!(failure, Failure::Reported { .. }) {
                eprintln!("error: {failure}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    process::end_children_on_signal()?;
    let project = Project::find();
    match command {
        Command::Setup => setup::run(&project),
        Command::Build { only } => build::run(&project, &only),
        Command::Start(options) => start::run(&project, &options),
        Command::Check => check::run(&project),
        Command::Bench { only, short } => bench::run(&project, only.as_deref(), short),
        Command::Simulate { arguments } => check::simulate(&project, &arguments),
        Command::Test { list: true, .. } => {
            test::list();
            Ok(())
        }
        Command::Test { only, list: false, ci } => test::run(&project, &only, ci),
        Command::Chaos { chaos } => chaos::run(&project, &chaos),
        Command::Fuzz(options) => fuzz::run(&project, &options),
        Command::Panics => panics::run(&project),
        Command::Package => package::run(&project),
    }
}
