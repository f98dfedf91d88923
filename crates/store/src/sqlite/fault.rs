//! What can go wrong with a file, and what of it others hear.

use crate::master_key::MasterKeyError;
use rusqlite::ErrorCode;
use stead_core::commit::{CommitError, Conflict};
use stead_core::ports::StoreError;

/// The file, or what is in it, failed us.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("a row is no sound JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a thread cannot be started: {0}")]
    Thread(#[from] std::io::Error),
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
}

impl Fault {
    /// How it is told to whoever asked.
    pub(super) fn told(&self) -> StoreError {
        if self.may_pass() {
            StoreError::Unavailable(self.to_string())
        } else {
            StoreError::Broken(self.to_string())
        }
    }

    /// Whether the same may work later: space can be made, a lock can be let go.
    pub(super) fn may_pass(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::OutOfMemory
            )
        )
    }
}

/// Why a change was not applied.
#[derive(Debug)]
pub(super) enum Halt {
    /// What is on file stands against it.
    Conflict(Conflict),
    /// The file failed us.
    Fault(Fault),
}

impl Halt {
    /// How it is told to whoever wanted to write.
    pub(super) fn told(self) -> CommitError {
        match self {
            Self::Conflict(conflict) => CommitError::Conflict(conflict),
            Self::Fault(fault) => CommitError::Failed(fault.told()),
        }
    }
}

impl From<Conflict> for Halt {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl<E: Into<Fault>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}
