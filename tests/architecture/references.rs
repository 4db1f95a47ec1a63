//! A document that the project cites is part of the project, and has the section that is cited.

use std::collections::BTreeMap;

use crate::source::{Source, source, sources};

/// Documents that the project was planned with. They are not part of it, so nothing may cite them.
const PLANNING_DOCUMENTS: &[&str] =
    &["server.md", "rules.md", "design.md", "reliability.md", "product.md", "toolchain.md"];

/// Documents by path, each with its text.
type Documents = BTreeMap<String, String>;

fn findings(files: &[Source], documents: &Documents) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        let parts = |c: char| c.is_whitespace() || "[]()".contains(c);
        let words: Vec<&str> = file.text.split(parts).filter(|word| !word.is_empty()).collect();
        for (index, word) in words.iter().enumerate() {
            let cited = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            if PLANNING_DOCUMENTS.contains(&cited) {
                findings.push(format!("{}: cites {cited}, which is not part of the project", file.path));
            }
            if !cited.starts_with("docs/") || !cited.ends_with(".md") {
                continue;
            }
            let Some(text) = documents.get(cited) else {
                findings.push(format!("{}: cites {cited}, which does not exist", file.path));
                continue;
            };
            // Behind a comment's line break comes its marker.
            let next = words.iter().skip(index + 1).find(|word| !["//", "///", "//!", "#", "*"].contains(word));
            let section =
                next.map(|word| word.trim_matches(|c: char| !c.is_ascii_digit())).filter(|word| is_section(word));
            if let Some(section) = section.filter(|section| !text.contains(&format!("## {section} "))) {
                findings.push(format!("{}: cites section {section} of {cited}, which does not exist", file.path));
            }
        }
    }
    findings
}

fn is_section(word: &str) -> bool {
    word.split_once('.').is_some_and(|(page, section)| {
        [page, section].iter().all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

#[test]
fn every_cited_document_and_section_exists() {
    let documents: Documents =
        sources("docs", &[".md"]).into_iter().map(|document| (document.path, document.text)).collect();
    let ends = [".rs", ".ts", ".mts", ".mjs", ".js", ".md", ".toml", ".css", ".html"];
    // This file names what it forbids.
    let files: Vec<Source> =
        sources(".", &ends).into_iter().filter(|file| !file.path.ends_with("references.rs")).collect();
    assert!(files.len() > 300, "the project's files are not where this test looks");
    assert_eq!(findings(&files, &documents), Vec::<String>::new());
}

#[test]
fn the_rule_finds_missing_documents_and_sections() {
    let documents = Documents::from([("docs/a.md".to_owned(), "# A\n\n## 1.2 Two\n".to_owned())]);
    let found = |text: &str| findings(&[source("src/x.rs", text)], &documents).len();
    assert_eq!(found("//! As promised (docs/a.md 1.2)."), 0);
    assert_eq!(found("/// As promised (docs/a.md, rule 3)."), 0);
    assert_eq!(found("/// As promised (docs/a.md\n/// 1.2)."), 0);
    assert_eq!(found("/// As promised (docs/a.md\n/// 1.3)."), 1);
    assert_eq!(found("// (docs/b.md)"), 1);
    assert_eq!(found("// (server.md 1.4)"), 1);
}
