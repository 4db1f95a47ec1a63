//! The order of the modules and the deliberate absences (ARCHITECTURE.md), kept by reading the sources as tokens.
//!
//! Each rule is a function from sources to findings, and each has a test that shows it finding something in a bad sample.

// It reads files and starts cargo.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of this crate is a test; clippy.toml's exception knows only functions marked as one"
)]

mod dialect;
mod order;
mod references;
mod source;

use std::process::Command;

use source::{Source, core, has, module_of, source, sources, tokens};

const BINDING: &[&str] =
    &["wasm_bindgen", "wasm_bindgen_futures", "js_sys", "web_sys", "serde_wasm_bindgen", "tsify", "JsValue"];

/// The binding's crates stay in src/wasm, reqwest in src/http.rs.
fn crate_findings(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        let words = tokens(source);
        let mut forbid = |name: &str, place: &str| {
            if words.iter().any(|word| word == name) {
                findings.push(format!("{}: `{name}` belongs in {place}", source.path));
            }
        };
        if !source.path.starts_with("src/wasm/") {
            BINDING.iter().for_each(|name| forbid(name, "src/wasm"));
        }
        if source.path != "src/http.rs" {
            forbid("reqwest", "src/http.rs");
        }
    }
    findings
}

#[test]
fn the_binding_stays_in_wasm_and_reqwest_in_http() {
    assert_eq!(crate_findings(&core()), Vec::<String>::new());
}

#[test]
fn the_crate_rule_finds_strays() {
    let stray = source("src/client/mod.rs", "#[wasm_bindgen] impl A {} fn f() -> reqwest::Result<()> {}");
    assert_eq!(crate_findings(&[stray]).len(), 2);
    let home =
        [source("src/wasm/mod.rs", "use js_sys::Promise;"), source("src/http.rs", "use reqwest::Client; // js_sys")];
    assert_eq!(crate_findings(&home), Vec::<String>::new());
}

/// The core asks its ports for the time and for chance.
fn clock_findings(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| !source.path.starts_with("src/wasm/")) {
        for name in ["Utc", "Local", "SystemTime", "Instant"] {
            if has(source, &[name, ":", ":", "now"]) {
                findings.push(format!("{}: asks {name} for the time", source.path));
            }
        }
        for name in ["rand", "getrandom", "fastrand"] {
            if has(source, &[name, ":", ":"]) {
                findings.push(format!("{}: asks {name} for chance", source.path));
            }
        }
    }
    findings
}

#[test]
fn no_clock_and_no_chance_but_through_the_ports() {
    assert_eq!(clock_findings(&core()), Vec::<String>::new());
}

#[test]
fn the_clock_rule_finds_a_clock() {
    let bad = source("src/account/engine.rs", "fn f() { let _ = std::time::Instant::now(); rand::random::<u8>(); }");
    assert_eq!(clock_findings(&[bad]).len(), 2);
    assert_eq!(clock_findings(&[source("src/a.rs", "struct Instant; // Instant::now()")]), Vec::<String>::new());
}

/// chrono's features that the core is built with, out of what `cargo tree` prints.
fn chrono_features(tree: &str) -> Vec<&str> {
    let features = tree.lines().filter_map(|line| line.trim().strip_prefix("chrono feature \"")?.split('"').next());
    features.collect()
}

#[test]
fn the_compiler_itself_has_no_clock_to_offer() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--package", "costrict-credit", "--edges", "normal,features", "--prefix", "none", "--offline"]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout).into_owned();
    let features = chrono_features(&tree);
    assert!(!features.is_empty(), "cargo tree names no feature of chrono");
    assert!(
        !features.iter().any(|feature| matches!(*feature, "clock" | "now" | "default" | "wasmbind")),
        "{features:?}"
    );
    assert_eq!(
        chrono_features("chrono feature \"clock\"\n  chrono feature \"std\" (*)\nserde feature \"std\""),
        ["clock", "std"]
    );
}

/// Files of the domain with floats, and what for. None of them adds up credits in floats.
const MAY_FLOAT: &[(&str, &str)] = &[
    ("credits", "reads and writes the server's and the callers' decimals"),
    ("balance", "the used share"),
    ("usage", "shares of models"),
    ("estimate", "the share of the context window, coverage"),
    ("forecast", "statistics"),
    ("pace", "statistics"),
    ("tokens", "fitted tables"),
];

fn float_findings(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("src/domain/")) {
        let module = module_of(&source.path);
        if module.get(1).is_some_and(|name| MAY_FLOAT.iter().any(|(file, _)| file == name)) {
            continue;
        }
        let is_float = |word: &String| {
            let number = word.starts_with(|c: char| c.is_ascii_digit());
            matches!(word.as_str(), "f32" | "f64") || (number && (word.contains('.') || word.contains("f64")))
        };
        if let Some(word) = tokens(source).iter().find(|word| is_float(word)) {
            findings.push(format!("{}: `{word}` is a float", source.path));
        }
    }
    findings
}

