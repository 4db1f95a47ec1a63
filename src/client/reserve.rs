//! Deciding on a request over all windows: two of them together do not pass a limit.
//!
//! Under a permit that one window holds at a time, what is stored is read, the request is decided on, and its hold is stored. The
//! snapshot is no place for that: a window without the permit that read it before may write it after, and the hold is missing
//! until it is stored again. So the holds of the last minutes lie under a key of their own too, which only the permit's holder writes.

use super::Client;
use super::permit::{Exclusive, Permit};
use super::session::Epoch;
use crate::account::storage::{decode_reservations, encode_reservations};
use crate::domain::estimate::Draft;
use crate::domain::spend::Spend;
use crate::ports::Ports;

/// Accounts that may sign in while a request waits for the permit; after them it is decided on by what this window knows.
const MAX_EPOCHS: usize = 3;

/// How a request came out of the permit.
enum Reserved {
    /// It was decided on.
    Done(Box<Spend>),
    /// Storage was so slow that another window may have the permit too.
    Unsure,
    /// Another account has signed in.
    AccountChanged,
}

impl<P: Ports> Client<P> {
    /// As `begin_spend`, but over all windows. Also the epoch that the request belongs to.
    pub(super) async fn reserve_spend(&self, draft: &Draft) -> (Spend, Epoch) {
        for _ in 0..MAX_EPOCHS {
            if self.0.session.is_unchecked() {
                self.open().await;
            }
            let epoch = self.epoch();
            let key = self.storage_key(epoch).filter(|_| self.may_be_stopped(draft));
            let Some(key) = key else { return (self.begin_spend(draft), epoch) };
            let reserved = match self.acquire_permit(Exclusive::Reserve, &key).await {
                Some(permit) => {
                    let reserved = self.reserve_exclusively(draft, &key, epoch, &permit).await;
                    self.release_permit(permit).await;
                    reserved
                }
                None => Reserved::Unsure,
            };
            match reserved {
                Reserved::Done(spend) => return (*spend, epoch),
                Reserved::AccountChanged => {}
                Reserved::Unsure => {
                    self.load(epoch).await;
                    self.load_tasks(epoch).await;
                    return (self.begin_unsure(draft), self.epoch());
                }
            }
        }
        (self.begin_spend(draft), self.epoch())
    }

    /// Only with the permit.
    async fn reserve_exclusively(&self, draft: &Draft, key: &str, epoch: Epoch, permit: &Permit<P>) -> Reserved {
        self.load(epoch).await;
        self.load_tasks(epoch).await;
        self.load_reservations(key, epoch).await;
        if self.epoch() != epoch {
            return Reserved::AccountChanged;
        }
        if !permit.is_sure() {
            return Reserved::Unsure;
        }
        let before = self.significant_now();
        let (spend, is_held) = self.hold_spend(draft, true);
        let text = is_held.then(|| self.reservations(key, epoch)).flatten();
        self.notify_if_changed(&before);
        if let Some(text) = text
            && let Err(error) = self.0.ports.write(&reservations_key(key), Some(&text)).await
        {
            self.log_host_failure(&error, ": other windows do not know of a request");
        }
        if is_held {
            self.schedule_persist();
        }
        Reserved::Done(Box::new(spend))
    }

    async fn load_reservations(&self, key: &str, epoch: Epoch) {
        // Where it cannot be read, what this window knows decides, as in `begin`.
        let Ok(Some(text)) = self.0.ports.read(&reservations_key(key)).await else { return };
        if let Some((snapshot, ledger)) = decode_reservations(&text, key) {
            let has_news = self.merge_ledger(epoch, &ledger);
            self.change(epoch, |signed_in, now| signed_in.engine.merge(&snapshot, now));
            if has_news == Some(true) {
                self.notify_all();
            }
        }
    }

    fn reservations(&self, key: &str, epoch: Epoch) -> Option<String> {
        self.change(epoch, |signed_in, now| {
            let (snapshot, ledger) = signed_in.engine.reservations(now);
            encode_reservations(&snapshot, &ledger, key)
        })?
    }

    /// Removes what was reserved with the account at `key` from storage.
    pub(super) async fn remove_reservations(&self, key: &str) {
        let _ = self.0.ports.write(&reservations_key(key), None).await;
    }
}

fn reservations_key(key: &str) -> String {
    format!("{key}.reserved")
}
