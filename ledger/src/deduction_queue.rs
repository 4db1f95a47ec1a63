//! The queue of deductions: those that wait at the same moment share one transaction.
//!
//! A commit costs far more than a deduction, so the queue that forms while one commit runs is served by the next one.
//! Invariant: a deduction is answered after its commit, so what was answered is on the disk.

use tokio::sync::{mpsc, oneshot};

use crate::store::spend::{Expiry, Outcome, Spend};
use crate::store::{Result, Store, StoreError};

/// Maximum deductions of one transaction.
const BATCH_MAX: usize = 256;
/// Deductions that may wait; beyond that the caller waits before it queues.
const QUEUE_MAX: usize = 1_024;

struct Job {
    spend: Spend,
    reply: oneshot::Sender<Result<Outcome>>,
}

/// Handle on the queue of one ledger; its task ends with the last clone.
///
/// There is one task, also for PostgreSQL, which can write several transactions in parallel: a batch costs the database
/// about as much whether it is large or small, and two tasks made twice as many batches of half the size.
#[derive(Clone)]
pub struct DeductionQueue {
    queue: mpsc::Sender<Job>,
}

impl DeductionQueue {
    /// Starts work on the runtime of the caller.
    pub fn start(store: &Store, expiry: Expiry) -> DeductionQueue {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(work(store.clone(), expiry, jobs));
        DeductionQueue { queue }
    }

    /// Makes one deduction; returns after its commit.
    pub async fn deduct(&self, spend: &Spend) -> Result<Outcome> {
        let (reply, outcome) = oneshot::channel();
        self.queue.send(Job { spend: spend.clone(), reply }).await.map_err(|_| StoreError::Stopping)?;
        outcome.await.map_err(|_| StoreError::Stopping)?
    }
}

async fn work(store: Store, expiry: Expiry, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while jobs.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let rest = deduct_in_one_statement(&store, expiry, std::mem::take(&mut batch)).await;
        if !rest.is_empty() {
            deduct_in_transaction(&store, expiry, rest).await;
        }
    }
}

/// Deducts what one statement can, and returns the rest.
async fn deduct_in_one_statement(store: &Store, expiry: Expiry, jobs: Vec<Job>) -> Vec<Job> {
    let outcomes = store.deduct_in_one_statement(&spends(&jobs), expiry).await;
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(reason) if reason.is_refusal() => {
            tracing::debug!(%reason, "a batch of deductions cannot be made in one statement");
            return jobs;
        }
        Err(reason) => {
            fail_all(jobs, &reason);
            return Vec::new();
        }
    };
    let mut rest = Vec::new();
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        match outcome {
            Some(outcome) => send_outcome(job.reply, Ok(outcome)),
            None => rest.push(job),
        }
    }
    rest
}

/// Deducts a batch in one transaction; where the database refuses it, each deduction in one of its own.
async fn deduct_in_transaction(store: &Store, expiry: Expiry, jobs: Vec<Job>) {
    match deduct_batch(store, expiry, &jobs).await {
        Ok(outcomes) => {
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                send_outcome(job.reply, outcome);
            }
        }
        Err(reason) if reason.is_refusal() && jobs.len() > 1 => {
            // One bad deduction must not spoil the others'.
            tracing::warn!(%reason, "a batch of deductions failed; making them one by one");
            for job in jobs {
                let outcome = deduct_batch(store, expiry, std::slice::from_ref(&job)).await;
                let outcome = outcome.and_then(|mut outcomes| outcomes.pop().unwrap_or(Err(StoreError::Stopping)));
                send_outcome(job.reply, outcome);
            }
        }
        Err(reason) => fail_all(jobs, &reason),
    }
}

async fn deduct_batch(store: &Store, expiry: Expiry, jobs: &[Job]) -> Result<Vec<Result<Outcome>>> {
    let mut tx = store.begin().await?;
    let outcomes = store.deduct(&mut tx, &spends(jobs), Some(expiry)).await?;
    tx.commit().await?;
    Ok(outcomes)
}

fn spends(jobs: &[Job]) -> Vec<&Spend> {
    jobs.iter().map(|job| &job.spend).collect()
}

/// Fails all of them because the database did not answer. They may have been counted, so a retry here could count them twice.
fn fail_all(jobs: Vec<Job>, reason: &StoreError) {
    for job in jobs {
        send_outcome(job.reply, Err(StoreError::Unanswered(reason.to_string())));
    }
}

fn send_outcome(reply: oneshot::Sender<Result<Outcome>>, outcome: Result<Outcome>) {
    if reply.send(outcome).is_err() {
        // The caller hung up. What was counted stays counted; a repeated key finds it.
        tracing::debug!("the caller of a deduction has gone");
    }
}
