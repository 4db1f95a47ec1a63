//! Running other programs: a progress line while they run, everything they print in a log, and none left behind.

use std::fs;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::{Failure, NamingFile};
use crate::project::Project;

/// Process groups of the programs that run now.
static RUNNING: LazyLock<Mutex<Vec<u32>>> = LazyLock::new(Mutex::default);

/// The exit code after a signal: what a shell expects of a command that was broken off, or 0 for one that runs until then.
static CODE_AFTER_SIGNAL: AtomicI32 = AtomicI32::new(130);

/// A signal came, and the handler is ending everything.
static ENDING: AtomicBool = AtomicBool::new(false);

/// How long a program may take to end after SIGTERM.
const END_TIMEOUT: Duration = Duration::from_secs(10);

/// On a signal ends all child programs, then this one.
pub fn end_children_on_signal() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        ENDING.store(true, Ordering::SeqCst);
        end_children();
        std::process::exit(CODE_AFTER_SIGNAL.load(Ordering::Relaxed));
    })
    .map_err(|cause| Failure::Spawn { program: "the signal handler".into(), cause: io::Error::other(cause) })
}

/// After a signal, waits for the handler to exit: programs that fail because they were ended are no failure.
pub fn yield_to_signal() {
    while ENDING.load(Ordering::SeqCst) {
        std::thread::park();
    }
}

/// From now on Ctrl-C ends this command with exit code 0.
pub fn exit_zero_on_signal() {
    CODE_AFTER_SIGNAL.store(0, Ordering::Relaxed);
}

/// Sends SIGTERM to every child group, waits 10 s, then SIGKILL.
fn end_children() {
    let groups = std::mem::take(&mut *RUNNING.lock().unwrap_or_else(PoisonError::into_inner));
    for group in &groups {
        end_group(*group);
    }
    let deadline = Instant::now() + END_TIMEOUT;
    for group in groups {
        while is_alive(group) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        kill_group(group);
    }
}

#[cfg(unix)]
fn group_of(leader: u32) -> Option<rustix::process::Pid> {
    i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw)
}

#[cfg(unix)]
fn end_group(leader: u32) {
    // A group that has ended already is what is wanted.
    let _gone = group_of(leader).map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::TERM));
}

#[cfg(unix)]
fn kill_group(leader: u32) {
    let _gone = group_of(leader).map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL));
}

#[cfg(unix)]
fn is_alive(leader: u32) -> bool {
    group_of(leader).is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
}

#[cfg(not(unix))]
fn kill_group(_leader: u32) {}

#[cfg(not(unix))]
fn is_alive(_leader: u32) -> bool {
    false
}

#[cfg(not(unix))]
fn end_group(_leader: u32) {
    // The console sends Ctrl-C to every program in it.
}

/// A running program whose whole process group ends with this value.
#[derive(Debug)]
pub struct Group(Child);

impl Group {
    /// Starts the program as the leader of a group of its own.
    pub fn start(command: &mut Command) -> Result<Self, Failure> {
        // Nothing new is started while everything is being ended.
        yield_to_signal();
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(|cause| Failure::Spawn { program, cause })?;
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(child.id());
        Ok(Self(child))
    }

    /// The child itself, for its streams and its state.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let leader = self.0.id();
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).retain(|group| *group != leader);
        // Also for a leader that ended by itself: its group may hold a browser or a server that it forgot.
        end_group(leader);
        let _reaped = self.0.wait();
    }
}

/// Runs a program, hands every line that it prints (both streams, in order) to `on_line`, and waits for its end.
pub fn stream(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<ExitStatus, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let spawn_failure = |cause| Failure::Spawn { program: program.clone(), cause };
    let (reader, writer) = io::pipe().map_err(spawn_failure)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(spawn_failure)?).stderr(writer);
    let mut group = Group::start(command)?;
    // The command still holds the writing ends; without this the reading below would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    for line in BufReader::new(reader).split(b'\n') {
        let Ok(line) = line else { break };
        on_line(String::from_utf8_lossy(&line).trim_end_matches('\r'));
    }
    group.child().wait().map_err(spawn_failure)
}

/// Runs a program on this program's own terminal, as if the caller had started it.
pub fn attached(command: &mut Command) -> Result<ExitStatus, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    // In this program's own group, so that the terminal sends it Ctrl-C too.
    command.status().map_err(|cause| Failure::Spawn { program, cause })
}

/// What a program prints on its standard output; an error when it fails.
pub fn capture(command: &mut Command) -> Result<String, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().map_err(|cause| Failure::Spawn { program: program.clone(), cause })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        let cause = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("no message").to_owned();
        Err(Failure::Spawn { program, cause: io::Error::other(cause) })
    }
}

