//! `mutants`: cargo-mutants changes the rules of the core, one small edit after the other, and unit tests have to notice each.
//!
//! The edits are made in a copy of the modules below the client, with what they need and nothing else: it compiles in seconds,
//! where the whole core with its binding and its integration tests takes a minute. So a rule is covered by the tests beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;
use crate::setup;

/// Survivors that change nothing, each with its reason.
const EXPLAINED_FILE: &str = "tests/mutants.json";
/// What is changed where no file is named.
const FOLDERS: [&str; 3] = ["src/domain", "src/protocol", "src/account"];
/// What the copy is made of: those folders and what is above or between them in `src/lib.rs`.
const COPIED: [&str; 5] = ["domain", "json", "ports.rs", "protocol", "account"];
/// Where only files of src/domain are changed.
const DOMAIN_ALONE: &[&str] = &["domain"];
/// Modules whose tests go through long texts or millions of amounts: they take most of the time, and notice an edit elsewhere only
/// by accident.
const SLOW_TESTS: [&str; 2] = ["tokens", "credits"];
/// An edit that makes a loop endless is noticed by this; a busy machine needs it.
const TEST_MAX_S: &str = "120";

/// Arguments of `mutants`.
#[derive(Debug, Args)]
pub struct MutantsOptions {
    /// Only in these files; without them in src/domain, src/protocol and src/account
    files: Vec<String>,
    /// A part of the edits, such as 0/8
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Only count the edits
    #[arg(long)]
    list: bool,
}

/// An edit, and what the tests said of it. cargo-mutants writes them to outcomes.json.
#[derive(Debug, Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: String,
}

#[derive(Debug, Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Mutant),
}

#[derive(Debug, Deserialize)]
struct Mutant {
    name: String,
    file: String,
    span: Span,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: Start,
}

#[derive(Debug, Deserialize)]
struct Start {
    line: usize,
}

#[derive(Debug, Deserialize)]
struct Outcomes {
    outcomes: Vec<Outcome>,
}

/// A survivor with the reason why no test can notice it.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Explained {
    file: String,
    /// As cargo-mutants names it, without the position.
    edit: String,
    /// A snippet of its line.
    line: String,
    why: String,
}

/// The command.
pub fn run(project: &Project, options: &MutantsOptions) -> Result<(), Failure> {
    setup::ensure_mutants(project)?;
    let copied = copied_for(&options.files);
    let copy = copy_core(project, copied, &options.files)?;
    let mut mutants = project.command(project.tool("cargo-mutants"));
    mutants.current_dir(&copy).args(["mutants", "--in-place", "--no-shuffle", "--colors", "never"]);
    for file in &options.files {
        mutants.args(["--file", file]);
    }
    if options.files.is_empty() {
        for folder in FOLDERS {
            mutants.arg("--file").arg(format!("{folder}/**"));
        }
    }
    if let Some(shard) = &options.shard {
        mutants.args(["--shard", shard]);
    }
    // Its own target folder, in which each edit compiles what depends on it.
    mutants.env("CARGO_TARGET_DIR", project.path("target/mutants/build"));
    if options.list {
        mutants.arg("--list");
    } else {
        mutants.args(["--profile", "mutants", "--baseline", "run", "--minimum-test-timeout", TEST_MAX_S]);
        mutants.arg("--output").arg(project.path("target/mutants"));
        let test_arguments = test_arguments(&options.files);
        mutants.args(test_arguments.iter().map(|argument| format!("--cargo-test-arg={argument}")));
    }
    let ended = process::attached(&mut mutants)?;
    if options.list {
        return if ended.success() { Ok(()) } else { Err(Failure::Reported { code: 1 }) };
    }
    report(project, &copy)
}

/// Of cargo test: without the slow tests of modules that no file is of.
fn test_arguments(files: &[String]) -> Vec<String> {
    let mut arguments = vec!["--lib".to_owned(), "--".to_owned()];
    for module in SLOW_TESTS {
        let folder = format!("src/domain/{module}/");
        if !files.is_empty() && !files.iter().any(|file| file.starts_with(&folder)) {
            arguments.extend(["--skip".to_owned(), format!("domain::{module}::")]);
        }
    }
    arguments
}

