//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{Millis, Timestamp};

use crate::export::{Format, export};
use crate::http::{App, Options, serve};
use crate::ledger::{Conduct, Ledger};
use crate::public_server::PublicServer;
use crate::rules::Rules;
use crate::store::Store;
use crate::store::grant::NewGrant;
use crate::sweep::SweepKind;
use crate::token::TokenForm;

const EXAMPLES: &str = "\
Examples:
  ledger demo --database credit.db                    an account with a history; prints its user id
  ledger token --database credit.db --user ID         a bearer token for it
  ledger serve --database credit.db --port 8787       the server, until Ctrl-C
  ledger serve --database postgres://me@db/credit     the same on PostgreSQL; start as many as you like
  ledger grant --database credit.db --user ID --package package-50
  ledger export --database credit.db --user ID --format csv

Logs go to stderr; LEDGER_LOG sets what is logged (for example LEDGER_LOG=warn).
Exit status: 0 done, 1 it could not be done, 2 wrong call.";

/// The CoStrict credit system on one machine: accounts, grants, burn-down, expiry, chat that deducts.
#[derive(Debug, Parser)]
#[command(name = "ledger", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the credit system over HTTP
    Serve(ServeArgs),
    /// Make a demo account with 60 days of history, once; print its user id
    Demo(DemoArgs),
    /// Print a bearer token for an account
    Token(TokenArgs),
    /// Give an account credits
    Grant(GrantArgs),
    /// End expired grants now
    Sweep(SweepArgs),
    /// Print everything that the ledger keeps about an account, as JSON or CSV
    Export(ExportArgs),
}

#[derive(Debug, Args)]
struct DatabaseArgs {
    /// SQLite file (made if missing), or a postgres:// URL
    #[arg(long, value_name = "PATH|URL")]
    database: String,
    /// Rules as TOML instead of the built-in ones: grants, rates, promotions
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Offer the admin interface under /admin/ to programs on this machine
    #[arg(long)]
    admin: bool,
    /// How grants expire: honest loses nothing; monthly and daily do as the published servers
    #[arg(long, value_name = "monthly|daily|honest", default_value_t = SweepKind::Honest, conflicts_with = "as_public_server")]
    sweep: SweepKind,
    /// Give back what a failed call was charged
    #[arg(long)]
    refund_failed: bool,
    /// Behave as one of the public servers, slips and all: doubles, vouchers without a nonce, tokens unchecked. For
    /// finding out what a client does then; on this machine only
    #[arg(long, value_name = "qm|qm2")]
    as_public_server: Option<PublicServer>,
    /// Answer 404 for usage statistics, as self-hosted servers do
    #[arg(long)]
    no_statistics: bool,
    /// Log as JSON lines
    #[arg(long)]
    log_json: bool,
}

#[derive(Debug, Args)]
struct DemoArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Another seed makes another account
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Args)]
struct TokenArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The account's id
    #[arg(long, value_name = "ID")]
    user: String,
    /// Validity: 30d, 12h, 15m
    #[arg(long, default_value = "30d", value_parser = humantime::parse_duration)]
    ttl: Duration,
    /// Name the holder as newer tokens do: display_name, name and preferred_username
    #[arg(long)]
    newer_names: bool,
    /// The holder's VIP level
    #[arg(long, default_value_t = 0)]
    vip: u32,
}

#[derive(Debug, Args)]
struct GrantArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The account's id
    #[arg(long, value_name = "ID")]
    user: String,
    /// Credits, for example 12.5
    #[arg(long, required_unless_present = "package")]
    amount: Option<Credits>,
    /// A package of the rules instead of an amount
    #[arg(long, conflicts_with_all = ["amount", "days"])]
    package: Option<String>,
    /// Valid until 23:59:59 so many days from now; without it until the month's end
    #[arg(long)]
    days: Option<u32>,
    /// Where the credits come from, as the balance shows it
    #[arg(long, default_value = "")]
    source: String,
}

#[derive(Debug, Args)]
struct SweepArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[arg(long, value_name = "monthly|daily|honest", default_value_t = SweepKind::Honest)]
    kind: SweepKind,
}

#[derive(Debug, Args)]
struct ExportArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The account's id
    #[arg(long, value_name = "ID")]
    user: String,
    /// json: account, grants, records and use; csv: records and use as one table; usage-csv: use with its tokens
    #[arg(long, value_name = "json|csv|usage-csv", default_value = "json")]
    format: Format,
}

/// What stops a command. The text is one line for the person who typed it.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Open(#[from] crate::store::OpenError),
    #[error(transparent)]
    Rules(#[from] crate::rules::RulesError),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error("cannot listen on {host}:{port}: {reason}; choose another --port, or 0 for any free one")]
    Listen { host: String, port: u16, reason: std::io::Error },
    #[error(transparent)]
    Export(#[from] crate::export::ExportError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Wrong(String),
}

/// Runs the command line of this process.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    let json = matches!(&cli.command, Command::Serve(arguments) if arguments.log_json);
    start_log(json);
    match command(cli.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ledger: {error}");
            ExitCode::from(if matches!(error, CliError::Wrong(_)) { 2 } else { 1 })
        }
    }
}

fn start_log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LEDGER_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx::postgres::notice=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json { log.json().try_init() } else { log.with_ansi(false).try_init() };
    if let Err(reason) = started {
        eprintln!("ledger: no log: {reason}");
    }
}

