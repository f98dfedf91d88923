//! What the store counts.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What was written since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Commits that were written.
    pub commits: u64,
    /// Transactions they shared.
    pub transactions: u64,
    /// Whether the last transaction could not be written.
    pub failing: bool,
}

/// The same, while it grows.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    commits: AtomicU64,
    transactions: AtomicU64,
    failing: AtomicBool,
}

impl Counters {
    /// One more transaction, of so many commits.
    pub(crate) fn wrote(&self, commits: usize) {
        self.commits.fetch_add(u64::try_from(commits).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.transactions.fetch_add(1, Ordering::Relaxed);
        self.failing.store(false, Ordering::Relaxed);
    }

    /// A transaction could not be written.
    pub(crate) fn failed(&self) {
        self.failing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            commits: self.commits.load(Ordering::Relaxed),
            transactions: self.transactions.load(Ordering::Relaxed),
            failing: self.failing.load(Ordering::Relaxed),
        }
    }
}
