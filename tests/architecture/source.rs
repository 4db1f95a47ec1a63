//! The project's sources, as text and as tokens.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A source file: its path from the root of the repository, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// A sample for a rule's own test.
pub fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

/// Every file under `folder` whose name ends in one of `ends`, without what is generated.
pub fn sources(folder: &str, ends: &[&str]) -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let generated = ["target", "node_modules", "dist", ".git", ".vscode-test"];
            if path.is_dir() && !generated.iter().any(|name| entry.file_name() == *name) {
                walk(&path, found);
            } else if path.is_file() {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    walk(&root.join(folder), &mut paths);
    paths.sort();
    let wanted = paths.into_iter().filter(|path| ends.iter().any(|end| path.to_string_lossy().ends_with(end)));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        source(&path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"), &text)
    };
    wanted.map(read).collect()
}

/// The core's sources.
pub fn core() -> Vec<Source> {
    let found = sources("src", &[".rs"]);
    assert!(found.len() > 20, "the core's sources are not where this test looks");
    found
}

/// The sources of the crate in `folder`, with paths as the core's: from `src/` on.
pub fn crate_sources(folder: &str) -> Vec<Source> {
    let prefix = format!("{folder}/");
    let found = sources(&format!("{folder}/src"), &[".rs"]);
    let inside = |source: Source| self::source(source.path.trim_start_matches(&prefix), &source.text);
    found.into_iter().map(inside).collect()
}

/// The code as words and signs in one row: no comments, no tests, groups opened up.
pub fn tokens(source: &Source) -> Vec<String> {
    fn flatten(stream: TokenStream, row: &mut Vec<String>) {
        let mut trees = stream.into_iter().peekable();
        while let Some(tree) = trees.next() {
            // `#[cfg(test)] item`: both are left out. An item ends with its braces or its semicolon.
            if matches!(&tree, TokenTree::Punct(sign) if sign.as_char() == '#')
                && matches!(trees.peek(), Some(TokenTree::Group(group)) if group.to_string().replace(' ', "") == "[cfg(test)]")
            {
                for skipped in trees.by_ref() {
                    match skipped {
                        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                        TokenTree::Punct(sign) if sign.as_char() == ';' => break,
                        _ => {}
                    }
                }
                continue;
            }
            match tree {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::None => ("", ""),
                    };
                    row.push(open.to_owned());
                    flatten(group.stream(), row);
                    row.push(close.to_owned());
                }
                other => row.push(other.to_string()),
            }
        }
    }
    let mut row = Vec::new();
    flatten(source.text.parse().unwrap_or_else(|error| panic!("{}: {error}", source.path)), &mut row);
    row
}

/// Whether the code has `pattern`.
pub fn has(source: &Source, pattern: &[&str]) -> bool {
    tokens(source).windows(pattern.len()).any(|window| window == pattern)
}

/// `src/domain/price.rs` is `[domain, price]`; `src/domain/mod.rs` is `[domain]`; `src/lib.rs` is `[]`.
pub fn module_of(path: &str) -> Vec<String> {
    let inside = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let parts = inside.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main"));
    parts.map(str::to_owned).collect()
}
