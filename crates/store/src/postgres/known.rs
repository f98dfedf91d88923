//! What is known of a tenant without asking the database.

use crate::facts::Facts;
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use stead_core::liveness::Descent;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_proto::id::TenantId;
use tokio::time::Instant;

/// What was revoked before a commit: what is known, and what commits before it in the same transaction say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Revoked<'a> {
    pub(super) known: &'a Known,
    pub(super) said: &'a [Revocation],
}

impl Revoked<'_> {
    /// The first fact that ended it, or `Ok` while it is alive.
    pub(super) fn alive(&self, descent: &Descent) -> Result<(), Ancestor> {
        descent.alive(&self.known.about(&descent.ancestors))?;
        descent.alive(self.said)
    }
}

/// A tenant's number and its revocation facts.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: TenantId,
    /// Given by its first commit, on whichever node.
    pub(super) number: OnceLock<i64>,
    learned: RwLock<Learned>,
}

#[derive(Debug, Default)]
struct Learned {
    facts: Facts,
    /// Every fact up to this version of the tenant is known.
    version: i64,
    /// When that was last found to be all there is.
    confirmed: Option<Instant>,
}

impl Known {
    /// A tenant of which nothing is known yet.
    pub(super) fn new(id: TenantId) -> Self {
        Self { id, number: OnceLock::new(), learned: RwLock::default() }
    }

    /// Up to which version all facts are known.
    pub(super) fn version(&self) -> i64 {
        self.read().version
    }

    /// When the facts known here were last found to be all there is.
    pub(super) fn confirmed(&self) -> Option<Instant> {
        self.read().confirmed
    }

    /// Adds all facts that came up to a version, found on file by a question asked at an instant.
    pub(super) fn learn_up_to(&self, version: i64, facts: Vec<Revocation>, asked: Instant) {
        let mut learned = self.write();
        for fact in facts {
            learned.facts.learn(fact);
        }
        learned.version = learned.version.max(version);
        learned.confirmed = learned.confirmed.max(Some(asked));
    }

    /// Adds facts that this node made durable, as the version after `before`. Where others came in between,
    /// theirs are still to be learned.
    pub(super) fn made(&self, before: i64, facts: impl Iterator<Item = Revocation>) {
        let mut learned = self.write();
        for fact in facts {
            learned.facts.learn(fact);
        }
        if learned.version == before {
            learned.version = before + 1;
        }
    }

    /// What is known about these.
    pub(super) fn about(&self, ancestors: &[Ancestor]) -> Vec<Revocation> {
        self.read().facts.about(ancestors)
    }

    /// Everything, newest first.
    pub(super) fn newest(&self, limit: usize) -> Vec<Revocation> {
        self.read().facts.newest(limit)
    }

    fn read(&self) -> RwLockReadGuard<'_, Learned> {
        self.learned.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Learned> {
        self.learned.write().unwrap_or_else(PoisonError::into_inner)
    }
}
