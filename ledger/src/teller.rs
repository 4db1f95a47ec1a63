//! The teller: takes the deductions that wait at the same moment and settles them in one transaction.
//!
//! A commit costs far more than a deduction, so the queue that forms while one commit runs is served by the next one.
//! Nobody is answered before the commit: what was answered is on the disk.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::{mpsc, oneshot};

use crate::store::spend::{Expiry, Outcome, Spend};
use crate::store::{Dialect, Result, Store, StoreError};

/// Deductions of one transaction at the most.
const BATCH: usize = 64;
/// Deductions that may wait for one teller; beyond that the asker waits before it queues.
const QUEUE: usize = 1_024;
/// PostgreSQL writes several transactions at once, SQLite one.
const POSTGRES_TELLERS: usize = 4;

struct Job {
    spend: Spend,
    reply: oneshot::Sender<Result<Outcome>>,
}

/// Handle on the tellers of one ledger. They end with its last clone.
#[derive(Clone)]
pub struct Tellers {
    queues: Vec<mpsc::Sender<Job>>,
}

impl Tellers {
    /// Starts them on the runtime of the caller.
    pub fn start(store: &Store, expiry: Expiry) -> Tellers {
        let count = match store.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => POSTGRES_TELLERS,
        };
        let queues = (0..count)
            .map(|_| {
                let (queue, jobs) = mpsc::channel(QUEUE);
                tokio::spawn(work(store.clone(), expiry, jobs));
                queue
            })
            .collect();
        Tellers { queues }
    }

    /// Settles one deduction; returns after its commit.
    pub async fn settle(&self, spend: &Spend) -> Result<Outcome> {
        let mut hasher = DefaultHasher::new();
        spend.account.hash(&mut hasher);
        // One account, one teller: its deductions never wait for each other's locks.
        let at = usize::try_from(hasher.finish() % self.queues.len().max(1) as u64).unwrap_or(0);
        let queue = self.queues.get(at).ok_or(StoreError::Stopping)?;
        let (reply, answer) = oneshot::channel();
        queue.send(Job { spend: spend.clone(), reply }).await.map_err(|_| StoreError::Stopping)?;
        answer.await.map_err(|_| StoreError::Stopping)?
    }
}

async fn work(store: Store, expiry: Expiry, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        // Every transaction takes its accounts in the same order, so that two of them never wait for each other.
        batch.sort_by(|one: &Job, other| one.spend.account.cmp(&other.spend.account));
        match settle_together(&store, expiry, &batch).await {
            Ok(outcomes) => {
                for (job, outcome) in batch.drain(..).zip(outcomes) {
                    answer(job.reply, Ok(outcome));
                }
            }
            Err(reason) if batch.len() > 1 => {
                // Nothing of it was written. One bad deduction must not spoil the others': each for itself.
                tracing::warn!(%reason, "a batch of deductions failed; settling them one by one");
                for job in batch.drain(..) {
                    let outcome = settle_together(&store, expiry, std::slice::from_ref(&job)).await;
                    answer(job.reply, outcome.and_then(|mut outcomes| outcomes.pop().ok_or(StoreError::Stopping)));
                }
            }
            Err(reason) => {
                if let Some(job) = batch.pop() {
                    answer(job.reply, Err(reason));
                }
            }
        }
    }
}

async fn settle_together(store: &Store, expiry: Expiry, jobs: &[Job]) -> Result<Vec<Outcome>> {
    let mut tx = store.begin().await?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        outcomes.push(store.spend(&mut tx, &job.spend, expiry).await?);
    }
    tx.commit().await?;
    Ok(outcomes)
}

fn answer(reply: oneshot::Sender<Result<Outcome>>, outcome: Result<Outcome>) {
    if reply.send(outcome).is_err() {
        // The asker hung up. What was counted stays counted; a repeated key finds it.
        tracing::debug!("nobody waits for a deduction's outcome any more");
    }
}
