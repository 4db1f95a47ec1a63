//! One request to a real server, so that a wrong token or address is reported in the terminal and not by an empty panel.

use std::io::Write;
use std::process::Stdio;

use super::page::Session;
use crate::failure::Failure;
use crate::project::Project;

const PROBE_SCRIPT: &str = include_str!("probe.mjs");

/// Fails for a session that the server refuses, or whose server is no credit server or cannot be reached.
pub fn check(project: &Project, session: &Session) -> Result<(), Failure> {
    let failed = |cause| Failure::Spawn { program: "node".into(), cause };
    let mut node = project.node();
    node.args(["--input-type=module", "--eval", PROBE_SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = node.spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(session.to_json().as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    interpret(session.base_url(), String::from_utf8_lossy(&output.stdout).trim())
}

fn interpret(base: &str, answer: &str) -> Result<(), Failure> {
    let advice = match answer.split_once(' ') {
        Some(("status", "401" | "403")) => {
            format!("{base} refuses this token: sign in to CoStrict again and copy the new token")
        }
        Some(("status", "404")) => {
            format!("{base} is no credit server (no balance under this address): check --base-url")
        }
        // Busy or broken for now: the panel shows that better than a line here could.
        Some(("status", _)) => return Ok(()),
        Some((_, why)) => format!("{base} cannot be reached ({why}): check the address and the network"),
        None => format!("{base} cannot be checked: node gave no answer"),
    };
    Err(Failure::Usage(advice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::{SocketAddr, TcpListener};

    /// A server that answers one request with one status, and returns the request.
    fn answering(status: &'static str) -> (SocketAddr, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            while !request.contains("\r\n\r\n") {
                let mut part = [0; 1024];
                let length = stream.read(&mut part).unwrap();
                request.push_str(&String::from_utf8_lossy(&part[..length]));
            }
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            request
        });
        (address, server)
    }

    fn checked(address: SocketAddr) -> Result<(), Failure> {
        check(&Project::find(), &Session::new(&format!("http://{address}"), "secret".into()).unwrap())
    }

    #[test]
    fn a_wrong_token_or_address_is_one_clear_line() {
        for (status, word) in
            [("401 Unauthorized", "token"), ("403 Forbidden", "token"), ("404 Not Found", "--base-url")]
        {
            let (address, server) = answering(status);
            let failure = checked(address).unwrap_err();
            let line = failure.to_string();
            assert!(line.contains(word) && !line.contains("secret") && line.lines().count() == 1, "{line}");
            assert_eq!(failure.exit_code(), 2);
            assert!(server.join().unwrap().to_lowercase().contains("authorization: bearer secret"));
        }
    }

    #[test]
    fn a_server_that_answers_is_taken_even_when_it_is_busy() {
        for status in ["200 OK", "503 Service Unavailable"] {
            let (address, server) = answering(status);
            checked(address).unwrap();
            server.join().unwrap();
        }
    }

    #[test]
    fn a_server_out_of_reach_is_reported_with_its_cause() {
        // A port that was free a moment ago: nothing listens on it.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let line = checked(free).unwrap_err().to_string();
        assert!(line.contains("ECONNREFUSED") && line.contains("network"), "{line}");
        assert!(interpret("http://x", "").is_err());
    }
}
