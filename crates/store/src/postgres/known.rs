//! What is known of a tenant without asking the database.

use super::versions::{Made, Told};
use crate::facts::Facts;
use crate::remembered::Remembered;
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use stead_core::liveness::Descent;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_proto::id::TenantId;
use tokio::sync::watch;
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

/// For how long what was found on file is taken for all there is: what was ended elsewhere is told of as
/// ended after a second at most, whatever becomes of those who follow.
const FRESH: Duration = Duration::from_secs(1);

/// A tenant's number, its revocation facts, and what is remembered of it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: TenantId,
    /// Given by its first commit, on whichever node.
    pub(super) number: OnceLock<i64>,
    pub(super) remembered: Remembered,
    learned: RwLock<Learned>,
    /// Counts changes of keys.
    keys: watch::Sender<u64>,
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
    /// A tenant of which nothing is known yet. Whoever has keys hears by `keys` that they changed.
    pub(super) fn new(id: TenantId, keys: watch::Sender<u64>) -> Self {
        Self {
            id,
            number: OnceLock::new(),
            remembered: Remembered::default(),
            learned: RwLock::default(),
            keys,
        }
    }

    /// Up to which version all facts are known.
    pub(super) fn version(&self) -> i64 {
        self.read().version
    }

    /// Whether what is known was found to be all there is just now.
    pub(super) fn is_fresh(&self) -> bool {
        self.read().confirmed.is_some_and(|confirmed| confirmed.elapsed() < FRESH)
    }

    /// Takes over what other nodes changed up to a version. What may have changed untold is forgotten.
    pub(super) fn learned(&self, new: Made, told: Told, version: i64) {
        match told {
            Told::All => new.changed().for_each(|changed| self.remembered.forget(&changed)),
            Told::Less => self.remembered.forget_everything(),
        }
        let keys = told == Told::Less || new.is_about_keys();
        let mut learned = self.write();
        for fact in new.facts {
            learned.facts.learn(fact);
        }
        learned.version = learned.version.max(version);
        drop(learned);
        if keys {
            self.keys.send_modify(|count| *count += 1);
        }
    }

    /// What is known is all there was at an instant.
    pub(super) fn confirm(&self, asked: Instant) {
        let mut learned = self.write();
        learned.confirmed = learned.confirmed.max(Some(asked));
    }

    /// Takes over what this node made durable, as the version after `before`. Where others came in between,
    /// theirs are still to be learned.
    pub(super) fn made(&self, before: i64, made: &Made) {
        made.changed().for_each(|changed| self.remembered.forget(&changed));
        let mut learned = self.write();
        for fact in &made.facts {
            learned.facts.learn(fact.clone());
        }
        if learned.version == before {
            learned.version = before + 1;
        }
    }

    /// What is known about these.
    pub(super) fn about(&self, ancestors: &[Ancestor]) -> Vec<Revocation> {
        self.read().facts.about(ancestors)
    }

    /// What was learned after that number.
    pub(super) fn after(&self, number: u64, limit: usize) -> Vec<(u64, Revocation)> {
        self.read().facts.after(number, limit)
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
