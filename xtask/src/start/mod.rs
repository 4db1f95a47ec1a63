//! `start`: the local ledger with a demo account, or a real server, and the account panel in a browser.

/// The core's own rule, so that the command and the package accept the same addresses.
#[path = "../../../src/protocol/base_url.rs"]
#[allow(dead_code, reason = "the core uses more of it")]
mod base_url;
mod key;
mod open_page;
mod page;
mod check;
mod ledger;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use clap::Args;

use crate::build;
use crate::failure::Failure;
use crate::process;
use crate::project::Project;
use ledger::LocalLedger;
use page::Session;

/// Arguments of `start`.
#[derive(Debug, Args)]
pub struct StartOptions {
    /// Port of the panel on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8765)]
    port: u16,
    /// The ledger's SQLite file or postgres:// URL [default: a file under target/]
    #[arg(long, value_name = "PATH|URL", conflicts_with_all = ["token", "base_url"])]
    database: Option<String>,
    /// A real server's bearer token; COSTRICT_TOKEN in the environment does the same and stays out of the process list
    #[arg(long, requires = "base_url")]
    token: Option<String>,
    /// A real server instead of the local ledger
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
}

/// The command. Ends with Ctrl-C, and then with everything that it started.
pub fn run(project: &Project, options: &StartOptions) -> Result<(), Failure> {
    // Wrong arguments fail before minutes are spent on building.
    let listener = listen(options.port)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|cause| Failure::Spawn { program: "the local server".into(), cause })?;
    let real = real_server(options)?;
    if let Some(session) = &real {
        check::check(project, session)?;
    }
    build::for_start(project, real.is_none())?;

    // Dropped, and with it ended, on every way out of here.
    let (session, mut ledger) = match real {
        Some(session) => (session, None),
        None => {
            let (ledger, session) = LocalLedger::start(project, options.database.as_deref())?;
            (session, Some(ledger))
        }
    };
    runtime.block_on(async {
        let server = page::serve(listener, project.path("www/dist"), session).await?;
        println!("panel: {}", server.url);
        println!("the first browser that opens this address keeps it; another one needs another start");
        println!("Ctrl-C stops everything");
        if !options.no_open && has_desktop() && open_page::open(project, &server.url).is_err() {
            println!("no browser could be opened; open the address by hand");
        }
        process::exit_zero_on_signal();
        match ledger.as_mut() {
            Some(ledger) => tokio::select! {
                end = server.running => end,
                reason = ledger.ended() => Err(reason),
            },
            None => server.running.await,
        }
    })
}

fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).map_err(|cause| {
        Failure::Usage(format!(
            "port {port} cannot be used ({cause}): stop what uses it, or choose another by --port (0 for any free one)"
        ))
    })
}

fn real_server(options: &StartOptions) -> Result<Option<Session>, Failure> {
    let Some(base_url) = &options.base_url else { return Ok(None) };
    let token = options.token.clone().or_else(|| std::env::var("COSTRICT_TOKEN").ok());
    let token = token
        .map(|token| token.trim().to_owned())
        .filter(|token| !token.is_empty())
        .ok_or_else(|| Failure::Usage("--base-url needs a token: give it by --token or in COSTRICT_TOKEN".into()))?;
    Session::new(base_url, token).map(Some)
}

fn has_desktop() -> bool {
    let names = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || names("DISPLAY") || names("WAYLAND_DISPLAY")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(base_url: Option<&str>, token: Option<&str>) -> StartOptions {
        let text = |value: Option<&str>| value.map(str::to_owned);
        StartOptions { port: 0, database: None, token: text(token), base_url: text(base_url), no_open: true }
    }

    #[test]
    fn a_port_in_use_is_one_clear_line() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let failure = listen(taken.local_addr().unwrap().port()).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("--port"), "{failure}");
        assert_eq!(failure.to_string().lines().count(), 1);
    }

    #[test]
    fn a_real_server_needs_a_token() {
        assert!(real_server(&options(None, None)).unwrap().is_none());
        let failure = real_server(&options(Some("https://credit.example"), Some("  "))).unwrap_err();
        assert!(failure.to_string().contains("--token"), "{failure}");
        let session = real_server(&options(Some("https://credit.example/api/v1/"), Some(" a.b.c\n"))).unwrap().unwrap();
        assert_eq!(session.base_url(), "https://credit.example");
    }
}
