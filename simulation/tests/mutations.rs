//! Bugs are put into a copy of the sources; the simulation must find each of them.
//!
//! mutations/list.toml lists the bugs. All of them are compiled together, each behind a switch that only the copy has
//! (mutations/switch.rs); mutations/driver.rs switches them on one by one. The sources themselves know nothing of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of this crate is a test; clippy.toml's exception knows only functions marked as one"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// What the copy needs of the checkout: manifests, and folders with all their files.
const MANIFESTS: &[&str] = &["Cargo.toml", "Cargo.lock", "simulation/Cargo.toml"];
const FOLDERS: &[&str] = &["src", "simulation/src", "simulation/examples"];

/// Files that only the copy has, with where they come from.
const ADDED: &[(&str, &str)] = &[
    ("simulation/mutations/switch.rs", "src/mutation.rs"),
    ("simulation/mutations/driver.rs", "simulation/src/bin/find_mutations.rs"),
];

#[derive(Deserialize)]
struct List {
    mutation: Vec<Mutation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutation {
    name: String,
    /// What goes wrong, for readers of the list and of this test's output.
    bug: String,
    edit: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    file: String,
    /// Occurs exactly once in the file.
    find: String,
    replace: String,
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn mutations() -> Vec<Mutation> {
    let text = fs::read_to_string(checkout().join("simulation/mutations/list.toml")).unwrap();
    toml::from_str::<List>(&text).unwrap().mutation
}

/// Makes the copy a package that builds alone and has the switch.
fn setup() -> Mutation {
    let edit = |file: &str, find: &str, replace: &str| Edit {
        file: file.to_owned(),
        find: find.to_owned(),
        replace: replace.to_owned(),
    };
    Mutation {
        name: "setup of the copy".to_owned(),
        bug: String::new(),
        edit: vec![
            edit("Cargo.toml", r#"members = ["ledger", "simulation", "xtask"]"#, r#"members = ["simulation"]"#),
            edit("Cargo.toml", r#"crate-type = ["cdylib", "rlib"]"#, r#"crate-type = ["rlib"]"#),
            edit("src/lib.rs", "pub mod json;\n", "pub mod mutation;\npub mod json;\n"),
        ],
    }
}

/// The edited files by path, or what is wrong with the edits.
fn mutate(
    mutations: &[Mutation],
    read: impl Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, Vec<String>> {
    let mut edits: BTreeMap<&str, Vec<(&Mutation, &Edit)>> = BTreeMap::new();
    for mutation in mutations {
        for edit in &mutation.edit {
            edits.entry(&edit.file).or_default().push((mutation, edit));
        }
    }
    let mut findings = Vec::new();
    let mut mutated = BTreeMap::new();
    for (file, edits) in edits {
        match read(file) {
            Some(text) => drop(mutated.insert(file.to_owned(), mutate_file(file, &text, &edits, &mut findings))),
            None => findings.push(format!("{file}: no such file, mutation `{}`", edits[0].0.name)),
        }
    }
    if findings.is_empty() { Ok(mutated) } else { Err(findings) }
}

fn mutate_file(file: &str, original: &str, edits: &[(&Mutation, &Edit)], findings: &mut Vec<String>) -> String {
    let mut spots = Vec::new();
    for (mutation, edit) in edits {
        match original.match_indices(&edit.find).map(|(at, _)| at).collect::<Vec<_>>()[..] {
            [at] => spots.push((at, &mutation.name, edit)),
            ref all => findings.push(format!(
                "{file}: the snippet of mutation `{}` occurs {} times, not once: {}",
                mutation.name,
                all.len(),
                edit.find
            )),
        }
    }
    spots.sort_by_key(|(at, ..)| *at);
    let (mut text, mut end) = (String::new(), 0);
    for (at, name, edit) in spots {
        let Some(between) = original.get(end..at) else {
            findings.push(format!("{file}: the snippet of mutation `{name}` overlaps another one: {}", edit.find));
            continue;
        };
        text.push_str(between);
        text.push_str(&edit.replace.replace("MUTATED", &format!("crate::mutation::is_active({name:?})")));
        end = at + edit.find.len();
    }
    text.push_str(&original[end..]);
    text
}

fn applied() -> Result<BTreeMap<String, String>, Vec<String>> {
    let mut all = mutations();
    all.push(setup());
    mutate(&all, |file| fs::read_to_string(checkout().join(file)).ok())
}

/// Paths of all files below a folder, relative to `root`.
fn files_below(root: &Path, folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(folder)).into_iter().flatten().map(Result::unwrap) {
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files.extend(files_below(root, &path));
        } else {
            files.push(path);
        }
    }
    files
}

/// Brings the copy up to date. Only files whose content changes are written: cargo compiles what is newer than its output.
fn write_copy(copy: &Path) {
    let mutated = applied().unwrap_or_else(|findings| panic!("{}", findings.join("\n")));
    let checkout = checkout();
    let own = MANIFESTS.iter().map(|file| (*file).to_owned());
    let own =
        own.chain(FOLDERS.iter().flat_map(|folder| files_below(&checkout, folder))).map(|file| (file.clone(), file));
    let added = ADDED.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
    let mut kept = BTreeSet::new();
    for (from, to) in own.chain(added) {
        let content = match mutated.get(&from) {
            Some(text) => text.clone().into_bytes(),
            None => fs::read(checkout.join(&from)).unwrap(),
        };
        let path = copy.join(&to);
        if fs::read(&path).ok().is_none_or(|present| present != content) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
        }
        kept.insert(to);
    }
    for file in FOLDERS.iter().flat_map(|folder| files_below(copy, folder)).filter(|file| !kept.contains(file)) {
        fs::remove_file(copy.join(file)).unwrap();
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "compiles a copy of the sources; runs optimised, in the suite `simulation`")]
fn every_mutation_is_found() {
    // Cargo's folder for files of tests lies in the target folder and is kept.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations");
    let copy = folder.join("tree");
    write_copy(&copy);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--offline", "--profile", "fast", "--package", "simulation"]);
    cargo.args(["--bin", "find_mutations", "--"]).args(mutations().iter().map(|mutation| &mutation.name));
    let output = cargo.current_dir(&copy).env("CARGO_TARGET_DIR", folder.join("target")).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    println!("{report}");
    assert!(output.status.success(), "{}{report}", String::from_utf8_lossy(&output.stderr));
    for Mutation { name, bug, .. } in mutations() {
        assert!(report.lines().any(|line| line.starts_with(&format!("{name}: "))), "{name} did not run: {bug}");
    }
}

#[test]
fn every_mutation_applies_to_the_sources() {
    let mutations = mutations();
    let names: BTreeSet<_> = mutations.iter().map(|mutation| &mutation.name).collect();
    assert_eq!(names.len(), mutations.len(), "two mutations have one name");
    assert!(mutations.len() >= 28);
    for Mutation { name, bug, edit } in &mutations {
        assert!(!bug.is_empty() && edit.iter().any(|edit| edit.replace.contains("MUTATED")), "{name}");
    }
    assert_eq!(applied().err(), None);
}

#[test]
fn an_edit_that_does_not_apply_names_file_and_mutation() {
    let mutation = |name: &str, file: &str, find: &str| Mutation {
        name: name.to_owned(),
        bug: String::new(),
        edit: vec![Edit { file: file.to_owned(), find: find.to_owned(), replace: "x && MUTATED".to_owned() }],
    };
    let read = |file: &str| (file == "a.rs").then(|| "one two two three".to_owned());
    let sound = mutate(&[mutation("m", "a.rs", "one")], read).unwrap();
    assert_eq!(sound["a.rs"], "x && crate::mutation::is_active(\"m\") two two three");
    let finding = |list: &[Mutation]| mutate(list, read).unwrap_err().join("\n");
    assert_eq!(
        finding(&[mutation("m", "a.rs", "two")]),
        "a.rs: the snippet of mutation `m` occurs 2 times, not once: two"
    );
    assert_eq!(
        finding(&[mutation("m", "a.rs", "four")]),
        "a.rs: the snippet of mutation `m` occurs 0 times, not once: four"
    );
    assert_eq!(
        finding(&[mutation("m", "a.rs", "one two"), mutation("n", "a.rs", "two two")]),
        "a.rs: the snippet of mutation `n` overlaps another one: two two"
    );
    assert_eq!(finding(&[mutation("m", "b.rs", "one")]), "b.rs: no such file, mutation `m`");
}
