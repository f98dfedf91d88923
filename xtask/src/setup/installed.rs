//! Whether what is installed is what a lock file says: a copy of the lock file is left beside it.

use std::fs;
use std::path::PathBuf;

/// A lock file, and the copy of it that the last installation has left.
pub(super) struct Installed {
    pub(super) lock: PathBuf,
    pub(super) copy: PathBuf,
}

impl Installed {
    /// Whether what is installed is what the lock file says now.
    pub(super) fn is_up_to_date(&self) -> bool {
        matches!((fs::read(&self.lock), fs::read(&self.copy)), (Ok(wanted), Ok(there)) if wanted == there)
    }

    /// Notes that it is, after an installation.
    pub(super) fn note(&self) -> bool {
        fs::copy(&self.lock, &self.copy).is_ok()
    }
}