/// Sums up the run: every survivor is explained, or named.
fn report(project: &Project, copy: &Path) -> Result<(), Failure> {
    let read = |path: PathBuf| fs::read_to_string(&path).naming(&path);
    let wrong = |name: &str, cause: serde_json::Error| Failure::Checks(format!("{name}: {cause}"));
    let text = read(project.path("target/mutants/mutants.out/outcomes.json"))?;
    let run: Outcomes = serde_json::from_str(&text).map_err(|cause| wrong("outcomes.json", cause))?;
    let explained = read(project.path(EXPLAINED_FILE))?;
    let explained: Vec<Explained> = serde_json::from_str(&explained).map_err(|cause| wrong(EXPLAINED_FILE, cause))?;
    let mut sums: BTreeMap<&str, usize> = BTreeMap::new();
    let mut survivors = Vec::new();
    for outcome in &run.outcomes {
        let Scenario::Mutant(mutant) = &outcome.scenario else {
            if outcome.summary != "Success" {
                return Err(Failure::Checks("the tests fail without any edit; see target/mutants/mutants.out".into()));
            }
            continue;
        };
        let source = read(copy.join(&mutant.file))?;
        let line = source.lines().nth(mutant.span.start.line.saturating_sub(1)).unwrap_or_default();
        let is_explained = || explained.iter().any(|known| known.covers(mutant, line));
        let outcome = match outcome.summary.as_str() {
            "MissedMutant" if is_explained() => "explained",
            "MissedMutant" => {
                survivors.push(format!("{}\n    {}", mutant.name, line.trim()));
                "missed"
            }
            "CaughtMutant" => "caught",
            "Timeout" => "caught by the time limit",
            "Unviable" => "not compiling",
            other => return Err(Failure::Checks(format!("cargo-mutants has an outcome {other}"))),
        };
        *sums.entry(outcome).or_default() += 1;
    }
    let sums: Vec<_> = sums.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    println!("{}", sums.join(", "));
    if survivors.is_empty() {
        return Ok(());
    }
    println!("{}", survivors.join("\n"));
    Err(Failure::Checks(format!(
        "write a test for each of these edits, or say in {EXPLAINED_FILE} why it changes nothing"
    )))
}

impl Explained {
    fn covers(&self, mutant: &Mutant, line: &str) -> bool {
        self.file == mutant.file && mutant.name.ends_with(&self.edit) && line.contains(&self.line)
    }
}

/// The modules that these files need: those up to the last one that has a file among them. Each uses only modules before it, so
/// a rule of src/domain compiles without the protocol and the account.
fn copied_for(files: &[String]) -> &'static [&'static str] {
    let is_named = |name: &str| {
        files.iter().any(|file| file.strip_prefix("src/").is_some_and(|inside| Path::new(inside).starts_with(name)))
    };
    match COPIED.iter().rposition(|name| is_named(name)) {
        Some(last) => COPIED.get(..=last).unwrap_or(&COPIED),
        None => &COPIED,
    }
}

