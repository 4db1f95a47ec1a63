//! Rules of what windows store, checked as they read and write.

use costrict_credit::account::snapshot::Snapshot;
use costrict_credit::account::storage::{MAX_SNAPSHOT_BYTES, StoredSnapshot, StoredTasks, decode, decode_tasks};
use costrict_credit::domain::task_ledger::TaskLedger;

use crate::coverage::Mark;
use crate::invariant::Invariant;
use crate::machine::WindowIncarnation;
use crate::port_checks::{check_secret, with_notes};
use crate::world::World;

/// Whether a key is a register that windows coordinate by, not a snapshot's.
pub fn is_register(key: &str) -> bool {
    const REGISTERS: [&str; 8] = [
        ".claim",
        ".lease",
        ".transfer-claim",
        ".transfer-lease",
        ".reserve-claim",
        ".reserve-lease",
        ".reserved",
        ".orders",
    ];
    REGISTERS.iter().any(|register| key.ends_with(register))
}

/// Whether a key is the one of a task ledger.
pub fn is_of_tasks(key: &str) -> bool {
    key.ends_with(".tasks")
}

pub fn record_read(world: &World, incarnation: WindowIncarnation, key: &str, newer: bool) {
    if is_register(key) {
        return;
    }
    if newer {
        world.mark(Mark::NewerStorageLeftAlone);
    }
    with_notes(world, incarnation, |notes| match newer {
        true => notes.read_newer.insert(key.to_owned()),
        false => notes.read_newer.remove(key),
    });
}

/// A window begins to write.
pub fn check_write(world: &World, incarnation: WindowIncarnation, key: &str, value: Option<&str>) {
    let Some(text) = value else { return };
    let window = Some(incarnation.0);
    check_secret(world, window, "storage", text, crate::machine::CANARY);
    if is_register(key) {
        world.mark(Mark::LeaseClaimed);
        return;
    }
    let found = decode(text, key);
    let is_readable = match is_of_tasks(key) {
        true => matches!(decode_tasks(text, key), StoredTasks::Ledger(_)),
        false => matches!(found, StoredSnapshot::Snapshot(_)),
    };
    let fits = text.len() <= MAX_SNAPSHOT_BYTES + 1_024;
    world.check(fits && is_readable, Invariant::StoredIsReadable, window, || {
        format!("what was written under {key} cannot be read back ({} bytes)", text.len())
    });
    let read_newer = with_notes(world, incarnation, |notes| {
        if !is_of_tasks(key) {
            notes.writing_attempt = attempt_of(&found);
        }
        notes.read_newer.contains(key)
    });
    world.check(!read_newer, Invariant::NewerIsLeftAlone, window, || format!("{key} is of a later version"));
}

fn attempt_of(found: &StoredSnapshot) -> Option<i64> {
    let StoredSnapshot::Snapshot(snapshot) = found else { return None };
    snapshot.attempt.as_ref().map(|attempt| attempt.requested_at.millis())
}

pub fn record_written(world: &World, incarnation: WindowIncarnation, key: &str) {
    if !is_register(key) && !is_of_tasks(key) {
        with_notes(world, incarnation, |notes| notes.written_attempt = notes.writing_attempt);
    }
}

/// Damages a stored text as a disk would, and checks that it is recognised as damaged.
pub fn check_damage(world: &World, key: &str, text: &str, damaged: &str) {
    if is_of_tasks(key) {
        let (before, after) = (decode_tasks(text, key), decode_tasks(damaged, key));
        let noticed =
            !matches!(before, StoredTasks::Ledger(_)) || !matches!(after, StoredTasks::Ledger(_)) || after == before;
        world.check(noticed, Invariant::DamageIsNoticed, None, || "a damaged task ledger was believed".into());
        return;
    }
    let (before, after) = (decode(text, key), decode(damaged, key));
    // A bit that flips back makes whole again what was damaged before.
    let noticed = !matches!(before, StoredSnapshot::Snapshot(_))
        || matches!(after, StoredSnapshot::Absent | StoredSnapshot::Newer)
        || after == before;
    world.check(noticed, Invariant::DamageIsNoticed, None, || "a damaged snapshot was believed".into());
}

/// The laws of joining, on what windows really have.
pub fn check_merge_laws(world: &World, snapshots: &[Snapshot], ledgers: &[TaskLedger]) {
    check_laws(world, snapshots, Snapshot::merge);
    check_laws(world, ledgers, TaskLedger::merge);
}

fn check_laws<T: Clone + PartialEq>(world: &World, copies: &[T], merge: impl Fn(&mut T, &T)) {
    let [one, two, three] = copies else { return };
    let joined = |left: &T, right: &T| {
        let mut left = left.clone();
        merge(&mut left, right);
        left
    };
    let check = |holds: bool, law: &str| {
        world.check(holds, Invariant::MergeIsLawful, None, || format!("joining is not {law}"));
    };
    check(joined(one, two) == joined(two, one), "commutative");
    check(joined(&joined(one, two), three) == joined(one, &joined(two, three)), "associative");
    check(joined(&joined(one, two), two) == joined(one, two), "idempotent");
}
