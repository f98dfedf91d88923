//! Revocation facts, kept where asking costs nothing.

use std::collections::HashMap;
use stead_core::model::revocation::{Ancestor, Revocation};

/// The fact that counts about each thing that was ever revoked, of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Facts(HashMap<Ancestor, Revocation>);

impl Facts {
    /// Adds a fact, unless one that says as much is known.
    pub(crate) fn learn(&mut self, fact: Revocation) {
        if self.0.get(&fact.about).is_none_or(|known| supersedes(&fact, known)) {
            self.0.insert(fact.about.clone(), fact);
        }
    }

    /// What is known about these.
    pub(crate) fn about(&self, ancestors: &[Ancestor]) -> Vec<Revocation> {
        // Mostly nothing was, and then no name has to be hashed.
        if self.0.is_empty() {
            return Vec::new();
        }
        ancestors.iter().filter_map(|ancestor| self.0.get(ancestor)).cloned().collect()
    }

    /// Everything, newest first, at most so many.
    pub(crate) fn newest(&self, limit: usize) -> Vec<Revocation> {
        let mut all: Vec<&Revocation> = self.0.values().collect();
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.about.cmp(&b.about)));
        all.into_iter().take(limit).cloned().collect()
    }
}

/// Whether a fact says more than the one known about the same thing. What never comes back is dead since
/// the first time it was revoked; a user or a client is dead for everything up to the last time.
pub(crate) fn supersedes(new: &Revocation, known: &Revocation) -> bool {
    if new.about.is_unique() { new.at < known.at } else { new.at > known.at }
}
