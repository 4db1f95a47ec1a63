//! The order of the modules.

use std::collections::BTreeMap;

use crate::source::{Source, core, crate_sources, module_of, source, tokens};

/// The crates beside the core whose modules are listed in the order of their dependencies.
const OTHER_CRATES: &[&str] = &["ledger", "simulation", "xtask", "fuzz"];

/// The `mod` lists, private modules included: by module, its children in the order of the list.
fn module_lists(sources: &[Source]) -> BTreeMap<Vec<String>, Vec<String>> {
    let list = |source: &Source| {
        let row = tokens(source);
        let named = row.windows(3).filter(|three| three[0] == "mod" && three[2] == ";");
        (module_of(&source.path), named.map(|three| three[1].clone()).collect::<Vec<_>>())
    };
    sources.iter().map(list).filter(|(_, children)| !children.is_empty()).collect()
}

/// Every path that begins with `crate`, `self` or `super`, from the crate's root; groups are multiplied out.
fn paths_used(source: &Source) -> Vec<Vec<String>> {
    fn tail(row: &[String], mut at: usize, mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
        loop {
            let colons = row.get(at).is_some_and(|t| t == ":") && row.get(at + 1).is_some_and(|t| t == ":");
            match row.get(at + 2).filter(|_| colons).map(String::as_str) {
                Some("{") => {
                    at += 3;
                    while row.get(at).is_some_and(|t| t != "}") {
                        let mut inner = path.clone();
                        inner.push(row[at].clone());
                        at = tail(row, at + 1, inner, found);
                        while row.get(at).is_some_and(|t| t != "," && t != "}") {
                            at += 1;
                        }
                        at += usize::from(row.get(at).is_some_and(|t| t == ","));
                    }
                    return at + 1;
                }
                Some("super") => {
                    path.pop();
                    at += 3;
                }
                Some(word) => {
                    path.push(word.to_owned());
                    at += 3;
                }
                None => {
                    found.push(path);
                    return at;
                }
            }
        }
    }
    let own = module_of(&source.path);
    let row = tokens(source);
    let mut found = Vec::new();
    for (at, word) in row.iter().enumerate() {
        // Not the middle of a longer path, nor `pub(crate)`.
        let begins = at == 0 || row[at - 1] != ":";
        let goes_on = row.get(at + 1).is_some_and(|t| t == ":") && row.get(at + 2).is_some_and(|t| t == ":");
        if !begins || !goes_on {
            continue;
        }
        let start = match word.as_str() {
            "crate" => Vec::new(),
            "self" => own.clone(),
            "super" => own[..own.len().saturating_sub(1)].to_vec(),
            _ => continue,
        };
        tail(&row, at + 1, start, &mut found);
    }
    found
}

/// A module uses only those above it in the list of their common parent.
fn order_findings(sources: &[Source]) -> Vec<String> {
    let lists = module_lists(sources);
    let mut findings = Vec::new();
    for source in sources {
        let own = module_of(&source.path);
        for used in paths_used(source) {
            let shared = own.iter().zip(&used).take_while(|(a, b)| a == b).count();
            let (Some(from), Some(to), Some(list)) = (own.get(shared), used.get(shared), lists.get(&own[..shared]))
            else {
                continue;
            };
            let place = |name| list.iter().position(|child| child == name);
            if let (Some(from_at), Some(to_at)) = (place(from), place(to))
                && to_at > from_at
            {
                findings.push(format!(
                    "{}: `{from}` is above `{to}` and must not use it ({})",
                    source.path,
                    used.join("::")
                ));
            }
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

#[test]
fn each_module_uses_only_those_above_it() {
    let lists = module_lists(&core());
    assert!(lists.get(&Vec::new()).is_some_and(|top| top.len() > 3), "src/lib.rs has no list of modules: {lists:?}");
    assert_eq!(order_findings(&core()), Vec::<String>::new());
}

#[test]
fn each_module_of_ledger_simulation_xtask_and_fuzz_uses_only_those_above_it() {
    for folder in OTHER_CRATES {
        let sources = crate_sources(folder);
        assert!(module_lists(&sources).contains_key(&Vec::new()), "{folder} has no list of modules");
        assert_eq!(order_findings(&sources), Vec::<String>::new(), "{folder}");
    }
}

#[test]
fn the_order_rule_finds_what_reaches_down_or_sideways() {
    let lib = source("src/lib.rs", "pub mod domain; pub mod view;");
    let list = source("src/domain/mod.rs", "pub mod credits; pub mod price;");
    let findings = |path: &str, text: &str| {
        let samples = [source("src/lib.rs", &lib.text), source("src/domain/mod.rs", &list.text), source(path, text)];
        order_findings(&samples).len()
    };
    assert_eq!(findings("src/domain/price.rs", "use crate::view::panel; use super::credits::Credits;"), 1);
    assert_eq!(findings("src/domain/credits.rs", "use crate::{domain::{price::{A, B}, credits}, view};"), 3);
    assert_eq!(findings("src/domain/credits.rs", "fn f() -> super::price::Price { todo() }"), 1);
    assert_eq!(
        findings("src/view/panel.rs", "use crate::domain::{credits::Credits, price}; use super::super::domain;"),
        0
    );
    assert_eq!(findings("src/domain/credits.rs", "#[cfg(test)] mod tests { use super::super::price::Price; }"), 0);
    assert_eq!(findings("src/domain/credits.rs", "// use crate::view;\npub(crate) fn f() {}"), 0);
    // Private modules count, modules of tests do not.
    let list = source("src/wasm/mod.rs", "mod error; pub(crate) mod text; #[cfg(test)] mod fixtures;");
    let down = source("src/wasm/error.rs", "use super::text::Text; use super::fixtures::F;");
    assert_eq!(order_findings(&[list, down]).len(), 1);
}
