//! The list of suites: what runs, what it needs, and how its result is read. To add a suite, add an entry.

use std::process::Command;

use super::arguments::{files_of, quote};
use super::counts::Runner;
use crate::build::Part;
use crate::failure::Failure;
use crate::project::Project;
use crate::setup;
use crate::setup::wasm_target::{TRIPLE, WasmCompiler};

/// One named step of `cargo xtask test`.
pub struct Suite {
    pub name: &'static str,
    pub about: &'static str,
    /// What has to be built before.
    pub needs: &'static [Part],
    /// Installs what only this suite uses.
    pub setup: fn(&Project) -> Result<(), Failure>,
    /// Whether it runs in CI and by name only, because developers need its result less often than its time; `about` names what
    /// `test` has of it.
    pub only_ci: bool,
    /// Whether it compiles Rust or keeps all cores busy: one of these runs at a time.
    pub computes: bool,
    /// Whether the packed tarball has to be there.
    pub packed: bool,
    /// False while the part of the project that it tests does not exist.
    pub exists: fn(&Project) -> bool,
    /// Another suite that runs these tests too: then this one runs only by name.
    pub within: Option<&'static str>,
    pub runs: &'static [Run],
}

/// One call of a runner.
pub struct Run {
    pub runner: Runner,
    /// The program and its arguments, as typed in the root of the checkout.
    pub line: &'static [&'static str],
    /// What takes the place of an argument outside CI: a sample of what CI runs whole.
    pub sample: Option<(&'static str, &'static str)>,
    /// When the check could not be made, and is not counted.
    pub skip: Option<Skip>,
}

/// How much of a suite runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// In CI, and where a suite is named.
    Whole,
    /// In `test`.
    Sample,
}

/// Output of a runner that means that the check could not be made here, and the note that is printed then.
pub struct Skip {
    pub marker: &'static str,
    pub note: &'static str,
}

impl Run {
    const fn check(line: &'static [&'static str]) -> Self {
        Self::of(Runner::Check, line)
    }

    const fn of(runner: Runner, line: &'static [&'static str]) -> Self {
        Self { runner, line, sample: None, skip: None }
    }

    /// The arguments of a run of this size.
    fn words(&self, size: Size) -> impl Iterator<Item = &'static str> {
        let sample = self.sample.filter(|_| size == Size::Sample);
        self.line.iter().map(move |word| match sample {
            Some((whole, part)) if whole == *word => part,
            _ => *word,
        })
    }

    /// The command in the environment that it needs.
    pub fn command(&self, project: &Project, size: Size) -> Option<Command> {
        let words: Vec<_> = self.words(size).collect();
        let (program, arguments) = words.split_first()?;
        let mut command = match *program {
            "cargo" if arguments.contains(&TRIPLE) => WasmCompiler::find(project)?.command(project, "cargo"),
            "npm" => project.npm(),
            other => project.command(other),
        };
        for argument in arguments {
            match argument.split_once("/*") {
                // A shell would do this; Node 20 does not.
                Some((folder, ending)) => command.args(files_of(project, folder, ending)),
                None => command.arg(argument),
            };
        }
        Some(command)
    }

    /// The command as a person types it, with what selects a single test.
    pub fn repeat(&self, size: Size, selection: &[String]) -> String {
        let mut words: Vec<String> = self.words(size).map(quote).collect();
        if self.runner == Runner::Node && words.first().is_some_and(|first| first == "node") && selection.len() > 1 {
            words = vec!["node".into(), "--test".into()];
        }
        words.extend(selection.iter().map(|word| quote(word)));
        words.join(" ")
    }
}

fn always(_project: &Project) -> bool {
    true
}

fn nothing(_project: &Project) -> Result<(), Failure> {
    Ok(())
}

const EMPTY_SUITE: Suite = Suite {
    name: "",
    about: "",
    needs: &[],
    setup: nothing,
    only_ci: false,
    computes: false,
    packed: false,
    exists: always,
    within: None,
    runs: &[],
};

