//! Reads how many tests passed and which failed out of what the runners print.

use std::collections::BTreeMap;

/// Which runner's words to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// A program that is one check: its exit status is the result.
    Check,
    /// `cargo test`.
    Cargo,
    /// `node --test` in either of its reporters, or a script that closes with `N passed, N failed`.
    Node,
    /// The contract runner: `PASS id` and `FAIL id` lines.
    Contract,
}

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTest {
    pub name: String,
    /// What has to be added to the runner's command to repeat just this one.
    pub selection: Vec<String>,
}

/// What a runner reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub failures: Vec<FailedTest>,
}

impl Counts {
    /// Takes in what another runner reported.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
    }
}

/// Reads the whole output of a runner.
pub fn read(runner: Runner, output: &str) -> Counts {
    match runner {
        Runner::Check | Runner::Contract => Counts::default(),
        Runner::Cargo => read_cargo(output),
        Runner::Node => read_node(output),
    }
}

fn read_cargo(output: &str) -> Counts {
    let mut counts = Counts::default();
    let mut target = Vec::new();
    for line in output.lines().map(str::trim) {
        if let Some(selection) = cargo_target(line) {
            target = selection;
        } else if let Some(summary) = line.strip_prefix("test result: ") {
            counts.passed += number_before(summary, " passed");
            counts.failed += number_before(summary, " failed");
        } else if let Some(name) = failed_cargo_test(line) {
            let mut selection = target.clone();
            if selection.first().is_some_and(|first| first == "--doc") {
                selection.push(name.clone());
            } else {
                selection.extend(["--".into(), "--exact".into(), name.clone()]);
            }
            counts.failures.push(FailedTest { name, selection });
        }
    }
    counts
}

/// `Running unittests src/lib.rs (...)`, `Running tests/name.rs (...)`, `Doc-tests name`.
fn cargo_target(line: &str) -> Option<Vec<String>> {
    if line.starts_with("Doc-tests ") {
        return Some(vec!["--doc".into()]);
    }
    let rest = line.strip_prefix("Running ")?;
    let (source, _program) = rest.split_once(" (")?;
    if let Some(unit) = source.strip_prefix("unittests ") {
        return Some(vec![if unit.ends_with("lib.rs") { "--lib".into() } else { "--bins".into() }]);
    }
    let name = source.rsplit('/').next()?.strip_suffix(".rs")?;
    // A test in a folder of its own is named after the folder.
    let name = if name == "main" { source.rsplit('/').nth(1)? } else { name };
    Some(vec!["--test".into(), name.to_owned()])
}

fn failed_cargo_test(line: &str) -> Option<String> {
    let rest = line.strip_prefix("test ")?;
    let name = rest.strip_suffix(" ... FAILED").or_else(|| rest.strip_suffix(" ... FAIL"))?;
    Some(name.trim_end_matches(" - should panic").to_owned())
}

