//! Two who change one entry at once: what each has seen, and what they expect to find.
//!
//! A change reads an entry, decides, and writes only if the entry is still what was read
//! ([`Change::Expect`](crate::commit::Change::Expect)). Whoever was slower starts over with what the other
//! wrote; so a password or a secret that is not part of the change is never put back to what it was. Who wants
//! to know instead of winning says which version they saw.

use super::mistake::Object;
use super::{Admin, AdminError};
use crate::commit::Conflict;
use serde::Serialize;
use std::fmt;
use stead_proto::digest::sha256;

/// How often a change is made anew because its ground moved.
const TRIES: usize = 4;

/// What an entry was when somebody looked at it. It differs once any field does, hashes of passwords and
/// secrets included, and tells nothing of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// Of an entry as it is.
    #[must_use]
    pub fn of(entry: &impl Serialize) -> Self {
        Self(sha256(&serde_json::to_vec(entry).unwrap_or_default()).to_string())
    }

    /// As somebody says it; no entry may ever have been so.
    pub fn said(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// On what condition an entry is changed (RFC 9110 §13.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Condition {
    /// Whatever it is.
    #[default]
    Always,
    /// If there is one.
    Exists,
    /// If it is one of these.
    Is(Vec<Version>),
}

impl Condition {
    fn holds(&self, entry: Option<&impl Serialize>) -> bool {
        match (self, entry) {
            (Self::Always, _) | (Self::Exists, Some(_)) => true,
            (Self::Is(versions), Some(entry)) => versions.contains(&Version::of(entry)),
            (Self::Exists | Self::Is(_), None) => false,
        }
    }
}

impl Admin<'_> {
    /// Changes applications, users and groups on this condition only.
    #[must_use]
    pub fn only_if(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// Whether the entry is what whoever changes it expects.
    pub(super) fn expects(
        &self,
        object: impl FnOnce() -> Object,
        entry: Option<&impl Serialize>,
    ) -> Result<(), AdminError> {
        if self.condition.holds(entry) { Ok(()) } else { Err(AdminError::Stale(object())) }
    }
}

/// Makes a change, and makes it anew if what it was made from is no longer on file.
pub(super) async fn retried<T, F>(mut change: impl FnMut() -> F) -> Result<T, AdminError>
where
    F: Future<Output = Result<T, AdminError>>,
{
    for _ in 1..TRIES {
        match change().await {
            Err(AdminError::Conflict(Conflict::Changed)) => {}
            done => return done,
        }
    }
    change().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    async fn tried(conflicts: usize) -> (usize, bool) {
        let calls = Cell::new(0);
        let done = retried(async || {
            calls.set(calls.get() + 1);
            if calls.get() > conflicts {
                return Ok(());
            }
            Err(AdminError::Conflict(Conflict::Changed))
        });
        let done = done.await.is_ok();
        (calls.get(), done)
    }

    #[tokio::test]
    async fn a_change_whose_ground_moved_is_made_anew_and_at_last_given_up() {
        assert_eq!(tried(0).await, (1, true));
        assert_eq!(tried(1).await, (2, true));
        assert_eq!(tried(TRIES - 1).await, (TRIES, true));
        assert_eq!(tried(TRIES).await, (TRIES, false));
    }
}
