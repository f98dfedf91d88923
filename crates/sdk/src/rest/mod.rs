//! Things at rest: still good, not asked for lately, and kept in as few bytes as possible.
//!
//! | file | what it does |
//! |---|---|
//! | this one | things under the SHA-256 of their names, divided among a few locks |
//! | `log` | one part of them: one after the other in memory, and where each lies |
//! | `segment` | a stretch of that memory |
//! | `fold` | a text → where it is not as an earlier text, and back |
//! | `packing` | whole tokens → bytes, and back |
//!
//! When room is needed, things are given up in the order in which they were laid to rest. The limit in bytes counts
//! everything: the things, their names, and the table that finds them.

mod fold;
mod log;
mod packing;
mod segment;

pub(crate) use fold::{number, read_number};
pub(crate) use packing::{Known, Packed, Packing};

use log::Log;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use stead_proto::digest::Sha256;
use stead_proto::time::Timestamp;

/// Below so many bytes, one lock is enough.
const DIVIDED_FROM: usize = 1024 * 1024;
/// Among how many locks it is divided from there on.
const PARTS: usize = 8;

/// Things at rest, and whether there ever were any.
pub(crate) struct Rest(Box<[Mutex<Log>]>, AtomicBool);

impl Rest {
    /// Room for so many bytes, which are not taken before they are needed.
    pub(crate) fn new(bytes: u64) -> Self {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let parts = if bytes < DIVIDED_FROM { 1 } else { PARTS };
        let parts = (0..parts).map(|_| Mutex::new(Log::new(bytes / parts))).collect();
        Self(parts, AtomicBool::new(false))
    }

    /// Lays something to rest until it ends. Returns how many things were given up for want of room, this one among
    /// them if it is too long.
    pub(crate) fn lay(
        &self,
        name: &Sha256,
        thing: &[u8],
        until: Timestamp,
        now: Timestamp,
    ) -> usize {
        self.1.store(true, Ordering::Relaxed);
        self.part(name).map_or(0, |mut log| log.lay(name, thing, until, now))
    }

    /// Whether something of this name is there.
    pub(crate) fn holds(&self, name: &Sha256) -> bool {
        self.part(name).is_some_and(|log| log.holds(name))
    }

    /// Looks at something that is still good, and leaves it there, in use.
    pub(crate) fn wake<T>(
        &self,
        name: &Sha256,
        now: Timestamp,
        look: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<T> {
        self.part(name)?.wake(name, now, look)
    }

    /// Lets a thing that was in use rest again, if it is still there; it stays about as long as if it had just been laid.
    /// Returns how many things were given up for it then.
    pub(crate) fn rest_again(&self, name: &Sha256, now: Timestamp) -> Option<usize> {
        self.part(name)?.rest_again(name, now)
    }

    /// Forgets it.
    pub(crate) fn forget(&self, name: &Sha256) {
        if let Some(mut log) = self.part(name) {
            log.forget(name);
        }
    }

    /// Whether there was never anything.
    pub(crate) fn is_empty(&self) -> bool {
        !self.1.load(Ordering::Relaxed)
    }

    /// How many things there are that are not in use.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|part| lock(part).at_rest()).sum()
    }

    fn part(&self, name: &Sha256) -> Option<MutexGuard<'_, Log>> {
        let last = usize::from(*name.as_bytes().last()?);
        self.0.get(last % self.0.len()).map(lock)
    }
}

fn lock(part: &Mutex<Log>) -> MutexGuard<'_, Log> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rest({} things)", self.len())
    }
}