/// Every suite: the quick ones first, then those that take longest, so that the end of a run does not wait for one of them.
pub const SUITES: &[Suite] = &[
    Suite {
        name: "fmt",
        about: "rustfmt, and Biome's format and lints of TypeScript and JavaScript",
        runs: &[
            Run::check(&["cargo", "fmt", "--all", "--check"]),
            Run::check(&["biome", "check", "--error-on-warnings"]),
        ],
        ..EMPTY_SUITE
    },
    Suite {
        name: "clippy",
        about: "lints of the whole workspace, and of the core for wasm",
        computes: true,
        runs: &[
            Run::check(&["cargo", "clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]),
            Run {
                // Debian's compiler for wasm may come without clippy.
                skip: Some(Skip { marker: "no such command: `clippy`", note: "wasm not linted: no clippy for it" }),
                ..Run::check(&[
                    "cargo",
                    "clippy",
                    "--quiet",
                    "--package",
                    "costrict-credit",
                    "--target",
                    TRIPLE,
                    "--",
                    "-D",
                    "warnings",
                ])
            },
        ],
        ..EMPTY_SUITE
    },
    Suite {
        name: "deny",
        about: "licences, duplicates, sources and advisories of all dependencies",
        computes: true,
        needs: &[Part::Core, Part::Cli],
        setup: setup::ensure_audit,
        only_ci: true,
        runs: &[
            Run::check(&[
                "cargo",
                "deny",
                "--workspace",
                "--log-level",
                "error",
                "check",
                "bans",
                "licenses",
                "sources",
            ]),
            Run {
                skip: Some(Skip {
                    marker: "failed to fetch advisory database",
                    note: "advisories not checked: no network",
                }),
                ..Run::check(&["cargo", "deny", "--workspace", "check", "advisories"])
            },
            Run {
                skip: Some(Skip {
                    marker: "npm's advisories were not answered",
                    note: "advisories of npm packages not checked: no network, or a registry without them",
                }),
                ..Run::check(&["node", "tools/audit.mjs"])
            },
        ],
        ..EMPTY_SUITE
    },
    Suite {
        name: "docs",
        about: "every link of the documents, and that the site has every page",
        runs: &[Run::of(Runner::Node, &["node", "--test", "--test-reporter=tap", "tests/docs/*.test.mjs"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "site",
        about: "the documents as a site, with rustdoc and TypeDoc, without a warning or a dead link",
        computes: true,
        only_ci: true,
        runs: &[Run::check(&["cargo", "xtask", "docs"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "types",
        about: "tsc over everything that is written in or for TypeScript",
        needs: &[Part::Core],
        packed: true,
        within: Some("package"),
        runs: &[Run::of(Runner::Node, &["node", "--test", "--test-reporter=tap", "tests/package/types.test.mjs"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "panel",
        about: "the account panel in Chromium against the ledger",
        needs: &[Part::Core, Part::Panel, Part::Ledger],
        packed: true,
        exists: |project| project.path("www/package.json").is_file(),
        runs: &[Run::of(Runner::Node, &["npm", "test", "--silent", "--workspace", "www"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "editor",
        about: "the extension in a real editor",
        needs: &[Part::Core, Part::Panel, Part::Editor, Part::Ledger],
        packed: true,
        exists: |project| project.path("vscode/package.json").is_file(),
        runs: &[Run::of(Runner::Node, &["npm", "test", "--silent", "--workspace", "vscode"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "cli",
        about: "the command line program as npm packs it, in a pseudo-terminal against the ledger",
        needs: &[Part::Core, Part::Cli, Part::Ledger],
        packed: true,
        exists: |project| project.path("cli/package.json").is_file(),
        runs: &[Run::of(Runner::Node, &["npm", "test", "--silent", "--workspace", "cli"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "unit",
        about: "unit, doc and integration tests of core, ledger and xtask",
        computes: true,
        runs: &[Run::of(Runner::Cargo, &["cargo", "test", "--workspace", "--no-fail-fast"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "architecture",
        about: "module order and deliberate absences",
        computes: true,
        within: Some("unit"),
        runs: &[Run::of(Runner::Cargo, &["cargo", "test", "--package", "costrict-credit", "--test", "architecture"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "simulation",
        about: "the engine under faults, thousands of seeds; `unit` has 200 of them",
        only_ci: true,
        computes: true,
        runs: &[
            Run::check(&["cargo", "run", "--quiet", "--profile", "fast", "--package", "simulation", "--"]),
            Run::of(
                Runner::Cargo,
                &["cargo", "test", "--profile", "fast", "--package", "simulation", "--test", "mutations"],
            ),
        ],
        ..EMPTY_SUITE
    },
    Suite {
        name: "recordings",
        about: "the core does the same natively and in wasm, byte for byte; `cargo xtask recordings` compares 1 000 seeds",
        only_ci: true,
        computes: true,
        runs: &[
            Run::check(&["cargo", "xtask", "recordings", "--count", "50"]),
            Run::of(Runner::Node, &["node", "--test", "--test-reporter=tap", "tests/recordings/*.test.mjs"]),
        ],
        ..EMPTY_SUITE
    },
    Suite {
        name: "chaos",
        about: "the ledger under kills, stops and full disks; the long form is `cargo xtask chaos`",
        needs: &[Part::Ledger],
        runs: &[Run { sample: Some(("8", "2")), ..Run::check(&["cargo", "xtask", "chaos", "ledger", "--kills", "8"]) }],
        ..EMPTY_SUITE
    },
    Suite {
        name: "wasm",
        about: "the core in a headless browser",
        computes: true,
        setup: setup::ensure_browser_tests,
        // Doc tests would be compiled by whichever rustdoc is first in PATH; they run natively.
        runs: &[Run::of(
            Runner::Cargo,
            &["cargo", "test", "--package", "costrict-credit", "--target", TRIPLE, "--lib", "--test", "browser"],
        )],
        ..EMPTY_SUITE
    },
    Suite {
        name: "panics",
        about: "each place of the core that the compiler sees panic has been looked at; lints are in `clippy`",
        only_ci: true,
        computes: true,
        runs: &[Run::check(&["cargo", "xtask", "panics"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "package",
        about: "the packed tarball as its users load it, and the byte gates",
        needs: &[Part::Core, Part::Ledger],
        packed: true,
        runs: &[Run::of(Runner::Node, &["node", "--test", "--test-reporter=tap", "tests/package/*.test.mjs"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "contract",
        about: "the acceptance cases through the packed tarball",
        needs: &[Part::Core],
        packed: true,
        runs: &[Run::of(
            Runner::Contract,
            &[
                "node",
                "tests/contract/run.mjs",
                "--package",
                "target/package/node_modules/costrict-credit/index.js",
                "tests/contract/cases.dev.json",
                "tests/contract/cases.november.json",
                "tests/contract/own/*.json",
            ],
        )],
        ..EMPTY_SUITE
    },
    Suite {
        name: "chaos-client",
        about: "random calls of the packed client with hostile arguments, host, server, storage and clock",
        needs: &[Part::Core],
        packed: true,
        runs: &[Run {
            sample: Some(("20000", "4000")),
            ..Run::check(&[
                "node",
                "tests/chaos/client.mjs",
                "--package",
                "target/package/node_modules/costrict-credit",
                "--calls",
                "20000",
            ])
        }],
        ..EMPTY_SUITE
    },
    Suite {
        name: "canary",
        about: "a token and a voucher's code are nowhere but where they belong: storage, logs, views, files, memory",
        needs: &[Part::Core, Part::Panel, Part::Cli, Part::Ledger],
        packed: true,
        runs: &[Run::of(Runner::Node, &["node", "--test", "--test-reporter=tap", "tests/canary/*.test.mjs"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "fuzz",
        about: "made-up inputs for what reads from outside, ten seconds a target; `unit` has those that were kept",
        only_ci: true,
        computes: true,
        runs: &[Run::check(&["cargo", "xtask", "fuzz", "--minutes", "0.17"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "start",
        about: "the start command from outside: what it serves and what it leaves behind",
        needs: &[Part::Core, Part::Panel, Part::StartLedger],
        exists: |project| project.path("www/package.json").is_file(),
        runs: &[Run::of(Runner::Node, &["node", "--test", "--test-reporter=tap", "tests/start/*.test.mjs"])],
        ..EMPTY_SUITE
    },
    Suite {
        name: "bench",
        about: "every bench in its short form: that it runs, not what it measures",
        computes: true,
        only_ci: true,
        runs: &[Run::check(&["cargo", "xtask", "bench", "--short"])],
        ..EMPTY_SUITE
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_suite_runs_something() {
        for (at, suite) in SUITES.iter().enumerate() {
            assert!(!suite.runs.is_empty(), "{}", suite.name);
            assert!(SUITES[..at].iter().all(|other| other.name != suite.name), "{}", suite.name);
            assert!(suite.within.is_none_or(|whole| SUITES.iter().any(|other| other.name == whole)), "{}", suite.name);
        }
    }

    #[test]
    fn a_sample_is_smaller_in_its_command_too() {
        let run = Run { sample: Some(("8", "2")), ..Run::check(&["chaos", "--kills", "8"]) };
        assert_eq!(run.repeat(Size::Sample, &[]), "chaos --kills 2");
        assert_eq!(run.repeat(Size::Whole, &[]), "chaos --kills 8");
        for run in SUITES.iter().flat_map(|suite| suite.runs) {
            assert!(run.sample.is_none_or(|(whole, _)| run.line.contains(&whole)), "{:?}", run.line);
        }
    }

    #[test]
    fn a_single_test_is_repeated_by_one_line_for_a_shell() {
        let cargo = Run::of(Runner::Cargo, &["cargo", "test", "--workspace"]);
        let selection = ["--lib", "--", "--exact", "domain::time::tests::reads"].map(String::from);
        assert_eq!(
            cargo.repeat(Size::Whole, &selection),
            "cargo test --workspace --lib -- --exact domain::time::tests::reads"
        );
        let node = Run::of(Runner::Node, &["node", "--test", "--test-reporter=tap", "tests/package/*.test.mjs"]);
        let selection = ["--test-name-pattern=it's free".to_owned(), "tests/package/node.test.mjs".to_owned()];
        assert_eq!(
            node.repeat(Size::Whole, &selection),
            r"node --test '--test-name-pattern=it'\''s free' tests/package/node.test.mjs"
        );
    }
}
