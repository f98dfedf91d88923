//! Why a database is not opened: one sentence that names it and what to do.

use crate::archive::ArchiveError;
use crate::master_key::MasterKeyError;
use std::path::PathBuf;

/// Why a database is not opened.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// There is no way to it, or it lets this user not in.
    #[error(
        "the database {place} cannot be used: {why}; check store.url, its password and that it runs"
    )]
    Unreachable {
        /// Which.
        place: String,
        /// What stands in the way.
        why: String,
    },
    /// It was written by a later version.
    #[error(
        "the database {place} is of version {found}, this program knows versions up to {known}; use a newer program"
    )]
    Newer {
        /// Which.
        place: String,
        /// The version of the database.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// It is of an earlier version, or empty, and is not to be changed at a start.
    #[error("the database {place} is of version {found}, not {known}; run `stead migrate` first")]
    Older {
        /// Which.
        place: String,
        /// The version of the database.
        found: i64,
        /// The version it has to be.
        known: i64,
    },
    /// The schema could not be brought to this version.
    #[error("the database {place} cannot be migrated: {why}; nothing of it was changed")]
    NotMigrated {
        /// Which.
        place: String,
        /// What PostgreSQL says.
        why: String,
    },
    /// The master key is another than the one it was begun with.
    #[error(
        "the master key {} does not fit the database {place}; every node needs the same one: copy the file from a node that starts",
        key.display()
    )]
    WrongMasterKey {
        /// Which.
        place: String,
        /// The key.
        key: PathBuf,
    },
    /// The master key that it was begun with is not here.
    #[error(
        "there is no master key {}, and the database {place} was made with one; put it there, as on every node",
        key.display()
    )]
    NoMasterKey {
        /// Which.
        place: String,
        /// Where the key should be.
        key: PathBuf,
    },
    /// The master key's file, or the one beside it, cannot be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// There are no tables of Stead in it.
    #[error("there is nothing of Stead in the database {place}")]
    Empty {
        /// Which.
        place: String,
    },
    /// Servers use it.
    #[error(
        "the database {place} is in use: stop every server first; one that was killed counts for 15 seconds more"
    )]
    InUse {
        /// Which.
        place: String,
    },
    /// A backup is to be restored into it, and it holds something.
    #[error(
        "the database {place} holds something already; name another one, or say --force to move it aside"
    )]
    Occupied {
        /// Which.
        place: String,
    },
    /// The backup cannot be restored.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}
