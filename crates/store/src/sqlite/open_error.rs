//! Why a database is not opened: one sentence that names the file and what to do.

use crate::master_key::MasterKeyError;
use std::io;
use std::path::PathBuf;

/// Why a database is not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or a file in it cannot be made or read.
    #[error(
        "cannot make or open {}: {error}; check that the directory exists and that this user may write there",
        path.display()
    )]
    Unreachable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another process uses it.
    #[error(
        "the database {} is in use by another process; stop that one first, or give this one its own",
        path.display()
    )]
    InUse {
        /// Which.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a database of Stead; name another file, or move this one away", path.display())]
    NotOurs {
        /// Which.
        path: PathBuf,
    },
    /// It was written by a later version.
    #[error(
        "the database {} is of version {found}, this program knows versions up to {known}; use a newer program",
        path.display()
    )]
    Newer {
        /// Which.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// The master key is another than the one it was begun with.
    #[error(
        "the master key {} does not fit the database {}; restore the key that the database was made with",
        key.display(),
        path.display()
    )]
    WrongMasterKey {
        /// The database.
        path: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// The master key that it was begun with is gone.
    #[error(
        "there is no master key {}, and the database {} was made with one; put it back",
        key.display(),
        path.display()
    )]
    NoMasterKey {
        /// The database.
        path: PathBuf,
        /// Where the key should be.
        key: PathBuf,
    },
    /// There is no master key, or it does not do what it should.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// There is no room for it.
    #[error("the disk is full that the database {} is on; make room, and start again", path.display())]
    NoRoom {
        /// Which.
        path: PathBuf,
    },
    /// SQLite could not.
    #[error("the database {} cannot be opened: {why}; restore it from a backup if it is damaged", path.display())]
    Failed {
        /// Which.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
}
