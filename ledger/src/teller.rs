//! The teller: takes the deductions that wait at the same moment and settles them in one transaction.
//!
//! A commit costs far more than a deduction, so the queue that forms while one commit runs is served by the next one.
//! Nobody is answered before the commit: what was answered is on the disk.

use tokio::sync::{mpsc, oneshot};

use crate::store::spend::{Expiry, Outcome, Spend};
use crate::store::{Result, Store, StoreError};

/// Deductions of one transaction at the most.
const BATCH: usize = 256;
/// Deductions that may wait; beyond that the asker waits before it queues.
const QUEUE: usize = 1_024;

struct Job {
    spend: Spend,
    reply: oneshot::Sender<Result<Outcome>>,
}

/// Handle on the teller of one ledger, who ends with its last clone.
///
/// There is one, also for PostgreSQL, which writes several transactions at once: a batch costs the database about as much
/// whether it is large or small, and two tellers made twice as many of half the size.
#[derive(Clone)]
pub struct Teller {
    queue: mpsc::Sender<Job>,
}

impl Teller {
    /// Starts work on the runtime of the caller.
    pub fn start(store: &Store, expiry: Expiry) -> Teller {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(work(store.clone(), expiry, jobs));
        Teller { queue }
    }

    /// Settles one deduction; returns after its commit.
    pub async fn settle(&self, spend: &Spend) -> Result<Outcome> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Job { spend: spend.clone(), reply }).await.map_err(|_| StoreError::Stopping)?;
        answer.await.map_err(|_| StoreError::Stopping)?
    }
}

async fn work(store: Store, expiry: Expiry, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        let rest = settle_at_once(&store, expiry, std::mem::take(&mut batch)).await;
        if !rest.is_empty() {
            settle_step_by_step(&store, expiry, rest).await;
        }
    }
}

/// Answers what one statement can settle; the rest comes back.
async fn settle_at_once(store: &Store, expiry: Expiry, jobs: Vec<Job>) -> Vec<Job> {
    let outcomes = store.settle_at_once(&spends(&jobs), expiry).await;
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(reason) if reason.is_refusal() => {
            tracing::debug!(%reason, "a batch of deductions cannot be settled at once");
            return jobs;
        }
        Err(reason) => {
            fail(jobs, &reason);
            return Vec::new();
        }
    };
    let mut rest = Vec::new();
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        match outcome {
            Some(outcome) => answer(job.reply, Ok(outcome)),
            None => rest.push(job),
        }
    }
    rest
}

/// Settles a batch in one transaction; where the database refuses it, each deduction in one of its own.
async fn settle_step_by_step(store: &Store, expiry: Expiry, jobs: Vec<Job>) {
    match settle_together(store, expiry, &jobs).await {
        Ok(outcomes) => {
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                answer(job.reply, outcome);
            }
        }
        Err(reason) if reason.is_refusal() && jobs.len() > 1 => {
            // One bad deduction must not spoil the others'.
            tracing::warn!(%reason, "a batch of deductions failed; settling them one by one");
            for job in jobs {
                let outcome = settle_together(store, expiry, std::slice::from_ref(&job)).await;
                let outcome = outcome.and_then(|mut outcomes| outcomes.pop().unwrap_or(Err(StoreError::Stopping)));
                answer(job.reply, outcome);
            }
        }
        Err(reason) => fail(jobs, &reason),
    }
}

async fn settle_together(store: &Store, expiry: Expiry, jobs: &[Job]) -> Result<Vec<Result<Outcome>>> {
    let mut tx = store.begin().await?;
    let outcomes = store.settle(&mut tx, &spends(jobs), Some(expiry)).await?;
    tx.commit().await?;
    Ok(outcomes)
}

fn spends(jobs: &[Job]) -> Vec<&Spend> {
    jobs.iter().map(|job| &job.spend).collect()
}

/// Tells all of them that the database did not answer. Whether they were counted is not known: trying again here could
/// count them twice.
fn fail(jobs: Vec<Job>, reason: &StoreError) {
    for job in jobs {
        answer(job.reply, Err(StoreError::Unanswered(reason.to_string())));
    }
}

fn answer(reply: oneshot::Sender<Result<Outcome>>, outcome: Result<Outcome>) {
    if reply.send(outcome).is_err() {
        // The asker hung up. What was counted stays counted; a repeated key finds it.
        tracing::debug!("nobody waits for a deduction's outcome any more");
    }
}
