//! The account's snapshot in the host's storage, which all windows share.

use std::cell::{Cell, RefCell};

use super::Client;
use super::session::{Epoch, SignIn, SignedIn, host_problem};
use crate::account::engine::Engine;
use crate::account::snapshot::Snapshot;
use crate::account::storage::{StoredSnapshot, StoredTasks, decode, decode_tasks, encode, encode_tasks, tasks_key};
use crate::domain::balance::Account;
use crate::domain::problem::Problem;
use crate::domain::task_ledger::TaskLedger;
use crate::domain::time::Millis;
use crate::ports::{HostError, Ports};

/// Of two windows that write at the same time, one has to write again.
const MAX_PERSIST_ATTEMPTS: u8 = 3;
/// Long enough for a concurrent write to land.
const CONCURRENT_WRITE_DELAY: Millis = Millis::seconds(1);

/// What this window knows of the stored snapshot.
#[derive(Default)]
pub(super) struct SnapshotStore {
    /// The storage was read, and does not hold a newer version's data, which is left alone.
    is_writable: Cell<bool>,
    is_persisting: Cell<bool>,
    /// A change came while the snapshot was being persisted.
    has_new_changes: Cell<bool>,
    /// A look at what was stored is scheduled.
    is_verifying: Cell<bool>,
    /// How the host's callbacks failed the last time that they were called.
    read_error: RefCell<Option<HostError>>,
    write_error: RefCell<Option<HostError>>,
}

impl SnapshotStore {
    /// For another account, whose storage has not been read.
    pub fn reset(&self) {
        self.is_writable.set(false);
    }

    /// Whether something is known here that could not be stored.
    pub fn has_failed_to_write(&self) -> bool {
        self.write_error.borrow().is_some()
    }

    /// Why nothing is kept or shared with other windows, where that is so.
    pub fn problem(&self) -> Option<Problem> {
        let read_error = self.read_error.borrow();
        read_error.as_ref().or(self.write_error.borrow().as_ref()).map(host_problem)
    }
}

impl<P: Ports> Client<P> {
    /// Loads the cached state of the signed-in account. Sends no request.
    pub async fn open(&self) -> Account {
        let before = self.significant_now();
        if let SignIn::Token(_, epoch) = self.identify().await {
            self.load(epoch).await;
            self.load_tasks(epoch).await;
        }
        self.notify_if_changed(&before)
    }

    /// Merges the stored snapshot, of this window's past or of other windows, and returns its text.
    pub(super) async fn load(&self, epoch: Epoch) -> Option<String> {
        let key = self.storage_key(epoch)?;
        let text = self.0.ports.read(&key).await;
        if let Err(error) = &text {
            self.log_host_failure(error, "");
        }
        let stored = text.as_ref().map(|text| text.as_ref().map_or(StoredSnapshot::Absent, |text| decode(text, &key)));
        let before = self.significant_now();
        self.0.snapshots.read_error.replace(text.as_ref().err().cloned());
        self.change(epoch, |signed_in, now| {
            let is_writable = match stored {
                // Writing without having read could overwrite what other windows wrote.
                Err(_) => false,
                Ok(StoredSnapshot::Newer) => false,
                Ok(StoredSnapshot::Absent) => true,
                Ok(StoredSnapshot::Snapshot(snapshot)) => {
                    signed_in.engine.merge(&snapshot, now);
                    true
                }
            };
            self.0.snapshots.is_writable.set(is_writable);
        });
        self.notify_if_changed(&before);
        text.ok().flatten()
    }

    /// Merges with what is stored and stores the result. Where that fails, the next change stores it.
    pub(super) async fn persist(&self, epoch: Epoch) {
        self.load(epoch).await;
        self.write_snapshot(epoch).await;
    }

    /// Stores without merging first: only right after `load`.
    pub(super) async fn write_snapshot(&self, epoch: Epoch) {
        let Some((key, text)) = self.storage_key(epoch).zip(self.snapshot_text(epoch)) else { return };
        let written = self.0.ports.write(&key, Some(&text)).await;
        if let Err(error) = &written {
            self.log_host_failure(error, ": nothing is lost, but other windows and a restart will not know");
        }
        let before = self.significant_now();
        self.0.snapshots.write_error.replace(written.err());
        self.notify_if_changed(&before);
    }

    /// What is to be stored; `None` where nothing may be written.
    fn snapshot_text(&self, epoch: Epoch) -> Option<String> {
        let is_writable = self.0.snapshots.is_writable.get();
        self.change(epoch, |signed_in, _| {
            is_writable.then(|| encode(&signed_in.engine.snapshot, signed_in.key())).flatten()
        })?
    }