#[test]
fn no_float_touches_credits() {
    assert_eq!(float_findings(&core()), Vec::<String>::new());
}

#[test]
fn the_float_rule_finds_a_float() {
    for text in ["fn f(a: f64) {}", "const A: u8 = (1.5 as u8);", "const A: B = 1f64;"] {
        assert_eq!(float_findings(&[source("src/domain/grant.rs", text)]).len(), 1, "{text}");
    }
    assert_eq!(
        float_findings(&[source("src/domain/grant.rs", "const A: [u8; 2] = [1, 0x1f]; // f64")]),
        Vec::<String>::new()
    );
}

/// An exported method with `&mut self` breaks on the second call that comes while the first one waits.
fn exclusive_findings(sources: &[Source]) -> Vec<String> {
    let exclusive = |row: Vec<String>| {
        let mut starts = row.windows(8).filter(|w| w[0] == "pub");
        starts.any(|w| {
            let after = if w[1] == "async" { &w[2..] } else { &w[1..] };
            after[0] == "fn" && after[2] == "(" && after[3..].starts_with(&["&", "mut", "self"].map(String::from))
        })
    };
    let wasm = sources.iter().filter(|source| source.path.starts_with("src/wasm/"));
    wasm.filter(|source| exclusive(tokens(source)))
        .map(|source| format!("{}: pub fn with &mut self", source.path))
        .collect()
}

#[test]
fn no_exported_method_takes_its_client_exclusively() {
    assert_eq!(exclusive_findings(&core()), Vec::<String>::new());
    for text in ["impl A { pub fn f(&mut self, a: u8) {} }", "impl A { pub async fn f(&mut self, b: u8) {} }"] {
        assert_eq!(exclusive_findings(&[source("src/wasm/mod.rs", text)]).len(), 1, "{text}");
    }
    assert_eq!(
        exclusive_findings(&[source("src/wasm/mod.rs", "impl A { pub fn f(&self, a: &mut B) {} }")]),
        Vec::<String>::new()
    );
}

// ---- what users see --------------------------------------------------------------------------------

/// TypeScript without comments and texts.
fn bare_typescript(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |at| at + 2)
        } else {
            bare.push(first);
            first.len_utf8()
        };
        rest = &rest[end..];
    }
    bare
}

/// `legacyQuotaInfo` answers in them.
const OLD_NAMES_OF_THE_PLUGIN: &[&str] = &["total_quota", "used_quota", "is_star"];

fn typing_findings(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        let bare = bare_typescript(&source.text);
        for word in bare.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$') {
            if word == "any" {
                findings.push(format!("{}: says `any`", source.path));
            }
            let is_foreign = word.trim_matches('_').contains('_') && word.to_uppercase() != word;
            if is_foreign && !OLD_NAMES_OF_THE_PLUGIN.contains(&word) {
                findings.push(format!("{}: `{word}` is no name of JavaScript's kind", source.path));
            }
        }
    }
    findings
}

#[test]
fn the_public_types_are_typed_and_in_camel_case() {
    let declarations = sources("pkg", &[".d.ts", ".d.cts"]);
    assert!(declarations.len() > 2);
    assert_eq!(typing_findings(&declarations), Vec::<String>::new());
}

#[test]
fn the_typing_rule_finds_any_and_snake_case() {
    let bad = source("pkg/index.d.ts", "export interface A { left_over: any; /* any */ kind: \"sign_in\" }");
    assert_eq!(typing_findings(&[bad]).len(), 2);
}

const FILE_MAX_LINES: usize = 450;

/// Given from outside; one table of all texts.
const MAY_BE_LONG: &[&str] = &["tests/contract/run.mjs", "src/view/english.rs"];

fn length_findings(sources: &[Source]) -> Vec<String> {
    let long = sources.iter().filter(|source| !MAY_BE_LONG.contains(&source.path.as_str()));
    let lines = long.map(|source| (source, source.text.lines().count())).filter(|(_, lines)| *lines > FILE_MAX_LINES);
    lines.map(|(source, lines)| format!("{}: {lines} lines", source.path)).collect()
}

#[test]
fn no_file_is_too_long_to_find_ones_way_in() {
    let all = sources("", &[".rs", ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".css"]);
    assert!(all.len() > 50);
    assert_eq!(length_findings(&all), Vec::<String>::new());
    assert_eq!(length_findings(&[source("src/long.rs", &"\n".repeat(FILE_MAX_LINES + 1))]).len(), 1);
}