fn number_before(text: &str, word: &str) -> u64 {
    let Some(end) = text.find(word) else { return 0 };
    let digits = text.get(..end).unwrap_or_default();
    let start = digits.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    digits.get(start..).and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn read_node(output: &str) -> Counts {
    let mut counts = Counts::default();
    let mut totals = None;
    let mut current: Option<FailedTest> = None;
    for line in output.lines().map(str::trim) {
        let summary = line.strip_prefix("# ").or_else(|| line.strip_prefix("\u{2139} "));
        if let Some(number) = summary.and_then(|summary| summary.strip_prefix("pass ")) {
            counts.passed += number.parse().unwrap_or(0);
        } else if let Some(number) =
            summary.and_then(|summary| summary.strip_prefix("fail ").or_else(|| summary.strip_prefix("cancelled ")))
        {
            counts.failed += number.parse().unwrap_or(0);
        } else if let Some(test) = line.strip_prefix("not ok ") {
            counts.failures.extend(current.take());
            let name = test.split_once(" - ").map_or(test, |(_, name)| name).to_owned();
            let selection = vec![format!("--test-name-pattern={name}")];
            current =
                (!name.contains(" # TODO") && !name.contains(" # SKIP")).then_some(FailedTest { name, selection });
        } else if line == "type: 'suite'" {
            // A group failed because a test in it did; the test is named already.
            current = None;
        } else if let (Some(place), Some(test)) = (line.strip_prefix("location: '"), current.as_mut()) {
            // file:line:column
            let file = place.trim_end_matches('\'').rsplitn(3, ':').nth(2).unwrap_or_default();
            test.selection.push(file.to_owned());
        } else if let Some(sums) = closing_line(line) {
            totals = Some(sums);
        }
    }
    counts.failures.extend(current);
    if counts.passed + counts.failed == 0
        && let Some((passed, failed)) = totals
    {
        counts.passed = passed;
        counts.failed = failed;
    }
    counts
}

/// `N passed, N failed`, alone on a line.
pub fn closing_line(line: &str) -> Option<(u64, u64)> {
    let (passed, failed) = line.trim().split_once(", ")?;
    Some((passed.strip_suffix(" passed")?.parse().ok()?, failed.strip_suffix(" failed")?.parse().ok()?))
}

/// The contract's verdicts by case id: true for `PASS`.
pub fn read_contract(output: &str) -> BTreeMap<String, bool> {
    output
        .lines()
        .filter_map(|line| {
            let (verdict, rest) = line.split_once(' ')?;
            let id = rest.split(' ').next()?.to_owned();
            match verdict {
                "PASS" => Some((id, true)),
                "FAIL" => Some((id, false)),
                _ => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARGO: &str = "     Running unittests src/lib.rs (target/debug/deps/costrict_credit-1)
running 2 tests
test domain::credits::tests::adds ... ok
test domain::credits::tests::rounds ... FAILED
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running tests/architecture.rs (target/debug/deps/architecture-1)
test no_clock ... FAILED
test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out
   Doc-tests costrict_credit
test src/lib.rs - (line 3) ... FAILED
test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out";

    #[test]
    fn cargo_results_add_up_over_all_targets() {
        let counts = read(Runner::Cargo, CARGO);
        assert_eq!((counts.passed, counts.failed), (5, 3));
        let selections: Vec<_> = counts.failures.iter().map(|test| test.selection.join(" ")).collect();
        assert_eq!(
            selections,
            [
                "--lib -- --exact domain::credits::tests::rounds",
                "--test architecture -- --exact no_clock",
                "--doc src/lib.rs - (line 3)",
            ]
        );
    }

    #[test]
    fn the_browsers_tests_use_the_same_words() {
        let output = "running 2 tests\ntest browser::loads ... ok\ntest browser::opens ... FAIL\n\
                      test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 filtered out; finished in 0.10s";
        let counts = read(Runner::Cargo, output);
        assert_eq!((counts.passed, counts.failed), (1, 1));
        assert_eq!(counts.failures[0].name, "browser::opens");
    }

    #[test]
    fn node_results_are_read_in_both_reporters() {
        let tap = "TAP version 13\n# Subtest: a suite\n    not ok 1 - opens the account\n      ---\n      \
                   location: '/project/tests/package/node.test.mjs:12:3'\n      failureType: 'testCodeFailure'\n      ...\n\
                   not ok 1 - a suite\n  ---\n  type: 'suite'\n  location: '/project/tests/package/node.test.mjs:1:1'\n  ...\n\
                   1..1\n# tests 3\n# suites 1\n# pass 2\n# fail 1\n# cancelled 0\n# skipped 0\n# todo 0";
        let counts = read(Runner::Node, tap);
        assert_eq!((counts.passed, counts.failed), (2, 1));
        assert_eq!(
            counts.failures,
            [FailedTest {
                name: "opens the account".into(),
                selection: vec![
                    "--test-name-pattern=opens the account".into(),
                    "/project/tests/package/node.test.mjs".into()
                ],
            }]
        );

        let spec = "\u{2714} one (1ms)\n\u{2139} tests 1\n\u{2139} pass 1\n\u{2139} fail 0";
        assert_eq!((read(Runner::Node, spec).passed, read(Runner::Node, spec).failed), (1, 0));
        assert_eq!(read(Runner::Node, "ok one\n7 passed, 2 failed\n").passed, 7);
        assert_eq!(read(Runner::Node, "nothing was run"), Counts::default());
    }

    #[test]
    fn contract_verdicts_are_read_by_case() {
        let verdicts = read_contract("PASS C05 reads\nFAIL T03 times: step 1: expected 1, got 2\n1 passed, 1 failed");
        assert_eq!(verdicts.into_iter().collect::<Vec<_>>(), [("C05".to_owned(), true), ("T03".to_owned(), false)]);
    }

    #[test]
    fn a_closing_line_is_a_line_of_its_own() {
        assert_eq!(closing_line("12 passed, 0 failed"), Some((12, 0)));
        assert_eq!(closing_line("note: 12 passed, 0 failed"), None);
        assert_eq!(closing_line("12 passed, 0 failed, 1 skipped"), None);
    }
}
