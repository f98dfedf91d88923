//! What can go wrong with a database, and what of it others hear.

use crate::master_key::MasterKeyError;
use std::error::Error;
use std::io;
use stead_core::commit::{CommitError, Conflict};
use stead_core::ports::StoreError;
use tokio_postgres::error::SqlState;

/// The database, the way to it, or what is in it failed us.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// PostgreSQL, or the connection to it. Details are left out: they quote values.
    #[error("{}", said(.0))]
    Postgres(#[from] tokio_postgres::Error),
    #[error("a row is no sound JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("what is kept as {0} is none")]
    NotWhatItShouldBe(&'static str),
    #[error("it did not answer in time")]
    Late,
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("the file {0} cannot be read: {1}")]
    File(String, io::Error),
    #[error("{0}")]
    Tls(#[from] rustls::Error),
    #[error(
        "it was restored, or got another master key, since this server was started: start it again"
    )]
    Replaced,
    #[error("{0}")]
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

    /// Whether the same may work later: a server comes back, a lock is let go, room is made.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Late | Self::Unreachable(_) | Self::File(..) | Self::Tls(_) | Self::Replaced => {
                true
            }
            Self::Json(_) | Self::NotWhatItShouldBe(_) | Self::MasterKey(_) => false,
            Self::Postgres(error) => error.code().is_none_or(|code| {
                // Connection, resources, operator, system; somebody else at the same time; a standby.
                let passing = ["08", "53", "57", "58", "40", "25", "55"];
                passing.iter().any(|class| code.code().starts_with(class))
            }),
        }
    }

    /// Whether the connection is of no use any more: it is gone, hangs, or leads to one that only reads.
    pub(super) fn ends_the_connection(&self) -> bool {
        match self {
            Self::Late | Self::Unreachable(_) | Self::File(..) | Self::Tls(_) | Self::Replaced => {
                true
            }
            Self::Json(_) | Self::NotWhatItShouldBe(_) | Self::MasterKey(_) => false,
            Self::Postgres(error) => error.code().is_none_or(|code| {
                *code == SqlState::READ_ONLY_SQL_TRANSACTION
                    || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
                    || ["08", "57"].iter().any(|class| code.code().starts_with(class))
            }),
        }
    }

    /// Whether it is somebody else at the same time, so that the same transaction may work at once.
    pub(super) fn is_a_race(&self) -> bool {
        self.code().is_some_and(|code| {
            *code == SqlState::T_R_SERIALIZATION_FAILURE
                || *code == SqlState::T_R_DEADLOCK_DETECTED
                || *code == SqlState::UNIQUE_VIOLATION
        })
    }

    /// What PostgreSQL calls it.
    pub(super) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            _ => None,
        }
    }

    /// The rule of the schema that stood against it.
    pub(super) fn constraint(&self) -> Option<&str> {
        match self {
            Self::Postgres(error) => error.as_db_error().and_then(|error| error.constraint()),
            _ => None,
        }
    }
}

fn said(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("PostgreSQL says: {} ({})", error.message(), error.code().code());
    }
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Why a change was not applied.
#[derive(Debug)]
pub(super) enum Halt {
    /// What is on file stands against it.
    Conflict(Conflict),
    /// The database failed us.
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
