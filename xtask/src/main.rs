//! The project's commands, for people and for CI.

mod failure;
mod project;
mod process;
mod stamp;
mod digest;
mod setup;
mod build;
mod docs;
mod package;
mod reproduce;
mod release;
mod panics;
mod fuzz;
mod mutants;
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
    /// Compare what the core does natively and in wasm, over recordings of the simulation
    Recordings {
        /// Seeds of the simulation
        #[arg(long, default_value_t = 1_000)]
        count: u64,
    },
    /// Break things on purpose and check what is left: kills, stops, full disks, random calls
    Chaos {
        #[command(subcommand)]
        chaos: chaos::Chaos,
    },
    /// Call each hot method a million times and refresh 100 000 times; memory has to stay flat
    Soak(chaos::SoakOptions),
    /// Fuzz the readers of replies, stored text, amounts and dates, and the engine by streams of events
    Fuzz(fuzz::FuzzOptions),
    /// Change the core's rules one edit at a time; unit tests have to notice each
    Mutants(mutants::MutantsOptions),
    /// Where the core's own code can still panic; fails for a place that is not reviewed
    Panics,
    /// Build the documents as a site, with what rustdoc and TypeDoc make of the sources
    Docs,
    /// List whose code is in the package, with the licences, in pkg/THIRD-PARTY-NOTICES.txt
    Notices {
        /// Only look whether the file is current
        #[arg(long)]
        check: bool,
    },
    /// Pack the npm package
    Package {
        /// And the command line program, as both are published
        #[arg(long)]
        all: bool,
    },
    /// Build the sources in two folders and compare what would be published
    Reproduce,
    /// Make everything that a version publishes, with checksums and lists of parts; publishes nothing
    Release(release::ReleaseOptions),
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
        Command::Recordings { count } => check::recordings(&project, count),
        Command::Test { list: true, .. } => {
            test::list();
            Ok(())
        }
        Command::Test { only, list: false, ci } => test::run(&project, &only, ci),
        Command::Chaos { chaos } => chaos::run(&project, &chaos),
        Command::Soak(options) => chaos::soak(&project, &options),
        Command::Fuzz(options) => fuzz::run(&project, &options),
        Command::Mutants(options) => mutants::run(&project, &options),
        Command::Panics => panics::run(&project),
        Command::Docs => docs::run(&project),
        Command::Notices { check } => package::notices(&project, check),
        Command::Package { all } => package::run(&project, all),
        Command::Reproduce => reproduce::run(&project),
        Command::Release(options) => release::run(&project, &options),
    }
}