async fn command(command: Command) -> Result<(), CliError> {
    match command {
        Command::Serve(arguments) => serve_until_stopped(arguments).await,
        Command::Demo(arguments) => {
            let ledger = open(&arguments.database, Conduct::default()).await?;
            let id = crate::demo::create_account(&ledger, arguments.seed).await?;
            println!("{id}");
            ledger.store.close().await;
            Ok(())
        }
        Command::Token(arguments) => {
            let ledger = open(&arguments.database, Conduct::default()).await?;
            let ttl = Millis(i64::try_from(arguments.ttl.as_millis()).unwrap_or(i64::MAX));
            let form = TokenForm { newer_names: arguments.newer_names, vip: arguments.vip };
            println!("{}", ledger.token_in_form(&arguments.user, ttl, form).await?);
            ledger.store.close().await;
            Ok(())
        }
        Command::Grant(arguments) => grant(arguments).await,
        Command::Sweep(arguments) => {
            let ledger = open(&arguments.database, Conduct::default()).await?;
            let touched = ledger.sweep_all(arguments.kind, ledger.clock.now()).await?;
            println!("{touched} accounts had expired grants");
            ledger.store.close().await;
            Ok(())
        }
        Command::Export(arguments) => {
            let ledger = open(&arguments.database, Conduct::default()).await?;
            let text = export(&ledger, &arguments.user, arguments.format).await?;
            ledger.store.close().await;
            // A closed pipe (`| head`) is no failure.
            match std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes()) {
                Err(reason) if reason.kind() != std::io::ErrorKind::BrokenPipe => Err(reason.into()),
                _ => Ok(()),
            }
        }
    }
}

async fn open(database: &DatabaseArgs, conduct: Conduct) -> Result<Ledger, CliError> {
    let rules = match &database.rules {
        Some(path) => Rules::load(path)?,
        None => Rules::built_in()?,
    };
    let store = Store::open(&database.database).await?;
    Ok(Ledger::new(store, rules, None, conduct).await?)
}

async fn grant(arguments: GrantArgs) -> Result<(), CliError> {
    let ledger = open(&arguments.database, Conduct::default()).await?;
    let now = ledger.clock.now();
    let account = match &arguments.package {
        Some(name) => {
            let rules = &ledger.rules;
            let package = rules.package(name).ok_or_else(|| {
                let names: Vec<&str> = rules.packages.iter().map(|package| package.name.as_str()).collect();
                CliError::Wrong(format!("no package {name:?} in the rules; there are: {}", names.join(", ")))
            })?;
            let expires_at = rules.expiry(now, package.valid_days);
            let source = package.source.as_deref().unwrap_or_default();
            let grant = NewGrant { amount: package.amount, expires_at, rule: name, source, related_user: "" };
            ledger.add_grant(&arguments.user, grant).await?
        }
        None => {
            let amount = arguments.amount.filter(|amount| amount.is_positive());
            let amount = amount.ok_or_else(|| CliError::Wrong("--amount must be above 0".to_owned()))?;
            let expires_at: Timestamp = ledger.rules.expiry(now, arguments.days);
            let source = &arguments.source;
            let grant = NewGrant { amount, expires_at, rule: "manual-grant", source, related_user: "" };
            ledger.add_grant(&arguments.user, grant).await?
        }
    };
    println!("{} credits left of {}", account.remaining(), account.total);
    ledger.store.close().await;
    Ok(())
}

/// How often the ledger checks for due work.
const TICK_INTERVAL: Duration = Duration::from_secs(1);
/// How long running answers may take to finish after a stop.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

async fn serve_until_stopped(arguments: ServeArgs) -> Result<(), CliError> {
    let conduct = Conduct {
        sweep: arguments.sweep,
        refund_failed: arguments.refund_failed,
        public_server: arguments.as_public_server,
    };
    let is_loopback = arguments.host == "localhost"
        || arguments.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if conduct.public_server.is_some() && !is_loopback {
        // It believes every token, as those servers do behind the router that checks them.
        return Err(CliError::Wrong("--as-public-server serves this machine only; leave --host out".to_owned()));
    }
    // Before the socket opens, so that a signal right after the start stops it cleanly.
    let stopped = stop_signal()?;
    let ledger = open(&arguments.database, conduct).await?;
    let options = Options { admin: arguments.admin, statistics: !arguments.no_statistics };
    let (host, port) = (arguments.host, arguments.port);
    let running = match serve(App::new(ledger.clone(), options), &host, port).await {
        Ok(running) => running,
        Err(reason) => {
            ledger.store.close().await;
            return Err(CliError::Listen { host, port, reason });
        }
    };
    println!("listening on {}", running.url());
    let schedule = tokio::spawn(run_schedule(ledger.clone()));
    stopped.await;
    tracing::info!("stopping");
    schedule.abort();
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, running.stop()).await.is_err() {
        tracing::warn!("some answers did not finish in time");
    }
    ledger.store.close().await;
    Ok(())
}

async fn run_schedule(ledger: Ledger) {
    let mut interval = tokio::time::interval(TICK_INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        interval.tick().await;
        if let Err(reason) = ledger.tick().await {
            tracing::error!(%reason, "sweep or gifts failed; trying again");
        }
    }
}

/// A future that ends with SIGINT or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// A future that ends with Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