    /// Persists after a synchronous call has returned; changes that come meanwhile are persisted together.
    pub(super) fn schedule_persist(&self) {
        let store = &self.0.snapshots;
        if store.is_persisting.replace(true) {
            store.has_new_changes.set(true);
            return;
        }
        let client = self.clone();
        self.0.ports.spawn(Box::pin(async move {
            let store = &client.0.snapshots;
            loop {
                store.has_new_changes.set(false);
                let before = client.significant_now();
                for _ in 0..MAX_PERSIST_ATTEMPTS {
                    client.persist(client.epoch()).await;
                    if client.is_persisted(client.epoch()).await {
                        break;
                    }
                }
                client.persist_tasks(client.epoch()).await;
                client.notify_if_changed(&before);
                if !store.has_new_changes.get() {
                    break;
                }
            }
            store.is_persisting.set(false);
            client.verify_persisted().await;
        }));
    }

    /// Whether storage holds all that this window knows. A window that read before this one wrote may have overwritten it.
    async fn is_persisted(&self, epoch: Epoch) -> bool {
        let stored = self.load(epoch).await;
        self.snapshot_text(epoch).is_none_or(|known| stored == Some(known))
    }

    /// A concurrent write may still be under way: checks again after a delay, and stores what is missing.
    async fn verify_persisted(&self) {
        if self.0.snapshots.is_verifying.replace(true) {
            return;
        }
        let epoch = self.epoch();
        for _ in 0..MAX_PERSIST_ATTEMPTS {
            self.0.ports.wait(CONCURRENT_WRITE_DELAY).await;
            if self.is_persisted(epoch).await {
                break;
            }
            self.write_snapshot(epoch).await;
        }
        self.persist_tasks(epoch).await;
        self.0.snapshots.is_verifying.set(false);
    }

    /// Stores what this window knows of an account that it leaves, merged with what other windows stored of it.
    pub(super) fn persist_left(&self, left: SignedIn) {
        let client = self.clone();
        self.0.ports.spawn(Box::pin(async move {
            let key = left.key().to_owned();
            let mut engine = left.engine;
            client.persist_left_tasks(&mut engine, &tasks_key(&key)).await;
            for _ in 0..MAX_PERSIST_ATTEMPTS {
                let Ok(stored) = client.0.ports.read(&key).await else { return };
                match stored.as_ref().map_or(StoredSnapshot::Absent, |text| decode(text, &key)) {
                    StoredSnapshot::Newer => return,
                    StoredSnapshot::Absent => {}
                    StoredSnapshot::Snapshot(snapshot) => engine.merge(&snapshot, client.now()),
                }
                let Some(text) = encode(&engine.snapshot, &key) else { return };
                if stored.as_ref() == Some(&text) {
                    return;
                }
                if let Err(error) = client.0.ports.write(&key, Some(&text)).await {
                    client.log_host_failure(&error, ": what was not stored of the account before is lost");
                    return;
                }
            }
        }));
    }

    async fn persist_left_tasks(&self, engine: &mut Engine, key: &str) {
        for _ in 0..MAX_PERSIST_ATTEMPTS {
            let Ok(stored) = self.0.ports.read(key).await else { return };
            match stored.as_ref().map_or(StoredTasks::Absent, |text| decode_tasks(text, key)) {
                StoredTasks::Newer => return,
                StoredTasks::Absent if engine.task_ledger.is_empty() => return,
                StoredTasks::Absent => {}
                StoredTasks::Ledger(ledger) => engine.merge_tasks(&ledger, self.now()),
            }
            let Some(text) = encode_tasks(&engine.task_ledger, key) else { return };
            if stored.as_ref() == Some(&text) || self.0.ports.write(key, Some(&text)).await.is_err() {
                return;
            }
        }
    }

    /// Forgets the cached state of this account, in memory and storage.
    pub async fn forget(&self) -> Account {
        let before = self.significant_now();
        if self.0.session.is_unchecked() {
            self.identify().await;
        }
        let key = self.change(self.epoch(), |signed_in, _| {
            signed_in.engine.snapshot = Snapshot::default();
            signed_in.engine.task_ledger = TaskLedger::default();
            signed_in.key().to_owned()
        });
        // The account stays: its server is still not to be asked before a time that it named.
        self.0.requests.keep_waits(|| self.begin_epoch());
        if let Some(key) = key {
            self.0.snapshots.is_writable.set(true);
            if let Err(error) = self.0.ports.write(&key, None).await {
                self.log_host_failure(&error, ": the stored state is still there");
            }
            if let Err(error) = self.0.ports.write(&tasks_key(&key), None).await {
                self.log_host_failure(&error, ": what tasks cost is still stored");
            }
            self.remove_lease_registers(&key).await;
            self.remove_permit_registers(&key).await;
            self.remove_recent_orders(&key).await;
            self.remove_reservations(&key).await;
        }
        self.notify_if_changed(&before)
    }
}