/// Whether a program can be run and succeeds; prints nothing.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs one long step: a progress line on a terminal, one line at its start and end elsewhere, its output in a log.
pub fn step(project: &Project, what: &str, command: &mut Command) -> Result<(), Failure> {
    let progress = Progress::new(what);
    let folder = project.logs();
    fs::create_dir_all(&folder).naming(&folder)?;
    let path = folder.join(format!("{}.log", file_name(what)));
    let mut log = fs::File::create(&path).naming(&path)?;
    let mut tail = Tail::default();
    let status = stream(command, |line| {
        progress.detail(line);
        tail.push(line);
        // A full disk must not stop the step; its exit status is still the result.
        let _unwritten = writeln!(log, "{line}");
    });
    match status {
        Ok(status) if status.success() => {
            progress.done();
            Ok(())
        }
        Ok(_) => {
            progress.failed();
            let log = project.relative(&path).into();
            Err(Failure::Step { what: what.to_owned(), tail: tail.error_line(), log })
        }
        Err(failure) => {
            progress.failed();
            Err(failure)
        }
    }
}

fn file_name(what: &str) -> String {
    what.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

/// The end of what a program printed: enough for one line about its failure.
#[derive(Debug, Default)]
struct Tail(Vec<String>);

impl Tail {
    fn push(&mut self, line: &str) {
        if !line.trim().is_empty() {
            if self.0.len() == 40 {
                self.0.remove(0);
            }
            self.0.push(line.trim().to_owned());
        }
    }

    /// The first line that calls itself an error, else the last line of all.
    fn error_line(&self) -> String {
        let error = self.0.iter().find(|line| {
            let line = line.to_ascii_lowercase();
            line.starts_with("error") || line.starts_with("e: ") || line.starts_with("npm error")
        });
        let line = error.or(self.0.last()).map_or("", String::as_str);
        line.chars().take(160).collect()
    }
}

/// The lines of all steps in progress: several run side by side.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Prints in one piece, above the lines of steps in progress.
pub fn print(text: &str) {
    BARS.suspend(|| {
        let mut out = io::stdout().lock();
        // A closed pipe must not end the run; its exit status is still the result.
        let _unwritten = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    });
}

/// One line about a step in progress.
#[derive(Debug)]
pub struct Progress {
    what: String,
    bar: ProgressBar,
    started: Instant,
    quiet: bool,
}

impl Progress {
    /// Starts the line; on a terminal it moves, elsewhere it is printed once.
    pub fn new(what: &str) -> Self {
        let quiet = !io::stderr().is_terminal();
        let bar = ProgressBar::new_spinner();
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
            eprintln!("  {what} ...");
        }
        let bar = if quiet { bar } else { BARS.add(bar) };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}") {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { what: what.to_owned(), bar, started: Instant::now(), quiet }
    }

    /// Shows what the step is at.
    pub fn detail(&self, line: &str) {
        if !self.quiet {
            self.bar.set_message(line.trim().to_owned());
        }
    }

    /// Closes the line of a step that succeeded.
    pub fn done(&self) {
        self.close("ok");
    }

    /// Closes the line of a step that failed.
    pub fn failed(&self) {
        self.close("FAILED");
    }

    fn close(&self, verdict: &str) {
        self.bar.finish_and_clear();
        BARS.suspend(|| eprintln!("  {} {verdict} ({:.1} s)", self.what, self.started.elapsed().as_secs_f64()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_read_to_their_end() {
        let mut lines = Vec::new();
        let status =
            stream(&mut shell("echo one; echo two >&2; printf three; exit 3"), |line| lines.push(line.to_owned()));
        assert_eq!(lines, ["one", "two", "three"]);
        assert_eq!(status.unwrap().code(), Some(3));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = stream(&mut Command::new("no-such-program-here"), |_| {}).unwrap_err();
        assert!(failure.to_string().contains("no-such-program-here"), "{failure}");
    }

    #[test]
    fn the_error_line_is_preferred_to_the_last_line() {
        let mut tail = Tail::default();
        for line in ["fine", "error: no network", "  more about it", ""] {
            tail.push(line);
        }
        assert_eq!(tail.error_line(), "error: no network");
        let mut tail = Tail::default();
        tail.push("just this");
        assert_eq!(tail.error_line(), "just this");
    }

    #[test]
    fn a_dropped_group_takes_its_grandchildren_along() {
        let mut command = shell("sleep 600 & echo $!; wait");
        let mut group = Group::start(command.stdout(Stdio::piped())).unwrap();
        let mut line = String::new();
        BufReader::new(group.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let grandchild = line.trim().to_owned();
        assert!(succeeds(&mut shell(&format!("kill -0 {grandchild}"))));
        drop(group);
        // Orphans are reaped by the init process in its own time; a zombie has ended too.
        let gone = format!(
            "for i in $(seq 200); do kill -0 {grandchild} 2>/dev/null || exit 0; \
             grep -q '^State:.Z' /proc/{grandchild}/status && exit 0; sleep 0.05; done; exit 1"
        );
        assert!(succeeds(&mut shell(&gone)));
    }
}
