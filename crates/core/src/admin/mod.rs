//! Who may change what: every way in which an administrator, a resource file or the server itself
//! changes what is on file. Each change is on record with who and what, in words, without secrets.
//!
//! What must end with a change, ends in the same commit: disabling an application states the fact that
//! ends its tokens, and there is no instant at which one is done and the other is not.

pub mod applications;
pub mod condition;
pub mod consents;
pub mod factors;
pub mod groups;
pub mod keys;
mod lines;
pub mod mistake;
pub mod reconcile;
pub mod records;
pub mod revocations;
pub mod sessions;
pub mod users;
pub mod validate;

pub use condition::{Condition, Version};
pub use mistake::{Mistake, Object};
pub use reconcile::{Desired, DesiredPassword, DesiredUser};
pub use validate::check_world;

use crate::commit::{Change, Commit, CommitError, Conflict};
use crate::model::managed::Managed;
use crate::model::revocation::{Ancestor, Revocation};
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome, Record};
use crate::sts::Sts;
use std::fmt;

/// One tenant, as somebody who may change it sees it.
#[derive(Debug, Clone)]
pub struct Admin<'a> {
    sts: &'a Sts,
    by: By,
    condition: Condition,
}

/// Who changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The resource files.
    Files,
    /// The server itself.
    Server,
    /// An administrator, by the name of their token.
    Admin(String),
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files => f.write_str("files"),
            Self::Server => f.write_str("server"),
            Self::Admin(name) => write!(f, "admin:{name}"),
        }
    }
}

/// Why nothing was changed.
#[derive(Debug)]
pub enum AdminError {
    /// There is no such thing.
    NotFound(Object),
    /// A resource file has the last word on it.
    ManagedByFile {
        /// What.
        what: Object,
        /// The file.
        file: String,
        /// The line its table starts on.
        line: usize,
    },
    /// It is not what whoever wants to change it has seen.
    Stale(Object),
    /// What is on file does not allow it.
    Conflict(Conflict),
    /// It is not sound; all mistakes at once.
    Invalid(Vec<Mistake>),
    /// The store could not.
    Failed(StoreError),
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<CommitError> for AdminError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(conflict) => Self::Conflict(conflict),
            CommitError::Failed(error) => Self::Failed(error),
        }
    }
}

impl fmt::Display for AdminError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(what) => write!(f, "there is no {what}"),
            Self::ManagedByFile { what, file, line } => {
                write!(f, "{what} is managed by a file: change it at {file}:{line}")
            }
            Self::Stale(what) => write!(f, "{what} is not what it was: look at it again"),
            Self::Conflict(conflict) => conflict.fmt(f),
            Self::Invalid(mistakes) => {
                let all: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
                f.write_str(&all.join("\n"))
            }
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AdminError {}

/// What was put on file, and whether something stood there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put<T> {
    /// It is new.
    Added(T),
    /// It replaced what was there, or is the same as before.
    Replaced(T),
}

impl<T> Put<T> {
    fn of(item: T, before: Option<&T>) -> Self {
        if before.is_some() { Self::Replaced(item) } else { Self::Added(item) }
    }

    /// What is on file now.
    pub fn item(self) -> T {
        match self {
            Self::Added(item) | Self::Replaced(item) => item,
        }
    }
}

impl<'a> Admin<'a> {
    /// This tenant, as changed by somebody. Whoever makes one has made sure that they may.
    #[must_use]
    pub fn new(sts: &'a Sts, by: By) -> Self {
        Self { sts, by, condition: Condition::Always }
    }

    /// Makes changes and puts on record what they are in words. No change, no record.
    async fn change(
        &self,
        changes: Vec<Change>,
        lines: Vec<String>,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        if changes.is_empty() {
            return Ok(());
        }
        let event = Event::Change { by: self.by.to_string(), changes: lines };
        self.commit(changes, event, moment).await
    }

    /// States a fact and puts it on record.
    async fn state(&self, fact: Revocation, moment: &Moment) -> Result<(), AdminError> {
        let event = Event::Revoked { by: self.by.to_string(), about: fact.about.clone() };
        self.commit(vec![Change::Revoke(fact)], event, moment).await
    }

    async fn commit(
        &self,
        mut changes: Vec<Change>,
        event: Event,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        changes.extend(self.begun_ahead(&changes).await?);
        let record = Record::new(event, Outcome::Done, moment);
        self.sts.store.commit(Commit { changes, record }).await?;
        Ok(())
    }
}

/// Refuses to touch what a file has the last word on.
fn ours(what: Object, managed: &Managed) -> Result<(), AdminError> {
    match managed {
        Managed::Api => Ok(()),
        Managed::File { file, line } => {
            Err(AdminError::ManagedByFile { what, file: file.clone(), line: *line })
        }
    }
}

/// The fact that ends what descends from `about`.
fn fact(about: Ancestor, why: &str, moment: &Moment) -> Revocation {
    Revocation { about, at: moment.now, why: why.to_owned() }
}
