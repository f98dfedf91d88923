//! A backup: everything on file as text, one thing a line, good for any store.
//!
//! | line | what it is |
//! |---|---|
//! | the first | a [`Header`]: when it was taken, of what, and where each chain of records ends |
//! | `{"tenant":…}` | the lines that follow are this tenant's |
//! | all others | an [`item::Item`]: an application, a user, a session, …, a record |
//! | the last | how many lines there are before it, and the SHA-256 of all of them |
//!
//! [`write`] and [`read`] go through it line by line, so that its size does not matter. [`restore`] says what of
//! it goes on and what has to end, as [`restore::Steps`] that each store takes in its own way.

pub(crate) mod item;
pub(crate) mod read;
pub(crate) mod restore;
pub(crate) mod write;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use stead_core::chain::{Break, Chain, End};
use stead_proto::digest::Sha256;
use stead_proto::id::TenantId;
use stead_proto::time::Timestamp;

/// The form of a backup. A program takes those up to its own.
pub(crate) const FORM: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The form of what follows.
    pub stead_backup: u32,
    /// The program that wrote it.
    pub version: String,
    /// When it was taken.
    pub taken: Timestamp,
    /// A constant that the master key sealed: tells whether another key fits.
    pub master_key_check: Option<String>,
    /// Whose things it holds.
    pub tenants: Vec<TenantChains>,
}

/// A tenant, and its chains of records at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantChains {
    /// Whose.
    pub id: TenantId,
    /// Its chains.
    pub chains: Vec<ChainSpan>,
}

/// A chain from the first record that is kept to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainSpan {
    /// Which.
    pub chain: Chain,
    /// The last record that is no longer kept.
    pub base: End,
    /// The last record.
    pub head: End,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trailer {
    pub(crate) lines: u64,
    pub(crate) sha256: Sha256,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// Its first line.
    #[serde(flatten)]
    pub header: Header,
    /// How many of each kind.
    pub counts: BTreeMap<&'static str, u64>,
    /// The SHA-256 of everything but its last line.
    pub sha256: Sha256,
}

/// Why a backup was not made, or not restored.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read or written.
    #[error("the backup cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("this is no backup of Stead")]
    NotABackup,
    /// A later program wrote it.
    #[error(
        "the backup has form {found}, this program knows forms up to {FORM}; use a newer program"
    )]
    Newer {
        /// Its form.
        found: u32,
    },
    /// Its end is missing.
    #[error("the backup was cut short: its last line is missing; take another one")]
    CutShort,
    /// It is not what was written.
    #[error("line {line} of the backup is not what was written ({why}); take another one")]
    Damaged {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A chain of records in it is broken.
    #[error("the records in the backup are not as they were written: {0}")]
    Broken(String),
    /// What it holds was sealed by another key.
    #[error("the master key does not fit the backup; put back the one that its store had")]
    OtherMasterKey,
    /// The store has one chain a tenant, and this has several.
    #[error(
        "tenant {0} has records of several nodes, which a SQLite database cannot hold; restore into PostgreSQL"
    )]
    SeveralChains(TenantId),
    /// The store to be read or filled could not.
    #[error("the store failed: {0}")]
    Store(String),
}

impl ArchiveError {
    pub(crate) fn broken(tenant: &TenantId, found: Break) -> Self {
        let place = found.place();
        let how = match found {
            Break::Missing(_) => "missing",
            Break::Edited(_) => "edited",
        };
        Self::Broken(format!("record {} of tenant {tenant} is {how}", place.seq))
    }
}
