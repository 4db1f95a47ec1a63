//! Identifiers and comments use the field's words, not those of a dialect that only the authors spoke.

use std::collections::BTreeSet;

use crate::source::{Source, source, sources};

/// Words that no identifier has, `_` between the words of a phrase.
const IDENTIFIER_WORDS: &[&str] = &[
    "told", "tell", "tells", "telling", "whoever", "nobody", "somebody", "anew", "stands", "asker", "at_once",
    "as_good",
];

/// First words of no constant: it is `MAX` or `MIN`, with the unit last.
const CONSTANT_WORDS: &[&str] =
    &["most", "largest", "longest", "least", "fewest", "smallest", "shortest", "oldest", "highest", "lowest"];

/// Words that no comment has.
const COMMENT_WORDS: &[&str] = &[
    "told",
    "tell",
    "tells",
    "whoever",
    "nobody",
    "somebody",
    "anew",
    "stands",
    "at once",
    "as good as",
    "plan of the house",
];

/// Files that come from outside and are kept as they are, and this one, which lists the words.
const EXEMPT: &[&str] = &["tests/contract/run.mjs", "tests/package/promised.d.ts", "tests/architecture/dialect.rs"];

/// The code without comments and texts, and the comments.
fn split(path: &str, text: &str) -> (String, String) {
    let is_rust = path.ends_with(".rs");
    let (mut code, mut comments) = (String::new(), String::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            comments.push_str(&rest[..length]);
            comments.push('\n');
            length
        } else if rest.starts_with("/*") {
            let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
            comments.push_str(&rest[..length]);
            comments.push('\n');
            length
        } else if is_rust && starts_raw_text(rest, &code) {
            raw_text_length(rest)
        } else if first == '"' || (!is_rust && (first == '\'' || first == '`')) {
            text_length(rest, first)
        } else if is_rust && first == '\'' {
            character_length(rest)
        } else if !is_rust && first == '/' && may_begin_regex(&code) {
            regex_length(rest)
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[length..];
    }
    (code, comments)
}

fn starts_raw_text(rest: &str, code: &str) -> bool {
    let follows_word = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    !follows_word && rest.starts_with('r') && rest[1..].trim_start_matches('#').starts_with('"')
}

fn raw_text_length(rest: &str) -> usize {
    let hashes = rest[1..].chars().take_while(|c| *c == '#').count();
    let (begin, end) = (hashes + 2, format!("\"{}", "#".repeat(hashes)));
    rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len())
}

fn text_length(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// Of a character literal; of a lifetime, its tick alone.
fn character_length(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), _) => text_length(rest, '\''),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

fn may_begin_regex(code: &str) -> bool {
    let before = code.trim_end();
    before.ends_with("return") || before.ends_with(|c: char| "(,=:[!&|?{};+-*%<>~^".contains(c)) || before.is_empty()
}

fn regex_length(rest: &str) -> usize {
    let mut in_class = false;
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return at + 1,
            '\n' => return 1,
            _ => {}
        }
    }
    1
}

/// `longestWait`, `LONGEST_WAIT` and `LongestWait` are `longest_wait`.
fn words(identifier: &str) -> String {
    let mut words = String::new();
    let mut previous_is_lower = false;
    for character in identifier.chars() {
        if character.is_uppercase() && previous_is_lower {
            words.push('_');
        }
        previous_is_lower = character.is_lowercase() || character.is_ascii_digit();
        words.extend(character.to_lowercase());
    }
    words
}

fn has_phrase(words: &str, phrase: &str, separator: char) -> bool {
    let parts: Vec<&str> = words.split(separator).filter(|part| !part.is_empty()).collect();
    let wanted: Vec<&str> = phrase.split(separator).collect();
    parts.windows(wanted.len()).any(|window| window == wanted)
}

fn findings(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| !EXEMPT.contains(&source.path.as_str())) {
        let (code, comments) = split(&source.path, &source.text);
        let identifiers: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for identifier in identifiers {
            let words = words(identifier);
            let is_constant = identifier.len() > 1 && !identifier.contains(char::is_lowercase);
            let is_prefixed = CONSTANT_WORDS.iter().any(|prefix| words.split('_').next() == Some(prefix));
            if (is_constant && is_prefixed) || IDENTIFIER_WORDS.iter().any(|word| has_phrase(&words, word, '_')) {
                findings.push(format!("{}: `{identifier}`", source.path));
            }
        }
        let plain: String =
            comments.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
        for word in COMMENT_WORDS.iter().filter(|word| has_phrase(&plain, word, ' ')) {
            findings.push(format!("{}: \"{word}\" in a comment", source.path));
        }
    }
    findings
}

#[test]
fn identifiers_and_comments_use_the_fields_words() {
    let all = sources("", &[".rs", ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);
    assert!(all.len() > 300, "the project's sources are not where this test looks");
    assert_eq!(findings(&all), Vec::<String>::new());
}

#[test]
fn the_rule_finds_the_dialect_and_nothing_else() {
    let found = |path: &str, text: &str| findings(&[source(path, text)]).len();
    for text in
        ["let told = 1;", "fn see_at_once() {}", "struct Asker;", "const LONGEST: u8 = 1;", "const MOST_LINES: u8 = 1;"]
    {
        assert_eq!(found("src/a.rs", text), 1, "{text}");
    }
    for text in ["const isTold = 1;", "x.tellAll()", "/** What nobody reads. */", "let a; // at\n// once"] {
        assert_eq!(found("www/src/a.ts", text), 1, "{text}");
    }
    for text in [
        "let longest = line.max();",
        "let retold = foretell();",
        "f(\"nobody was told\", r#\"told \"too\" at once\"#, 'a', '\\'');",
        "fn f<'told>() {}",
    ] {
        let expected = usize::from(text.contains("<'told>"));
        assert_eq!(found("src/a.rs", text), expected, "{text}");
    }
    for text in
        ["f('told', `nobody ${name} told`, /[\"'`]told/.test(x) /* read */);", "const standsteel = 1; // standing"]
    {
        assert_eq!(found("www/src/a.ts", text), 0, "{text}");
    }
}
