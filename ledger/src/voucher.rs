//! Vouchers: a transfer as text that its receiver can redeem once (docs/contract/endpoints.md 1.7).
//!
//! The text is base64url of `JSON|hex(HMAC-SHA256)`. Every holder can read it; only forging is prevented.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::token::{Key, hex, sha256_hex};

/// Lengths of a code that a redemption reads.
pub const CODE_LENGTHS: std::ops::RangeInclusive<usize> = 10..=2_000;
/// Longest code that is made: the real servers store no longer one (docs/contract/public-servers.md, transfers).
pub const CODE_LENGTH_MAX: usize = 1_000;

/// The message of a real server's database for a longer one.
pub const TOO_LONG_MESSAGE: &str = "failed to create audit record: ERROR: value too long for type character varying(1000) \
                            (SQLSTATE 22001)";

/// A voucher's content. Amounts are in micro-credits as decimal text of the wire, expiries as the server wrote them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    pub giver_id: String,
    #[serde(default)]
    pub giver_name: String,
    #[serde(default)]
    pub giver_phone: String,
    #[serde(default)]
    pub giver_github: String,
    pub receiver_id: String,
    pub quota_list: Vec<Line>,
    /// Seconds since the epoch.
    pub timestamp: i64,
    /// Two equal transfers in one second are still two vouchers.
    pub nonce: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Credits, exactly, as decimal text.
    pub amount: String,
    /// Milliseconds since the epoch.
    pub expires_at: i64,
}

impl Voucher {
    /// The voucher's code.
    pub fn seal(&self, key: &Key) -> String {
        seal(key, &serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads a code that [`Voucher::seal`] made with the same key; `None` for any other.
    pub fn open(key: &Key, code: &str) -> Option<Opened<Voucher>> {
        let opened = open(key, code)?;
        Some(Opened { content: serde_json::from_str(&opened.content).ok()?, redemption_key: opened.redemption_key })
    }
}

/// A code that this ledger sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<T> {
    pub content: T,
    /// What the database keeps to know that the voucher was redeemed: it depends on what was sealed alone.
    pub redemption_key: String,
}

/// The code of a JSON text.
pub fn seal(key: &Key, json: &str) -> String {
    let seal = hex(&key.sign(json.as_bytes()));
    URL_SAFE_NO_PAD.encode(format!("{json}|{seal}"))
}

/// The JSON text of a code.
///
/// Invariant: one content has one code. A code that decodes to the same content but is written in another way (seal
/// in capitals, padding, line breaks) is refused, because each spelling would otherwise be redeemed once.
pub fn open(key: &Key, code: &str) -> Option<Opened<String>> {
    let bytes = URL_SAFE_NO_PAD.decode(code).ok()?;
    let sealed = String::from_utf8(bytes).ok()?;
    let (json, mac) = sealed.rsplit_once('|')?;
    if !key.verify(json.as_bytes(), &from_hex(mac)?) {
        return None;
    }
    let canonical = seal(key, json);
    (canonical == code).then(|| Opened { content: json.to_owned(), redemption_key: sha256_hex(&canonical) })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Voucher {
        Voucher {
            giver_id: "g".into(),
            giver_name: "A|B".into(),
            giver_phone: String::new(),
            giver_github: String::new(),
            receiver_id: "r".into(),
            quota_list: vec![Line { amount: "12.5".into(), expires_at: 1_800_000_000_000 }],
            timestamp: 1_790_000_000,
            nonce: "n".into(),
        }
    }

    #[test]
    fn only_what_was_sealed_opens() {
        let key = Key::random().unwrap();
        let text = sample().seal(&key);
        assert_eq!(Voucher::open(&key, &text).map(|opened| opened.content), Some(sample()));
        assert_eq!(Voucher::open(&Key::random().unwrap(), &text), None);
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(&text).unwrap()).unwrap();
        for forged in [
            plain.replace("12.5", "99.5"),
            plain.replace("\"r\"", "\"x\""),
            plain[..plain.len() - 2].to_owned(),
            format!("{plain}00"),
            plain.replace('|', "!"),
            String::new(),
        ] {
            assert_eq!(Voucher::open(&key, &URL_SAFE_NO_PAD.encode(&forged)), None, "{forged}");
        }
        for text in ["", "!!!!", "äöü", "QQ"] {
            assert_eq!(Voucher::open(&key, text), None);
        }
    }

    #[test]
    fn one_content_has_one_code() {
        let key = Key::random().unwrap();
        let code = sample().seal(&key);
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(&code).unwrap()).unwrap();
        let (json, mac) = plain.rsplit_once('|').unwrap();
        // Every pair of digits has a second spelling where a sign is read as part of a number: "0f" as "+f".
        let signed: String = mac
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                if pair[0] == b'0' {
                    format!("+{}", char::from(pair[1]))
                } else {
                    std::str::from_utf8(pair).unwrap().to_owned()
                }
            })
            .collect();
        let mut others = vec![
            URL_SAFE_NO_PAD.encode(format!("{json}|{}", mac.to_uppercase())),
            format!("{code}="),
            format!("{code}=="),
            format!("{code}\n"),
            format!(" {code}"),
            format!("{}\r\n{}", &code[..40], &code[40..]),
            code.replace('-', "+").replace('_', "/") + "A",
        ];
        if signed != mac {
            others.push(URL_SAFE_NO_PAD.encode(format!("{json}|{signed}")));
        }
        // The last character holds bits that no byte takes up.
        for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars() {
            others.push(format!("{}{last}", &code[..code.len() - 1]));
        }
        for other in others.iter().filter(|other| **other != code) {
            assert_eq!(Voucher::open(&key, other), None, "{other}");
        }
        assert_eq!(Voucher::open(&key, &code).unwrap().redemption_key, sha256_hex(&code));
    }
}
