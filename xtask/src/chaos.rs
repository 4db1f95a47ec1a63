//! `chaos`: runs that break things on purpose and check what is left. Everything random in a run comes from its seed,
//! so that a run that found something can be repeated.

use clap::{Args, Subcommand};

use crate::build::{self, LedgerProfile, Part};
use crate::failure::Failure;
use crate::package;
use crate::process;
use crate::project::Project;
use crate::setup;

/// What is tested under faults.
#[derive(Debug, Subcommand)]
pub enum Chaos {
    /// Kill, stop and starve the ledger while clients spend and transfer; no acknowledged change may be lost or made up
    Ledger(LedgerChaos),
    /// Call the packaged client at random, with hostile arguments, host, server, storage and clock
    Client(ClientChaos),
}

/// Arguments of `chaos ledger`.
#[derive(Debug, Args)]
pub struct LedgerChaos {
    /// Seed of everything random in the run
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End after so many kills on each database
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// End after so many minutes on each database, if that is earlier
    #[arg(long)]
    minutes: Option<f64>,
    /// Only this database; without it both, PostgreSQL where it is installed
    #[arg(long, value_name = "sqlite|postgres")]
    database: Option<String>,
}

/// Arguments of `chaos client`.
#[derive(Debug, Args)]
pub struct ClientChaos {
    /// Seed of everything random in the run
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many calls
    #[arg(long, default_value_t = 1_000_000)]
    calls: u64,
    /// Only this life of a client, as a failed run names it
    #[arg(long)]
    life: Option<u64>,
    /// Print each call
    #[arg(long)]
    trace: bool,
}

/// Arguments of `soak`.
#[derive(Debug, Args)]
pub struct SoakOptions {
    /// How often each hot method is called
    #[arg(long, default_value_t = 1_000_000)]
    calls: u64,
    /// How many refreshes
    #[arg(long, default_value_t = 100_000)]
    refreshes: u64,
    /// Only here; without it in both
    #[arg(long = "in", value_name = "node|chromium")]
    place: Option<String>,
}

/// `soak`: many calls of each hot method, in Node and Chromium; memory has to stay as it is.
pub fn soak(project: &Project, options: &SoakOptions) -> Result<(), Failure> {
    build::parts(project, &[Part::Core])?;
    let mut node = project.node();
    node.args(["--expose-gc", "tests/soak/soak.mjs", "--calls", &options.calls.to_string()]);
    node.args(["--refreshes", &options.refreshes.to_string()]);
    if let Some(place) = &options.place {
        node.args(["--in", place]);
    }
    if let Some(chromium) = setup::chromium() {
        node.env("CHROMIUM", chromium);
    }
    if process::attached(&mut node)?.success() { Ok(()) } else { Err(Failure::Reported { code: 1 }) }
}

/// The command.
pub fn run(project: &Project, chaos: &Chaos) -> Result<(), Failure> {
    match chaos {
        Chaos::Ledger(options) => ledger(project, options),
        Chaos::Client(options) => client(project, options),
    }
}

fn client(project: &Project, options: &ClientChaos) -> Result<(), Failure> {
    build::parts(project, &[Part::Core])?;
    let place = package::unpacked(project)?;
    let mut node = project.node();
    node.arg("tests/chaos/client.mjs").arg("--package").arg(place).args(["--seed", &options.seed.to_string()]);
    node.args(["--calls", &options.calls.to_string()]);
    if let Some(life) = options.life {
        node.args(["--life", &life.to_string()]);
    }
    if options.trace {
        node.arg("--trace");
    }
    if process::attached(&mut node)?.success() { Ok(()) } else { Err(Failure::Reported { code: 1 }) }
}

fn ledger(project: &Project, options: &LedgerChaos) -> Result<(), Failure> {
    build::parts(project, &[Part::Ledger])?;
    let mut cargo = project.cargo();
    cargo.args(["run", "--quiet", "--package", "costrict-credit-ledger", "--example", "chaos", "--"]);
    cargo.args(["--seed", &options.seed.to_string(), "--kills", &options.kills.to_string()]);
    if let Some(minutes) = options.minutes {
        cargo.args(["--minutes", &minutes.to_string()]);
    }
    if let Some(database) = &options.database {
        cargo.args(["--database", database]);
    }
    cargo.env("LEDGER", build::ledger_path(project, LedgerProfile::Fast));
    if process::attached(&mut cargo)?.success() { Ok(()) } else { Err(Failure::Reported { code: 1 }) }
}
