//! The server's words, made harmless: they are data, never markup, and never a secret (server.md 6, rule 16).

use crate::domain::untrusted;

/// The longest detail that is passed on, in characters.
const LONGEST: usize = 200;
/// Stands where a secret stood.
const REDACTED: &str = "[redacted]";

/// A message as plain text: secrets and tags taken out, blanks folded, characters that steer a display left out, at most
/// 200 characters. `None` when nothing is left.
pub fn plain_detail(message: &str, token: Option<&str>) -> Option<String> {
    // Invisible characters go first, since they could part a secret; then secrets, before cutting leaves half of one.
    let safe = without_tags(&without_secrets(&untrusted::one_line(message), token));
    let cut: String = untrusted::one_line(&safe).chars().take(LONGEST).collect();
    (!cut.is_empty()).then_some(cut)
}

fn without_secrets(message: &str, token: Option<&str>) -> String {
    const SHORTEST_PART: usize = 16;
    let mut safe = message.to_owned();
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        safe = safe.replace(token, REDACTED);
        for part in token.split('.').filter(|part| part.len() >= SHORTEST_PART) {
            safe = safe.replace(part, REDACTED);
        }
    }
    redact_runs(&safe)
}

/// Takes out what looks like a token or a voucher, whoever's: a long run of token letters that holds a JSON object in
/// base64 (`eyJ`), and whatever follows `Bearer`.
fn redact_runs(text: &str) -> String {
    const LONG: usize = 20;
    let is_token_letter =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '=' | '+' | '/');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run_length = rest.find(|letter| !is_token_letter(letter)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(run_length);
        let secret = run.len() >= LONG && run.contains("eyJ")
            || !run.is_empty()
                && out.trim_end().to_ascii_lowercase().ends_with("bearer")
                && !run.eq_ignore_ascii_case("realm=");
        out.push_str(if secret { REDACTED } else { run });
        let gap = tail.find(is_token_letter).unwrap_or(tail.len());
        let (between, next) = tail.split_at(gap);
        out.push_str(between);
        rest = next;
    }
    out
}

/// Drops everything between `<` and `>`, and what stray signs of them are left.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        rest = match after.split_once('>') {
            Some((_, behind)) => behind,
            None => after,
        };
        out.push(' ');
    }
    out.push_str(rest);
    out.replace('>', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_markup_are_taken_out() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJ1bml2ZXJzYWxfaWQiOiJ4In0.c2lnbmF0dXJlLW9mLXRva2Vu";
        for (message, plain) in [
            ("gateway not reachable", Some("gateway not reachable")),
            ("a <b>bold</b> word", Some("a bold word")),
            ("1 < 2 and\n\t3 > 2", Some("1 2")),
            ("  ", None),
            (
                "Please star: https://github.com/zgsm-ai/costrict",
                Some("Please star: https://github.com/zgsm-ai/costrict"),
            ),
            ("Bearer abc.def", Some("Bearer [redacted]")),
            ("\u{1b}[31mred\u{1b}[0m gift\u{202e}5.14\r\nsecond line", Some("red gift5.14 second line")),
            ("Bearer abc\u{200b}.def", Some("Bearer [redacted]")),
        ] {
            assert_eq!(plain_detail(message, Some(token)).as_deref(), plain, "{message}");
        }
        for message in [format!("denied for Bearer {token}"), format!("x{token}y"), format!("part {}", &token[21..50])]
        {
            let plain = plain_detail(&message, Some(token)).unwrap();
            assert!(!plain.contains(&token[25..45]), "{plain}");
        }
        assert_eq!(plain_detail(&"y".repeat(500), None).map(|text| text.len()), Some(200));
    }
}
