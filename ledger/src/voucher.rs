//! Vouchers: a transfer as text that its receiver can redeem once (server.md 1.7).
//!
//! The text is base64url of `JSON|hex(HMAC-SHA256)`. Whoever holds it can read it; only forging is prevented.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::token::{Key, hex, sha256_hex};

/// Lengths of a voucher's text that a redemption takes.
pub const LENGTHS: std::ops::RangeInclusive<usize> = 10..=2_000;

/// What a voucher says. Amounts are in micro-credits as decimal text of the wire, expiries as the server wrote them.
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
    /// The voucher's text.
    pub fn seal(&self, key: &Key) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        let seal = hex(&key.sign(json.as_bytes()));
        URL_SAFE_NO_PAD.encode(format!("{json}|{seal}"))
    }

    /// Reads a text that [`Voucher::seal`] wrote with the same key; `None` for any other.
    pub fn open(key: &Key, text: &str) -> Option<Voucher> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let sealed = String::from_utf8(bytes).ok()?;
        let (json, seal) = sealed.rsplit_once('|')?;
        let seal = from_hex(seal)?;
        if !key.verify(json.as_bytes(), &seal) {
            return None;
        }
        serde_json::from_str(json).ok()
    }
}

/// What the database keeps to know that a voucher was redeemed.
pub fn hash(text: &str) -> String {
    sha256_hex(text)
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
        assert_eq!(Voucher::open(&key, &text), Some(sample()));
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
}
