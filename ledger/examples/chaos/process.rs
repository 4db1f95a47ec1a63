//! The ledger as a process that can be killed, stopped and starved.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

pub struct Server {
    child: Child,
    pub url: String,
}

/// The program that `LEDGER` names, or the one that was built beside this one.
fn program() -> PathBuf {
    std::env::var_os("LEDGER").map_or_else(
        || std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("ledger"),
        PathBuf::from,
    )
}

impl Server {
    /// Starts the ledger; `Err` with its last line when it does not serve.
    pub fn start(place: &str) -> Result<Server, String> {
        let mut command = Command::new("sh");
        // With the signal ignored, a file that may not grow fails as one on a full disk does.
        command.args(["-c", "trap '' XFSZ; exec \"$0\" serve --database \"$1\""]).arg(program()).arg(place);
        command.env("LEDGER_LOG", "off").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|reason| reason.to_string())?;
        let mut line = String::new();
        let read = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        match (read, line.trim().strip_prefix("listening on ")) {
            (Some(Ok(_)), Some(url)) => Ok(Server { url: url.to_owned(), child }),
            _ => {
                let output = child.wait_with_output().map_err(|reason| reason.to_string())?;
                Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
            }
        }
    }

    fn pid(&self) -> Pid {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        // One that has ended is found by the wait.
        let _ = kill_process(self.pid(), signal);
    }

    /// Lets no file of the process grow beyond so many bytes; `None` gives the room back.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let limit = Rlimit { current: bytes, maximum: None };
        if let Err(reason) = prlimit(Some(self.pid()), Resource::Fsize, limit) {
            eprintln!("the room of files cannot be limited here: {reason}");
        }
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
