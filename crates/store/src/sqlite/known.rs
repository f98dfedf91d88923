//! What is known of a tenant without asking the file.

use crate::facts::Facts;
use crate::remembered::Remembered;
use std::sync::{OnceLock, PoisonError, RwLock};
use stead_core::liveness::Descent;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_proto::id::TenantId;

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

/// A tenant's number, its revocation facts, and what every token needs.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: TenantId,
    /// Given by its first commit; a tenant without one has nothing on file.
    pub(super) number: OnceLock<i64>,
    pub(super) remembered: Remembered,
    facts: RwLock<Facts>,
}

impl Known {
    /// A tenant that has nothing on file yet.
    pub(super) fn new(id: TenantId) -> Self {
        Self {
            id,
            number: OnceLock::new(),
            remembered: Remembered::default(),
            facts: RwLock::default(),
        }
    }

    /// A tenant as found on file.
    pub(super) fn on_file(id: TenantId, number: i64, facts: Facts) -> Self {
        Self {
            id,
            number: OnceLock::from(number),
            remembered: Remembered::default(),
            facts: RwLock::new(facts),
        }
    }

    /// Adds a fact. Only the writer does, once it is durable.
    pub(super) fn learn(&self, fact: Revocation) {
        self.facts.write().unwrap_or_else(PoisonError::into_inner).learn(fact);
    }

    /// What is known about these.
    pub(super) fn about(&self, ancestors: &[Ancestor]) -> Vec<Revocation> {
        self.facts.read().unwrap_or_else(PoisonError::into_inner).about(ancestors)
    }

    /// What was learned after that number.
    pub(super) fn after(&self, number: u64, limit: usize) -> Vec<(u64, Revocation)> {
        self.facts.read().unwrap_or_else(PoisonError::into_inner).after(number, limit)
    }

    /// Everything, newest first.
    pub(super) fn newest(&self, limit: usize) -> Vec<Revocation> {
        self.facts.read().unwrap_or_else(PoisonError::into_inner).newest(limit)
    }
}
