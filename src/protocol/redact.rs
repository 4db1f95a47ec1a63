//! Makes text of the server safe to pass on: it is data, never markup, and never contains a secret (docs/contract/client-rules.md).
//!
//! A server may send megabytes. Everything here takes time in proportion to the first kilobytes of a text, however long
//! it is and whatever it holds.

use crate::domain::untrusted;

/// A longer detail is cut.
const MAX_DETAIL_CHARS: usize = 200;
/// A longer code is dropped.
const MAX_CODE_BYTES: usize = 64;
/// The rest of a message is not read: the detail needs only its start.
const MAX_MESSAGE_BYTES: usize = 8 * 1024;
/// Replaces a secret.
const REDACTED: &str = "[redacted]";

/// A message as plain text: without secrets, tags and control characters, blanks folded, at most
/// 200 characters. `None` when nothing is left.
pub fn safe_detail(message: &str, token: Option<&str>) -> Option<String> {
    // Invisible characters first, since they could split a secret; then secrets, before a cut leaves half of one.
    let safe = without_tags(&without_secrets(&untrusted::one_line(message_start(message)), token));
    let cut: String = untrusted::one_line(&safe).chars().take(MAX_DETAIL_CHARS).collect();
    (!cut.is_empty()).then_some(cut)
}

/// A code of up to 64 letters, digits, dots, dashes and underscores without a secret; `None` for anything else.
pub fn safe_code(code: &str, token: Option<&str>) -> Option<String> {
    let is_code_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_code = (1..=MAX_CODE_BYTES).contains(&code.len()) && code.bytes().all(is_code_byte);
    let is_part_of_token = || code.len() >= MIN_SECRET_BYTES && token.is_some_and(|token| token.contains(code));
    (is_code && !is_part_of_token() && without_secrets(code, token) == code).then(|| code.to_owned())
}

/// The part of a message that is read. A word cut at its end may be half of a secret and is dropped.
fn message_start(message: &str) -> &str {
    let Some(head) =
        message.get(..message.floor_char_boundary(MAX_MESSAGE_BYTES)).filter(|head| head.len() < message.len())
    else {
        return message;
    };
    let whole = head.trim_end_matches(is_token_letter);
    if whole.is_empty() { head } else { whole }
}

/// Shorter parts of a token also occur in ordinary words.
const MIN_SECRET_BYTES: usize = 16;
/// A token has three parts.
const MAX_TOKEN_PARTS: usize = 8;

fn without_secrets(message: &str, token: Option<&str>) -> String {
    let mut safe = message.to_owned();
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        safe = safe.replace(token, REDACTED);
        for part in token.split('.').filter(|part| part.len() >= MIN_SECRET_BYTES).take(MAX_TOKEN_PARTS) {
            safe = safe.replace(part, REDACTED);
        }
    }
    redact_runs(&safe)
}

fn is_token_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '=' | '+' | '/')
}

/// Replaces what looks like a token, a voucher or a hand-over address of any user, and what follows `Bearer`.
fn redact_runs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_bearer = false;
    while !rest.is_empty() {
        let run_length = rest.find(|letter| !is_token_letter(letter)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(run_length);
        let follows_bearer = after_bearer && !run.is_empty() && !run.eq_ignore_ascii_case("realm=");
        out.push_str(if follows_bearer || is_secret(run) { REDACTED } else { run });
        let gap = tail.find(is_token_letter).unwrap_or(tail.len());
        let (between, next) = tail.split_at(gap);
        out.push_str(between);
        let ends_with_bearer = run.len().checked_sub(6).and_then(|at| run.get(at..)).is_some_and(is_bearer);
        after_bearer = ends_with_bearer && between.chars().all(char::is_whitespace);
        rest = next;
    }
    out
}

fn is_bearer(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer")
}

/// A long run of token letters that holds a JSON object in base64 (`eyJ`), or as many hex digits as the hash in a hand-over
/// address has.
fn is_secret(run: &str) -> bool {
    const MIN_TOKEN_BYTES: usize = 20;
    const HASH_DIGITS: usize = 64;
    let holds_object = || run.len() >= MIN_TOKEN_BYTES && run.contains("eyJ");
    holds_object() || run.split(|letter: char| !letter.is_ascii_hexdigit()).any(|digits| digits.len() >= HASH_DIGITS)
}

