//! `net/url`: escapes of paths and queries.

use std::fmt::Write as _;

/// The bytes of an escaped path; `None` where an escape is none, which Go's server refuses before any route.
pub fn unescape_path(text: &str) -> Option<Vec<u8>> {
    unescape(text, false)
}

/// The bytes of a name or value of a query.
pub fn unescape_query(text: &str) -> Option<Vec<u8>> {
    unescape(text, true)
}

fn unescape(text: &str, plus_is_space: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' if plus_is_space => b' ',
            b'%' => {
                let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                u8::try_from(high << 4 | low).ok()?
            }
            plain => plain,
        });
    }
    Some(bytes)
}

/// A path as it is written into an address.
pub fn escape_path(path: &[u8]) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => escaped.push(char::from(*byte)),
            b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@' => {
                escaped.push(char::from(*byte));
            }
            // Writing to a String cannot fail.
            other => {
                let _ = write!(escaped, "%{other:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_written() {
        assert_eq!(unescape_path("/a%2Fb+c%e4"), Some(b"/a/b+c\xe4".to_vec()));
        assert_eq!(unescape_query("a+b%2B"), Some(b"a b+".to_vec()));
        assert_eq!((unescape_path("%zz"), unescape_path("a%2"), unescape_query("%+1")), (None, None, None));
        assert_eq!(escape_path(b"/a b/\xe4?=&'"), "/a%20b/%E4%3F=&%27");
    }
}
