//! Tasks and reservations in storage: any text, and any payload under a header that is right for it.

use costrict_credit::account::storage::{StoredTasks, decode_reservations, decode_tasks, encode_tasks};

use super::stored::{ACCOUNT, with_header};

pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = decode_tasks(&text, ACCOUNT);
    let _ = decode_reservations(&text, ACCOUNT);
    let _ = decode_reservations(&with_header(&text), ACCOUNT);
    let StoredTasks::Ledger(read) = decode_tasks(&with_header(&text), ACCOUNT) else { return };
    let Some(written) = encode_tasks(&read, ACCOUNT) else { return };
    let StoredTasks::Ledger(again) = decode_tasks(&written, ACCOUNT) else {
        panic!("what was written cannot be read: {written}")
    };
    assert_eq!(Some(written), encode_tasks(&again, ACCOUNT));
}