/// Drops everything between `<` and `>`, and stray ones.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut closes) = (text, text.matches('>').count());
    // Without the count, each `<` of a text that has no `>` would search all of it.
    while let Some((before, after)) = rest.split_once('<').filter(|_| closes > 0) {
        out.push_str(before);
        closes -= before.matches('>').count();
        rest = match after.split_once('>') {
            Some((_, behind)) => {
                closes -= 1;
                behind
            }
            None => after,
        };
        out.push(' ');
    }
    out.push_str(rest);
    out.replace(['<', '>'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJ1bml2ZXJzYWxfaWQiOiJ4In0.c2lnbmF0dXJlLW9mLXRva2Vu";

    #[test]
    fn secrets_and_markup_are_taken_out() {
        for (message, plain) in [
            ("gateway not reachable", Some("gateway not reachable")),
            ("a <b>bold</b> word", Some("a bold word")),
            ("1 < 2 and\n\t3 > 2", Some("1 2")),
            ("a > b < c", Some("a b c")),
            ("<<<a>>> b", Some("b")),
            ("  ", None),
            (
                "Please star: https://github.com/zgsm-ai/costrict",
                Some("Please star: https://github.com/zgsm-ai/costrict"),
            ),
            ("Bearer abc.def", Some("Bearer [redacted]")),
            ("\u{1b}[31mred\u{1b}[0m gift\u{202e}5.14\r\nsecond line", Some("red gift5.14 second line")),
            ("Bearer abc\u{200b}.def", Some("Bearer [redacted]")),
            ("Authorization: bearer  abc, not this", Some("Authorization: bearer [redacted], not this")),
            ("bearer: abc", Some("bearer: abc")),
            ("Bearer realm=x", Some("Bearer [redacted]")),
        ] {
            assert_eq!(safe_detail(message, Some(TOKEN)).as_deref(), plain, "{message}");
        }
        for message in [format!("denied for Bearer {TOKEN}"), format!("x{TOKEN}y"), format!("part {}", &TOKEN[21..50])]
        {
            let plain = safe_detail(&message, Some(TOKEN)).unwrap();
            assert!(!plain.contains(&TOKEN[25..45]), "{plain}");
        }
        assert_eq!(safe_detail(&"y".repeat(500), None).map(|text| text.len()), Some(200));
    }

    #[test]
    fn the_hash_of_a_hand_over_address_is_a_secret() {
        let hash = "0123456789abcdef".repeat(4);
        let plain = safe_detail(&format!("see https://x.example/credit/manager?state={hash}&tab=usage"), None).unwrap();
        assert!(!plain.contains("89abcdef"), "{plain}");
    }

    #[test]
    fn a_secret_that_is_cut_through_goes_whole() {
        for blanks in MAX_MESSAGE_BYTES - TOKEN.len() - 2..MAX_MESSAGE_BYTES + 2 {
            let plain = safe_detail(&format!("no{}{TOKEN} {TOKEN}", " ".repeat(blanks)), Some(TOKEN)).unwrap();
            assert!(!plain.contains("eyJ") && !plain.contains("c2lnb"), "{blanks}: {plain}");
        }
    }

    #[test]
    fn a_code_is_short_and_has_the_form_of_one() {
        for code in ["quota-manager.bad_request", "oidc-auth.tokenInvalid", "404", &"z".repeat(64)] {
            assert_eq!(safe_code(code, Some(TOKEN)).as_deref(), Some(code));
        }
        let long = "z".repeat(65);
        for code in
            ["", "two words", "<b>", "e\u{301}", &long, TOKEN, &TOKEN[..40], "c2lnbmF0dXJlLW9mLXRva2Vu", &TOKEN[52..70]]
        {
            assert_eq!(safe_code(code, Some(TOKEN)), None, "{code}");
        }
    }

    /// Beyond the first kilobytes nothing is looked at, so that no text can take long.
    #[test]
    fn only_the_beginning_of_a_message_is_worked_on() {
        for piece in ["word ", "<", ">", "<>", "Bearer ", "data: {\"a\":1}\n\n", "eyJ", "\u{feff}é", "a."] {
            let message = piece.repeat(1 << 20);
            assert!(message_start(&message).len() <= MAX_MESSAGE_BYTES, "{piece:?}");
            assert!(
                safe_detail(&message, Some(TOKEN)).is_none_or(|text| text.chars().count() <= MAX_DETAIL_CHARS),
                "{piece:?}"
            );
        }
        assert_eq!(safe_detail(&"<".repeat(100_000), None), None);
    }
}