/// src/domain/mod.rs without the modules after the last that one of `files` is of: each uses only those above it.
fn modules_until_last(text: &str, files: &[String]) -> String {
    let declared = |line: &str| line.strip_suffix(';')?.split_once("mod ").map(|(_, name)| name.to_owned());
    let is_named = |name: &str| {
        let inside = files.iter().filter_map(|file| file.strip_prefix("src/domain/")?.split('/').next());
        inside.map(|part| part.trim_end_matches(".rs")).any(|part| part == name)
    };
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.iter().rposition(|line| declared(line).is_some_and(|name| is_named(&name)));
    let last = last.unwrap_or(lines.len());
    let kept = lines.iter().enumerate().filter(|(index, line)| *index <= last || declared(line).is_none());
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

/// A crate of the rules alone, in target/mutants/core, as the sources are now.
fn copy_core(project: &Project, copied: &[&str], files: &[String]) -> Result<PathBuf, Failure> {
    let copy = project.path("target/mutants/core");
    if copy.exists() {
        fs::remove_dir_all(&copy).naming(&copy)?;
    }
    fs::create_dir_all(copy.join("src")).naming(&copy)?;
    for name in copied {
        copy_all(&project.path("src").join(name), &copy.join("src").join(name))?;
    }
    if copied == DOMAIN_ALONE {
        let path = copy.join("src/domain/mod.rs");
        let text = fs::read_to_string(&path).naming(&path)?;
        fs::write(&path, modules_until_last(&text, files)).naming(&path)?;
    }
    // What tests beside the code read.
    for read in ["tests/base-urls.json", "pkg/tokens"] {
        copy_all(&project.path(read), &copy.join(read))?;
    }
    let write = |name: &str, text: String| {
        let path = copy.join(name);
        fs::write(&path, text).naming(path)
    };
    let read = |name: &str| {
        let path = project.path(name);
        fs::read_to_string(&path).naming(path)
    };
    write("Cargo.toml", manifest(&read("Cargo.toml")?))?;
    write("Cargo.lock", read("Cargo.lock")?)?;
    write("src/lib.rs", modules(copied))?;
    Ok(copy)
}

/// The core's manifest as that of a workspace of its own, without what needs the rest of the sources: the examples, the transport,
/// and what the tests beside them use.
fn manifest(text: &str) -> String {
    let mut kept = String::new();
    let mut is_dropped = false;
    for line in text.lines() {
        if line.starts_with('[') {
            is_dropped = line == "[[example]]"
                || line.contains("dev-dependencies")
                || line.starts_with("[target.'cfg(target_arch");
        }
        if is_dropped || line.starts_with("reqwest = ") {
            continue;
        }
        kept.push_str(match line {
            _ if line.starts_with("members = ") => "members = []",
            _ if line.starts_with("crate-type = ") => "crate-type = [\"rlib\"]",
            line => line,
        });
        kept.push('\n');
    }
    // Our own code is optimised a little: the tests then take less than what that costs the compiler.
    kept + "\n[profile.mutants]\ninherits = \"dev\"\ndebug = false\nincremental = true\n\n\
            [profile.mutants.package.costrict-credit]\nopt-level = 1\n"
}

fn modules(copied: &[&str]) -> String {
    let names = copied.iter().map(|name| name.trim_end_matches(".rs"));
    names.map(|name| format!("pub mod {name};\n")).collect()
}

fn copy_all(from: &Path, to: &Path) -> Result<(), Failure> {
    for entry in walkdir::WalkDir::new(from).into_iter().filter_map(Result::ok) {
        let target = match entry.path().strip_prefix(from) {
            Ok(inside) if inside.as_os_str().is_empty() => to.to_path_buf(),
            Ok(inside) => to.join(inside),
            Err(_) => continue,
        };
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).naming(&target)?;
        } else {
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder).naming(folder)?;
            }
            fs::copy(entry.path(), &target).naming(&target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_the_copy_is_that_of_a_workspace() {
        let text =
            manifest("[workspace]\nmembers = [\"x\"]\n[[example]]\nname = \"y\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n");
        assert!(text.contains("members = []") && text.contains("crate-type = [\"rlib\"]"), "{text}");
        assert!(!text.contains("example") && text.contains("[profile.mutants]"), "{text}");
    }

    #[test]
    fn the_copy_needs_neither_the_transport_nor_what_other_tests_use() {
        let project = Project::find();
        let text = manifest(&fs::read_to_string(project.path("Cargo.toml")).unwrap());
        for absent in ["\nreqwest", "\nproptest", "\ntokio", "\nwasm-bindgen"] {
            assert!(!text.contains(absent), "{absent}");
        }
        for present in ["\nserde_json", "\nurl", "\nlitemap"] {
            assert!(text.contains(present), "{present}");
        }
    }

    #[test]
    fn files_are_tested_with_the_modules_before_them() {
        let last = |files: &[&str]| {
            let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
            copied_for(&files).last().copied()
        };
        assert_eq!(last(&["src/domain/grant.rs", "src/domain/credits/mod.rs"]), Some("domain"));
        assert_eq!(last(&["src/domain/grant.rs", "src/protocol/wait.rs"]), Some("protocol"));
        assert_eq!(last(&["src/account/snapshot.rs"]), Some("account"));
        assert_eq!(last(&[]), Some("account"));
    }

    #[test]
    fn slow_tests_run_for_their_own_module_alone() {
        let skipped = |files: &[&str]| {
            let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
            test_arguments(&files)[2..].join(" ")
        };
        assert_eq!(skipped(&["src/domain/grant.rs"]), "--skip domain::tokens:: --skip domain::credits::");
        assert_eq!(skipped(&["src/domain/credits/mod.rs"]), "--skip domain::tokens::");
        assert_eq!(skipped(&[]), "", "without a file everything is tested");
    }

    #[test]
    fn the_domain_is_copied_up_to_the_last_file_that_is_named() {
        let text = "//! Rules.\n\npub(crate) mod one;\npub mod two;\npub mod three;\n";
        let until = |files: &[&str]| {
            let files: Vec<String> = files.iter().map(|file| format!("src/domain/{file}")).collect();
            modules_until_last(text, &files)
        };
        assert_eq!(until(&["two/mod.rs", "one.rs"]), "//! Rules.\n\npub(crate) mod one;\npub mod two;\n");
        assert_eq!(until(&["three.rs"]), text);
        assert_eq!(until(&["unknown.rs"]), text);
    }

    #[test]
    fn the_copied_modules_are_the_first_of_the_core() {
        let project = Project::find();
        let library = fs::read_to_string(project.path("src/lib.rs")).unwrap();
        let names: Vec<_> =
            library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
        let copied: Vec<_> = COPIED.iter().map(|name| name.trim_end_matches(".rs")).collect();
        assert_eq!(names[..copied.len()], copied);
    }

    #[test]
    fn every_explanation_is_of_a_line_that_exists() {
        let project = Project::find();
        let text = fs::read_to_string(project.path(EXPLAINED_FILE)).unwrap();
        for explained in serde_json::from_str::<Vec<Explained>>(&text).unwrap() {
            let source = fs::read_to_string(project.path(&explained.file)).unwrap();
            assert!(
                source.lines().any(|line| line.contains(&explained.line)),
                "{}: {}",
                explained.file,
                explained.line
            );
            assert!(explained.why.len() > 20, "{}: {}", explained.file, explained.edit);
        }
    }
}
