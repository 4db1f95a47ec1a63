//! Kills, stops and starves the ledger while clients spend and transfer, and checks the books after every round.
//!
//! `cargo xtask chaos ledger [--seed N] [--kills N] [--minutes N] [--database sqlite|postgres]`
//!
//! The real program is run as a process of its own. Clients keep their own books: what was acknowledged, and what became
//! of a request whose answer was lost is not known until it is repeated. After each kill the next process must have
//! everything that was acknowledged and nothing that was not requested, to the micro-credit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod books;
mod clients;
mod process;
#[path = "../../tests/suite/postgres.rs"]
mod postgres;
mod random;
mod rounds;

use std::process::ExitCode;
use std::time::Duration;

/// The options of a run.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub kills: u32,
    pub time: Option<Duration>,
    pub database: Option<String>,
}

fn plan() -> Plan {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().position(|one| one == name).and_then(|at| arguments.get(at + 1));
    Plan {
        seed: value("--seed").map_or(1, |text| text.parse().expect("--seed needs a number")),
        kills: value("--kills").map_or(100, |text| text.parse().expect("--kills needs a number")),
        time: value("--minutes")
            .map(|text| Duration::from_secs_f64(60.0 * text.parse::<f64>().expect("--minutes needs a number"))),
        database: value("--database").cloned(),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let plan = plan();
    let folder = tempfile::TempDir::new().unwrap();
    let mut places = vec![("sqlite", folder.path().join("credit.db").display().to_string())];
    places.extend(postgres::new_database().await.map(|url| ("postgres", url)));
    places.retain(|(name, _)| plan.database.as_deref().is_none_or(|wanted| wanted == *name));
    assert!(!places.is_empty(), "no database of this name here: use sqlite or postgres");
    let mut sound = true;
    for (name, place) in &places {
        let outcome = rounds::run(name, place, &plan).await;
        println!("{name}: {}", outcome.summary());
        for violation in outcome.violations.iter().take(20) {
            println!("  {violation}");
        }
        if !outcome.violations.is_empty() {
            sound = false;
            println!("  again: cargo xtask chaos ledger --database {name} --seed {} --kills {}", plan.seed, plan.kills);
        }
    }
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
