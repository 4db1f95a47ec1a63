//! The local ledger as a child process: its database, its demo account, its address.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::open_page::private_folder;
use super::page::Session;
use crate::build::{self, LedgerProfile};
use crate::failure::{Failure, NamingFile};
use crate::process::{self, Group};
use crate::project::Project;

/// The begin of the line with the ledger's address.
const LISTENING: &str = "listening on ";

/// A ledger that runs until this value is dropped.
#[derive(Debug)]
pub struct LocalLedger {
    group: Group,
    log: String,
}

impl LocalLedger {
    /// Makes sure of the demo account, starts the ledger on a free port, and gives the session of the account.
    pub fn start(project: &Project, database: Option<&str>) -> Result<(Self, Session), Failure> {
        let program = build::ledger_path(project, LedgerProfile::Start);
        let folder = project.path("target/ledger");
        private_folder(&folder)?;
        // Who may call the admin interface may have every account's token. It is open to all users of the machine, so it
        // is offered on made-up credits alone.
        let admin = database.is_none().then_some("--admin");
        let database = database.map_or_else(|| folder.join("demo.db").into_os_string(), Into::into);

        let mut demo = project.command(&program);
        demo.env("LEDGER_LOG", "warn").arg("demo").arg("--database").arg(&database);
        let user = last_line(&process::capture(&mut demo)?);
        let mut token = project.command(&program);
        token.env("LEDGER_LOG", "warn").arg("token").arg("--database").arg(&database).args(["--user", &user]);
        let token = last_line(&process::capture(&mut token)?);

        let logs = project.logs();
        fs::create_dir_all(&logs).naming(&logs)?;
        let path = logs.join("ledger.log");
        let log = fs::File::create(&path).naming(&path)?;
        let mut serve = project.command(&program);
        serve.arg("serve").arg("--database").arg(&database).args(["--port", "0"]).args(admin);
        let mut group = Group::start(serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log))?;
        let log = project.relative(&path);
        let address = address(&mut group).ok_or_else(|| Failure::Step {
            what: "starting the ledger".into(),
            tail: fs::read_to_string(&path).map(|text| last_line(&text)).unwrap_or_default(),
            log: log.clone().into(),
        })?;
        Ok((Self { group, log }, Session::new(&address, token)?))
    }

    /// Waits until the ledger ends by itself, which it should not.
    pub async fn ended(&mut self) -> Failure {
        loop {
            if !matches!(self.group.child().try_wait(), Ok(None)) {
                let log = self.log.clone().into();
                return Failure::Step { what: "the ledger".into(), tail: "it ended".into(), log };
            }
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        }
    }
}

/// Reads the ledger's output up to its address; `None` when it ends before.
fn address(group: &mut Group) -> Option<String> {
    let mut lines = BufReader::new(group.child().stdout.take()?).lines().map_while(Result::ok);
    let found = lines.find_map(|line| line.strip_prefix(LISTENING).map(|url| url.trim().to_owned()));
    // Whatever it prints later must not fill the pipe and stop it.
    std::thread::spawn(move || lines.for_each(drop));
    found
}

fn last_line(text: &str) -> String {
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn printing(script: &str) -> Group {
        let mut command = Command::new("sh");
        Group::start(command.args(["-c", script]).stdout(Stdio::piped())).unwrap()
    }

    #[test]
    fn the_address_is_read_as_soon_as_it_is_printed() {
        let mut group = printing("echo starting; echo listening on http://127.0.0.1:4242; exec sleep 600");
        assert_eq!(address(&mut group).as_deref(), Some("http://127.0.0.1:4242"));
    }

    #[test]
    fn a_ledger_that_ends_has_no_address() {
        assert_eq!(address(&mut printing("echo no such database; exit 1")), None);
    }

    #[test]
    fn a_last_line_is_the_last_that_is_not_empty() {
        assert_eq!(last_line("one\n two \n\n"), "two");
        assert_eq!(last_line(""), "");
    }
}
