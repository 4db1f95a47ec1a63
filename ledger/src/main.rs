//! `ledger`: see `ledger --help`.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    ledger::cli::run().await
}
