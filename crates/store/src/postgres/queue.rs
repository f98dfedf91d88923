//! Where commits wait for the writer. Whoever finds the writer busy shares the next transaction.

use super::known::Known;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stead_core::commit::{Commit, CommitError, Receipt};
use stead_core::ports::StoreError;
use tokio::sync::{Notify, oneshot};

/// How many may wait. Beyond it the answer is "unavailable" at once, not late.
const CAPACITY: usize = 8192;

/// How many share a transaction at most.
const TOGETHER: usize = 1024;

/// A commit, and where its answer goes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) tenant: Arc<Known>,
    pub(super) commit: Commit,
    /// The record as it is hashed and kept.
    pub(super) json: String,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// How a commit ended.
pub(super) type Answer = Result<Receipt, CommitError>;

/// Commits in the order they came.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    jobs: Vec<Job>,
    closed: bool,
}

impl Queue {
    /// Adds a commit, or says why it cannot wait here.
    pub(super) fn push(&self, job: Job) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(closed());
        }
        if waiting.jobs.len() >= CAPACITY {
            return Err(StoreError::Unavailable("too many commits are waiting".into()));
        }
        waiting.jobs.push(job);
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    /// What waits, as soon as something does; `None` once closed and empty.
    pub(super) async fn take(&self) -> Option<Vec<Job>> {
        loop {
            let (jobs, closed) = self.waiting();
            if closed || !jobs.is_empty() {
                return Some(jobs).filter(|jobs| !jobs.is_empty());
            }
            self.arrived.notified().await;
        }
    }

    /// The next ones, and whether nobody comes any more.
    fn waiting(&self) -> (Vec<Job>, bool) {
        let mut waiting = self.lock();
        let together = waiting.jobs.len().min(TOGETHER);
        (waiting.jobs.drain(..together).collect(), waiting.closed)
    }

    /// Lets nobody in any more. Who waits is still served.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_one();
    }

    /// Lets nobody in and sends everybody away.
    pub(super) fn abandon(&self) {
        self.close();
        self.lock().jobs.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What whoever comes too late is told.
pub(super) fn closed() -> StoreError {
    StoreError::Unavailable("it is closed".into())
}
