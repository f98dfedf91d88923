//! Connections that only read.
//!
//! Questions on the way of a token take a few microseconds from the page cache; handing them to another
//! thread would cost more than asking. They are asked in place, each on a connection that is free. What may
//! take long (lists, records) goes to a thread with a connection of its own, and delays nobody.

use super::fault::Fault;
use super::queue::closed;
use rusqlite::Connection;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use stead_core::ports::StoreError;
use tokio::sync::oneshot;

/// How many long questions may wait.
const WAITING: usize = 256;

/// A long question, with the way back inside.
pub(super) type Errand = Box<dyn FnOnce(&Connection) + Send>;

/// Who answers what.
#[derive(Debug)]
pub(super) struct Readers {
    quick: Vec<Mutex<Option<Connection>>>,
    next: AtomicUsize,
    slow: Mutex<Option<SyncSender<Errand>>>,
}

impl Readers {
    /// Readers for quick questions, and where the long ones arrive.
    pub(super) fn new(quick: Vec<Connection>) -> (Self, Receiver<Errand>) {
        let (slow, errands) = sync_channel(WAITING);
        let quick = quick.into_iter().map(|db| Mutex::new(Some(db))).collect();
        (Self { quick, next: AtomicUsize::new(0), slow: Mutex::new(Some(slow)) }, errands)
    }

    /// Asks a quick question in place.
    pub(super) fn quick<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let slot = self.free().ok_or_else(closed)?;
        question(slot.as_ref().ok_or_else(closed)?).map_err(|fault| fault.told())
    }

    /// Asks a long question elsewhere.
    pub(super) async fn slow<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let errand: Errand = Box::new(move |db| _ = answer.send(question(db)));
        self.send(errand)?;
        answered.await.map_err(|_| closed())?.map_err(|fault| fault.told())
    }

    /// Answers no more.
    pub(super) fn close(&self) {
        lock(&self.slow).take();
        self.quick.iter().for_each(|slot| drop(lock(slot).take()));
    }

    fn send(&self, errand: Errand) -> Result<(), StoreError> {
        match lock(&self.slow).as_ref().map(|slow| slow.try_send(errand)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => {
                Err(StoreError::Unavailable("too many questions are waiting".into()))
            }
            Some(Err(TrySendError::Disconnected(_))) | None => Err(closed()),
        }
    }

    /// A connection nobody uses, or else the next in turn.
    fn free(&self) -> Option<MutexGuard<'_, Option<Connection>>> {
        let start = self.next.fetch_add(1, Ordering::Relaxed) % self.quick.len().max(1);
        let in_turn = || self.quick.iter().cycle().skip(start).take(self.quick.len());
        let free = in_turn().find_map(|slot| match slot.try_lock() {
            Ok(slot) => Some(slot),
            Err(TryLockError::Poisoned(slot)) => Some(slot.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        free.or_else(|| in_turn().next().map(lock))
    }
}

fn lock<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
