//! `bench`: measures, prints, and stores as JSON. Byte gates are tests (tests/package); nothing here fails on a number.
//! A script that fails does not stop the others: what they measured is printed and stored all the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::build::{self, Part};
use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;
use crate::setup::{self, Scope};
use crate::{package, stamp};

/// One measured value; benches/*.mjs print one as a JSON object on a line of its own.
#[derive(Debug, Clone, PartialEq, Deserialize, serde::Serialize)]
struct Measurement {
    name: String,
    value: f64,
    unit: String,
    /// The smallest and largest of the repeated runs, where it was repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<[f64; 2]>,
}

/// The command.
pub fn run(project: &Project, only: Option<&str>, short: bool) -> Result<(), Failure> {
    setup::ensure(project, Scope::Test)?;
    let scripts = scripts(project, only)?;
    let is_selected = |name: &str| scripts.iter().any(|script| script.file_stem().is_some_and(|stem| stem == name));
    build::parts(project, if is_selected("panel") { &[Part::Core, Part::Panel] } else { &[Part::Core] })?;
    package::unpacked(project)?;
    for name in ["engine", "usage"].into_iter().filter(|name| is_selected(name)) {
        build::wasm_example(project, &format!("{name}_wasm"))?;
    }
    let mut measured = BTreeMap::new();
    let mut failed = Vec::new();
    for script in scripts {
        let name = project.relative(&script);
        if short && NOT_SHORT.contains(&name.as_str()) {
            eprintln!("{name}: not in the short form");
            continue;
        }
        let succeeded = run_script(project, &script, short, |measurement| {
            println!("{}", table_row(&measurement));
            measured.insert(measurement.name.clone(), measurement);
        });
        match succeeded {
            Ok(true) => {}
            Ok(false) => failed.push(name),
            Err(failure) => {
                eprintln!("{failure}");
                failed.push(name);
            }
        }
    }
    if !short {
        store(project, &measured)?;
    }
    if failed.is_empty() {
        return Ok(());
    }
    let again: Vec<String> = failed.iter().map(|name| format!("`node {name}`")).collect();
    Err(Failure::Checks(format!("{} failed; repeat with {}", failed.join(", "), again.join(", "))))
}

/// Scripts that the short form leaves out: they install a second editor or the peers of a comparison, or take minutes however
/// few repetitions are made.
const NOT_SHORT: [&str; 5] = [
    "benches/editor.mjs",
    "benches/tokens.mjs",
    "benches/ledger.mjs",
    "benches/ledger-scale.mjs",
    "benches/frugality.mjs",
];

/// Runs one script and hands each of its measurements on; whether it succeeded.
fn run_script(
    project: &Project,
    script: &Path,
    short: bool,
    mut on_measurement: impl FnMut(Measurement),
) -> Result<bool, Failure> {
    let mut node = project.node();
    node.arg(script);
    if short {
        node.env("BENCH_SHORT", "1");
    }
    if let Some(chromium) = setup::chromium() {
        node.env("CHROMIUM", chromium);
    }
    let status = process::stream(&mut node, |line| match parse_measurement(line) {
        Some(measurement) => on_measurement(measurement),
        None => eprintln!("{line}"),
    })?;
    Ok(status.success())
}

/// Every script of benches/, or the one whose name was given.
fn scripts(project: &Project, only: Option<&str>) -> Result<Vec<PathBuf>, Failure> {
    let folder = project.path("benches");
    let files = fs::read_dir(&folder).naming(&folder)?.flatten().map(|file| file.path());
    let mut scripts: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "mjs")).collect();
    scripts.sort();
    if let Some(only) = only {
        scripts.retain(|path| path.file_stem().is_some_and(|stem| stem == only));
    }
    if scripts.is_empty() {
        return Err(Failure::Usage(format!("no bench `{}` in benches/", only.unwrap_or("*.mjs"))));
    }
    Ok(scripts)
}

fn parse_measurement(line: &str) -> Option<Measurement> {
    serde_json::from_str(line).ok()
}

fn table_row(measurement: &Measurement) -> String {
    let number = |value: f64| if value.fract() == 0.0 { format!("{value}") } else { format!("{value:.3}") };
    let range = measurement.range.map(|[low, high]| format!("  ({} to {})", number(low), number(high)));
    format!(
        "{:<44} {:>12} {}{}",
        measurement.name,
        number(measurement.value),
        measurement.unit,
        range.unwrap_or_default()
    )
}

/// Keeps the last run under target/bench, with what identifies the build that was measured.
fn store(project: &Project, measured: &BTreeMap<String, Measurement>) -> Result<(), Failure> {
    let folder = project.path("target/bench");
    fs::create_dir_all(&folder).naming(&folder)?;
    let path = folder.join("last.json");
    let values: Vec<_> = measured.values().collect();
    let report = serde_json::json!({
        "core": stamp::of_files(project, &["pkg/dist"])?,
        "platform": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "measured": values,
    });
    fs::write(&path, format!("{report:#}\n")).naming(&path)?;
    println!("stored in {}", project.relative(&path));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_a_json_object_on_a_line() {
        let measurement = parse_measurement(r#"{"name":"wasm gzip","value":115000,"unit":"bytes"}"#).unwrap();
        assert_eq!(measurement.value, 115_000.0);
        assert_eq!(parse_measurement("anything else"), None);
        assert_eq!(table_row(&measurement).split_whitespace().collect::<Vec<_>>(), ["wasm", "gzip", "115000", "bytes"]);
        let timed =
            parse_measurement(r#"{"name":"estimate","value":0.0123456,"unit":"ms","range":[0.01,0.5]}"#).unwrap();
        assert!(table_row(&timed).ends_with("0.012 ms  (0.010 to 0.500)"), "{}", table_row(&timed));
    }

    #[test]
    fn what_a_failing_script_measured_before_it_failed_is_kept() {
        let project = Project::find();
        let script = tempfile::NamedTempFile::with_suffix(".mjs").unwrap();
        let line = r#"{"name":"a","value":1,"unit":"ms"}"#;
        std::fs::write(script.path(), format!("console.log('{line}'); process.exit(3);")).unwrap();
        let mut measured = Vec::new();
        let succeeded = run_script(&project, script.path(), true, |measurement| measured.push(measurement.name));
        assert!(!succeeded.unwrap());
        assert_eq!(measured, ["a"]);
        for name in NOT_SHORT {
            assert!(project.path(name).is_file(), "{name}");
        }
    }
}
