//! Failures of a command, each as one line with its remedy, and the exit code.

use std::io;
use std::path::PathBuf;

/// Everything a command can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A tool or package is not there and could not be installed.
    #[error("{what} is missing: {remedy}")]
    Missing { what: String, remedy: String },

    /// The call itself was wrong: an option, a port, a token.
    #[error("{0}")]
    Usage(String),

    /// A program that was called ended badly. `log` holds all that it printed.
    #[error("{what} failed{}: see {}", tail_of(.tail), .log.display())]
    Step { what: String, tail: String, log: PathBuf },

    /// A program could not be started at all.
    #[error("cannot run {program}: {cause}")]
    Spawn { program: String, cause: io::Error },

    /// A file could not be read or written.
    #[error("{}: {cause}", .path.display())]
    File { path: PathBuf, cause: io::Error },

    /// A check found something wrong.
    #[error("{0}")]
    Checks(String),

    /// Everything has been printed already.
    #[error("")]
    Reported { code: u8 },
}

impl Failure {
    /// 2: the machine or the call has to change first. 1: the work was tried and failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Missing { .. } | Self::Usage(_) => 2,
            Self::Step { .. } | Self::Spawn { .. } | Self::File { .. } | Self::Checks(_) => 1,
            Self::Reported { code } => *code,
        }
    }
}

fn tail_of(tail: &str) -> String {
    if tail.is_empty() { String::new() } else { format!(" ({tail})") }
}

/// Names the file in an error about it.
pub trait NamingFile<T> {
    /// Turns an IO error into one that names its file.
    fn naming(self, path: impl Into<PathBuf>) -> Result<T, Failure>;
}

impl<T> NamingFile<T> for io::Result<T> {
    fn naming(self, path: impl Into<PathBuf>) -> Result<T, Failure> {
        self.map_err(|cause| Failure::File { path: path.into(), cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line() {
        let failures = [
            Failure::Missing { what: "Chromium".into(), remedy: "install it".into() },
            Failure::Step { what: "npm ci".into(), tail: "ENOTFOUND".into(), log: "npm.log".into() },
            Failure::Usage("port 80 is in use".into()),
        ];
        for failure in failures {
            assert_eq!(failure.to_string().lines().count(), 1, "{failure}");
            assert!((1..=2).contains(&failure.exit_code()));
        }
    }

    #[test]
    fn the_last_words_of_a_step_are_part_of_the_line() {
        let with = Failure::Step { what: "npm ci".into(), tail: "no network".into(), log: "npm.log".into() };
        assert_eq!(with.to_string(), "npm ci failed (no network): see npm.log");
        let without = Failure::Step { what: "npm ci".into(), tail: String::new(), log: "npm.log".into() };
        assert_eq!(without.to_string(), "npm ci failed: see npm.log");
    }
}
