//! Carries the write-ahead log into the database file, on a thread of its own: the writer does not wait.

use super::fault::Fault;
use super::open::PATIENCE;
use rusqlite::Connection;
use rusqlite::wal::CheckpointMode;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many pages the log grows before it is carried over: 8 MiB.
const PAGES: u32 = 2048;

/// How long the log may be before the writer stops for a moment, so that it can start over: 64 MiB.
/// Without that, a store that is never idle would have a log without end.
const TOO_LONG: u32 = 16_384;

/// How the checkpointer hears that there is something to do.
#[derive(Debug, Default)]
pub(super) struct Bell {
    log: Mutex<Log>,
    rung: Condvar,
}

#[derive(Debug, Default)]
struct Log {
    /// How long it is, in pages.
    length: u32,
    /// How long it was when it was last carried over.
    carried: u32,
    /// Whether it is too long, and almost all of it was just carried over.
    should_start_over: bool,
    closing: bool,
}

impl Log {
    fn is_due(&self) -> bool {
        self.length >= self.carried.saturating_add(PAGES)
    }
}

impl Bell {
    /// The writer tells how long the log is after a transaction.
    pub(super) fn log_is(&self, length: u32) {
        let mut log = self.lock();
        if length < log.length {
            log.carried = 0;
        }
        log.length = length;
        if log.is_due() {
            self.rung.notify_one();
        }
    }

    /// The writer, between two transactions, lets the log start over if it should. What is left to carry
    /// over is little then. While somebody still reads from the log it goes on: the next time is soon.
    pub(super) fn start_over(&self, db: &Connection) -> Result<(), Fault> {
        if !mem::take(&mut self.lock().should_start_over) {
            return Ok(());
        }
        db.busy_timeout(Duration::ZERO)?;
        let outcome = checkpoint(db, CheckpointMode::RESTART);
        db.busy_timeout(PATIENCE)?;
        outcome.or_else(|fault| if fault.may_pass() { Ok(()) } else { Err(fault) })
    }

    /// Nothing will be written any more.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.rung.notify_one();
    }

    /// Carries the log over whenever it is due, and all of it in the end.
    pub(super) fn serve(&self, db: &Connection) {
        while let Some(length) = self.wait() {
            if let Err(fault) = checkpoint(db, CheckpointMode::PASSIVE) {
                tracing::warn!(%fault, "the log could not be carried into the database; it grows");
            }
            let mut log = self.lock();
            log.carried = length;
            log.should_start_over = length > TOO_LONG;
        }
        if let Err(fault) = checkpoint(db, CheckpointMode::TRUNCATE) {
            tracing::warn!(%fault, "the log stays beside the database; it is read at the next start");
        }
    }

    fn wait(&self) -> Option<u32> {
        let idle = |log: &mut Log| !log.closing && !log.is_due();
        let log = self.rung.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        (!log.closing).then_some(log.length)
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn checkpoint(db: &Connection, mode: CheckpointMode) -> Result<(), Fault> {
    db.wal_checkpoint_v2(None::<&str>, mode)?;
    Ok(())
}
