//! Snapshots in storage: any text, and any payload under a header that is right for it.

use costrict_credit::account::storage::{StoredSnapshot, decode, encode};
use costrict_credit::domain::fingerprint::fingerprint;

pub const ACCOUNT: &str = "account";

/// The payload with the header that the writer would give it.
pub fn with_header(payload: &str) -> String {
    let sum = fingerprint(format!("1\n{ACCOUNT}\n{payload}").as_bytes());
    let length = payload.len();
    format!(r#"{{"format":"costrict-credit","v":1,"account":"{ACCOUNT}","length":{length},"sum":"{sum:016x}"}}"#)
        + "\n"
        + payload
}

pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = decode(&text, ACCOUNT);
    // What was read can be written, and reads the same again.
    let StoredSnapshot::Snapshot(read) = decode(&with_header(&text), ACCOUNT) else { return };
    let Some(written) = encode(&read, ACCOUNT) else { return };
    let StoredSnapshot::Snapshot(again) = decode(&written, ACCOUNT) else {
        panic!("what was written cannot be read: {written}")
    };
    let third = encode(&again, ACCOUNT);
    assert_eq!(Some(written), third);
}
