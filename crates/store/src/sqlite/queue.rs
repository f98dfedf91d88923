//! Where commits wait for the writer. Whoever finds the writer busy shares the next transaction.

use super::answers::{Answer, runtime_of_caller};
use super::known::Known;
use super::marks::Mark;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stead_core::commit::Commit;
use stead_core::ports::StoreError;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// How many may wait. Beyond it the answer is "unavailable" at once, not late.
const CAPACITY: usize = 8192;

/// A commit, and where its answer goes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) tenant: Arc<Known>,
    pub(super) commit: Commit,
    /// The record as it is hashed and kept.
    pub(super) json: String,
    pub(super) mark: Mark,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What shares a transaction.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) jobs: Vec<Job>,
    /// Where to give out the answers.
    pub(super) runtime: Option<Handle>,
}

/// Commits in the order they came.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    batch: Batch,
    /// Whether the writer sleeps. It is woken once, not by everybody.
    asleep: bool,
    closed: bool,
}

impl Queue {
    /// Adds a commit, or says why it cannot wait here.
    pub(super) fn push(&self, job: Job) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(closed());
        }
        if waiting.batch.jobs.len() >= CAPACITY {
            return Err(StoreError::Unavailable("too many commits are waiting".into()));
        }
        if waiting.batch.runtime.is_none() {
            waiting.batch.runtime = runtime_of_caller();
        }
        waiting.batch.jobs.push(job);
        let asleep = mem::take(&mut waiting.asleep);
        drop(waiting);
        if asleep {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Everything that waits, as soon as something does, or nothing once that took longer than there is
    /// patience for; `None` once closed and empty.
    pub(super) fn take(&self, patience: Option<Duration>) -> Option<Batch> {
        let idle = |waiting: &mut Waiting| {
            waiting.asleep = waiting.batch.jobs.is_empty() && !waiting.closed;
            waiting.asleep
        };
        let waiting = self.lock();
        let mut waiting = match patience {
            None => self.arrived.wait_while(waiting, idle).unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let waited = self.arrived.wait_timeout_while(waiting, patience, idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        waiting.asleep = false;
        let batch = mem::take(&mut waiting.batch);
        (!batch.jobs.is_empty() || !waiting.closed).then_some(batch)
    }

    /// Lets nobody in any more. Who waits is still served.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Lets nobody in and sends everybody away.
    pub(super) fn abandon(&self) {
        self.close();
        self.lock().batch.jobs.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What whoever comes too late is told.
pub(super) fn closed() -> StoreError {
    StoreError::Unavailable("it is closed".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_core::record::{Event, Outcome, Record};
    use stead_proto::id::{TenantId, TraceId};
    use stead_proto::time::Timestamp;

    fn job() -> (Job, oneshot::Receiver<Answer>) {
        let (answer, answered) = oneshot::channel();
        let record = Record {
            at: Timestamp::from_secs(0),
            trace_id: TraceId::parse("t").unwrap(),
            correlation_id: None,
            event: Event::Change { by: "test".into(), changes: Vec::new() },
            outcome: Outcome::Done,
        };
        let mark = Mark::of(&record);
        let tenant = Arc::new(Known::new(TenantId::parse("t1").unwrap()));
        let commit = Commit { changes: Vec::new(), record };
        (Job { tenant, commit, json: String::new(), mark, answer }, answered)
    }

    #[test]
    fn when_too_many_wait_the_next_is_sent_away_until_the_writer_has_come() {
        let queue = Queue::default();
        for _ in 0..CAPACITY {
            queue.push(job().0).unwrap();
        }
        let refused = queue.push(job().0).unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        assert_eq!(queue.take(None).unwrap().jobs.len(), CAPACITY);
        assert!(queue.push(job().0).is_ok());
    }

    #[test]
    fn who_waits_when_it_closes_is_still_served_and_nobody_after() {
        let queue = Queue::default();
        queue.push(job().0).unwrap();
        queue.close();
        assert!(queue.push(job().0).is_err());
        assert_eq!(queue.take(None).unwrap().jobs.len(), 1);
        assert!(queue.take(None).is_none());
    }

    #[test]
    fn a_writer_that_is_not_patient_goes_on_with_nothing() {
        let queue = Queue::default();
        assert!(queue.take(Some(Duration::ZERO)).unwrap().jobs.is_empty());
        queue.push(job().0).unwrap();
        assert_eq!(queue.take(Some(Duration::ZERO)).unwrap().jobs.len(), 1);
    }

    #[test]
    fn who_waits_for_a_writer_that_is_gone_hears_of_it() {
        let queue = Queue::default();
        let (job, mut answered) = job();
        queue.push(job).unwrap();
        queue.abandon();
        assert_eq!(answered.try_recv().unwrap_err(), oneshot::error::TryRecvError::Closed);
    }
}
