//! Revocation facts, kept where asking costs nothing.

use std::collections::{BTreeMap, HashMap};
use stead_core::liveness::Fact as _;
use stead_core::model::revocation::{Ancestor, Revocation};

/// The fact that counts about each thing that was ever revoked, of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    known: HashMap<Ancestor, Known>,
    /// What was learned here when, from 1 on.
    order: BTreeMap<u64, Ancestor>,
}

#[derive(Debug)]
struct Known {
    fact: Revocation,
    number: u64,
}

impl Facts {
    /// Adds a fact, unless one that says as much is known.
    pub(crate) fn learn(&mut self, fact: Revocation) {
        let known = self.known.get(&fact.about);
        if known.is_some_and(|known| !fact.supersedes(&known.fact)) {
            return;
        }
        let number = self.learned() + 1;
        self.order.insert(number, fact.about.clone());
        let before = self.known.insert(fact.about.clone(), Known { fact, number });
        if let Some(before) = before {
            self.order.remove(&before.number);
        }
    }

    /// What is known about these.
    pub(crate) fn about(&self, ancestors: &[Ancestor]) -> Vec<Revocation> {
        // Mostly nothing was, and then no name has to be hashed.
        if self.known.is_empty() {
            return Vec::new();
        }
        let known = ancestors.iter().filter_map(|ancestor| self.known.get(ancestor));
        known.map(|known| known.fact.clone()).collect()
    }

    /// Everything, newest first, at most so many.
    pub(crate) fn newest(&self, limit: usize) -> Vec<Revocation> {
        let mut all: Vec<&Revocation> = self.known.values().map(|known| &known.fact).collect();
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.about.cmp(&b.about)));
        all.into_iter().take(limit).cloned().collect()
    }

    /// What was learned after that number, in the order in which it was, at most so many.
    pub(crate) fn after(&self, number: u64, limit: usize) -> Vec<(u64, Revocation)> {
        let later = self.order.range(number.saturating_add(1)..).take(limit);
        let known = later.filter_map(|(number, about)| Some((*number, self.known.get(about)?)));
        known.map(|(number, known)| (number, known.fact.clone())).collect()
    }

    /// The number of the last one that was learned.
    fn learned(&self) -> u64 {
        self.order.last_key_value().map_or(0, |(number, _)| *number)
    }
}
