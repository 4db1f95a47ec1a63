//! The holds of the last minutes as text: a snapshot of them, then the task ledger of their tasks, each in its own form.

use super::{StoredSnapshot, StoredTasks, decode, decode_tasks, encode, encode_tasks};
use crate::account::snapshot::Snapshot;
use crate::domain::task_ledger::TaskLedger;

/// The text to store.
pub fn encode_reservations(snapshot: &Snapshot, ledger: &TaskLedger, account: &str) -> Option<String> {
    Some(format!("{}\n{}", encode(snapshot, account)?, encode_tasks(ledger, account)?))
}

/// Reads what `account` has in storage; `None` where it cannot be read whole.
pub fn decode_reservations(text: &str, account: &str) -> Option<(Snapshot, TaskLedger)> {
    // Header and payload of each are a line.
    let (second_line, _) = text.match_indices('\n').nth(1)?;
    let (snapshot, ledger) = text.split_at_checked(second_line)?;
    match (decode(snapshot, account), decode_tasks(ledger.get(1..)?, account)) {
        (StoredSnapshot::Snapshot(snapshot), StoredTasks::Ledger(ledger)) => Some((*snapshot, ledger)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::task_ledger::TaskRequest;
    use crate::domain::time::Timestamp;

    #[test]
    fn both_parts_come_back_and_a_damaged_one_brings_back_neither() {
        let mut ledger = TaskLedger::default();
        ledger.begin("task", "spend", TaskRequest::new(Timestamp::from_millis(1_800_000_000_000), "GLM-4.6", None));
        let snapshot = Snapshot { revision: 7, ..Snapshot::default() };
        let text = encode_reservations(&snapshot, &ledger, "key").unwrap();
        assert_eq!(decode_reservations(&text, "key"), Some((snapshot, ledger)));
        assert_eq!(decode_reservations(&text, "other"), None);
        assert_eq!(decode_reservations(&text.replace("spend", "spelt"), "key"), None);
        assert_eq!(decode_reservations(&text[..40], "key"), None);
    }
}
