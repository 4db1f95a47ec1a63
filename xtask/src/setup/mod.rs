//! `setup`: installs what is missing and prints each step.

mod debian;
mod packages;
mod cargo_tools;
mod docs_tools;
pub mod wasm_target;

pub use cargo_tools::wasm_bindgen_version;
pub use debian::{chromedriver, chromium};
pub use docs_tools::folder as docs_tools;

use std::time::Instant;

use crate::failure::Failure;
use crate::project::Project;

/// How much of the machine a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// To compile.
    Compile,
    /// To build and to start.
    Build,
    /// To check and to test as well.
    Test,
}

/// One thing that has to be on the machine.
struct Requirement {
    name: &'static str,
    scope: Scope,
    /// Whether it is there; answers in milliseconds.
    present: fn(&Project) -> bool,
    /// Puts it there, wholly or not at all.
    install: fn(&Project) -> Result<(), Failure>,
}

/// In this order: what comes later is installed with what comes before.
const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        name: "Node 20",
        scope: Scope::Compile,
        present: packages::has_node,
        install: packages::explain_node,
    },
    Requirement { name: "C compiler", scope: Scope::Compile, present: debian::has_cc, install: debian::install_cc },
    Requirement {
        name: "wasm32 target",
        scope: Scope::Compile,
        present: wasm_target::present,
        install: wasm_target::install,
    },
    Requirement {
        name: "the standard library's sources",
        scope: Scope::Compile,
        present: wasm_target::has_sources,
        install: wasm_target::install_sources,
    },
    Requirement {
        name: "npm packages",
        scope: Scope::Build,
        present: packages::has_packages,
        install: packages::install_packages,
    },
    Requirement {
        name: "rustfmt and clippy",
        scope: Scope::Test,
        present: cargo_tools::has_components,
        install: cargo_tools::install_components,
    },
    Requirement {
        name: "Chromium and ChromeDriver",
        scope: Scope::Test,
        present: debian::has_chromium,
        install: debian::install_chromium,
    },
    Requirement {
        name: "PostgreSQL server",
        scope: Scope::Test,
        present: debian::has_postgres,
        install: debian::install_postgres,
    },
];

/// For the suite `wasm`.
const BROWSER_TESTS: &[Requirement] = &[Requirement {
    name: "wasm-bindgen's test runner",
    scope: Scope::Test,
    present: cargo_tools::has_test_runner,
    install: cargo_tools::install_test_runner,
}];

/// For the suite `deny`, which runs in `check` and in CI.
const AUDIT: &[Requirement] = &[Requirement {
    name: "cargo-deny",
    scope: Scope::Test,
    present: cargo_tools::has_cargo_deny,
    install: cargo_tools::install_cargo_deny,
}];

/// For `release` alone; not part of `setup`.
const PARTS_LIST: &[Requirement] = &[Requirement {
    name: "cargo-cyclonedx",
    scope: Scope::Test,
    present: cargo_tools::has_cargo_cyclonedx,
    install: cargo_tools::install_cargo_cyclonedx,
}];

/// For `fuzz` alone; not part of `setup`.
const FUZZING: &[Requirement] = &[
    Requirement { name: "C++ compiler", scope: Scope::Test, present: debian::has_cxx, install: debian::install_cxx },
    Requirement {
        name: "cargo-fuzz",
        scope: Scope::Test,
        present: cargo_tools::has_cargo_fuzz,
        install: cargo_tools::install_cargo_fuzz,
    },
];

/// For `mutants` alone; not part of `setup`.
const MUTANTS: &[Requirement] = &[Requirement {
    name: "cargo-mutants",
    scope: Scope::Test,
    present: cargo_tools::has_cargo_mutants,
    install: cargo_tools::install_cargo_mutants,
}];

/// For `docs` alone; not part of `setup`.
const DOCUMENTS: &[Requirement] = &[Requirement {
    name: "what builds the site of the documents",
    scope: Scope::Test,
    present: docs_tools::present,
    install: docs_tools::install,
}];

/// Installs what is missing of `scope`.
pub fn ensure(project: &Project, scope: Scope) -> Result<(), Failure> {
    ensure_each(project, REQUIREMENTS.iter().filter(|requirement| requirement.scope <= scope))
}

/// Installs what tests of wasm in a browser need.
pub fn ensure_browser_tests(project: &Project) -> Result<(), Failure> {
    ensure_each(project, BROWSER_TESTS.iter())
}

/// Installs what the check of the dependencies needs.
pub fn ensure_audit(project: &Project) -> Result<(), Failure> {
    ensure_each(project, AUDIT.iter())
}

/// Installs what lists the crates of a release.
pub fn ensure_parts_list(project: &Project) -> Result<(), Failure> {
    ensure_each(project, PARTS_LIST.iter())
}

/// Installs what fuzzing needs.
pub fn ensure_fuzzing(project: &Project) -> Result<(), Failure> {
    ensure_each(project, FUZZING.iter())
}

/// Installs what mutation testing needs.
pub fn ensure_mutants(project: &Project) -> Result<(), Failure> {
    ensure_each(project, MUTANTS.iter())
}

/// Installs what builds the site of the documents.
pub fn ensure_docs(project: &Project) -> Result<(), Failure> {
    ensure_each(project, DOCUMENTS.iter())
}

fn ensure_each<'a>(project: &Project, requirements: impl Iterator<Item = &'a Requirement>) -> Result<(), Failure> {
    for requirement in requirements {
        if (requirement.present)(project) {
            continue;
        }
        eprintln!("{} is missing; installing it", requirement.name);
        (requirement.install)(project)?;
        if !(requirement.present)(project) {
            return Err(Failure::Missing {
                what: requirement.name.to_owned(),
                remedy: format!("it was installed, but is not found; see {}", project.relative(&project.logs())),
            });
        }
    }
    Ok(())
}

/// The command: everything that any other command needs.
pub fn run(project: &Project) -> Result<(), Failure> {
    let started = Instant::now();
    ensure(project, Scope::Test)?;
    ensure_browser_tests(project)?;
    ensure_audit(project)?;
    println!("everything is there ({:.1} s)", started.elapsed().as_secs_f64());
    Ok(())
}
