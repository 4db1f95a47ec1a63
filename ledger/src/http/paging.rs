//! `page` and `page_size`, as quota-manager reads them (docs/contract/endpoints.md 1.5).

/// One page of a list, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub number: i64,
    pub size: i64,
}

impl Page {
    /// How many rows come before this page.
    pub fn offset(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }
}

/// Maximum rows of an answer: as many as the web page requests (docs/contract/endpoints.md 1.5).
pub const PAGE_SIZE_MAX: i64 = 10_000;

/// The pairs of a query, decoded. What cannot be decoded is taken literally.
pub fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode(&text.replace('+', " "));
    query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        // A sign is read as part of a number, but is no part of an escape.
        match hex
            .filter(|hex| byte == b'%' && hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            Some(decoded) => {
                bytes.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads page and size: zero, negative or missing is the default, anything but an integer an error in the servers' words.
pub fn parse_page(query: Option<&str>) -> Result<Page, String> {
    let (number, size) = crate::public_server::page_of(query.unwrap_or_default()).map_err(|refusal| refusal.message)?;
    Ok(Page { number, size: size.min(PAGE_SIZE_MAX) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read_as_the_server_reads_them() {
        let page = |query| parse_page(Some(query)).map(|page| (page.number, page.size));
        for (query, expected) in [
            ("", (1, 10)),
            ("page=2&page_size=50", (2, 50)),
            ("page=0&page_size=-5", (1, 10)),
            ("page_size=", (1, 10)),
            ("page_size=10000", (1, 10_000)),
            ("page_size=99999999", (1, 10_000)),
        ] {
            assert_eq!(page(query), Ok(expected), "{query}");
        }
        for query in ["page=x", "page=1.5", "page_size=1e3", "page=99999999999999999999"] {
            assert!(page(query).is_err(), "{query}");
        }
        assert_eq!(Page { number: i64::MAX, size: 10 }.offset(), i64::MAX);
    }

    #[test]
    fn queries_are_decoded() {
        let expected = vec![("a b".to_owned(), "c&d".to_owned()), ("e".to_owned(), "100%".to_owned())];
        assert_eq!(pairs(Some("a+b=c%26d&&e=100%")), expected);
        // Only two hexadecimal digits make an escape.
        assert_eq!(pairs(Some("a=%2B5%+5%-1")), vec![("a".to_owned(), "+5% 5%-1".to_owned())]);
    }
}
