//! What is remembered of what every token asks for: applications, users, consents.
//!
//! A thing is forgotten when it is learned that it changed. What is read while that happens is not kept: the
//! reader says up to which version everything was known before it asked.

use super::versions::Thing;
use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Arc, PoisonError, RwLock};
use stead_core::model::application::Application;
use stead_core::model::consent::Consent;
use stead_core::model::user::User;
use stead_proto::id::{Audience, ClientId, Subject};

/// How many things of a kind are remembered at most, twice over.
const MANY: usize = 8192;

/// For whom consents were asked.
pub(super) type Asking = (ClientId, Audience, Subject);

/// What is remembered of a tenant.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    pub(super) applications: Kind<ClientId, Option<Arc<Application>>>,
    pub(super) resources: Kind<Audience, Option<Arc<Application>>>,
    pub(super) users: Kind<Subject, Option<Arc<User>>>,
    pub(super) consents: Kind<Asking, Vec<Arc<Consent>>>,
}

impl Remembered {
    /// Forgets what changed with a version.
    pub(super) fn forget<'a>(&self, things: impl Iterator<Item = &'a Thing>, version: i64) {
        for (kind, id) in things {
            match kind.as_ref() {
                "application" => {
                    self.applications.forget_all(version);
                    self.resources.forget_all(version);
                }
                "user" => self.users.forget(id.as_str(), version),
                "consent" => self.consents.forget_all(version),
                _ => {}
            }
        }
    }

    /// Forgets everything: too much changed to say what.
    pub(super) fn forget_all(&self, version: i64) {
        self.applications.forget_all(version);
        self.resources.forget_all(version);
        self.users.forget_all(version);
        self.consents.forget_all(version);
    }
}

/// Things of one kind. When there are many, those nobody asked for since the last time are left behind.
#[derive(Debug)]
pub(super) struct Kind<K, V>(RwLock<Kept<K, V>>);

#[derive(Debug)]
struct Kept<K, V> {
    asked_for: HashMap<K, V>,
    before: HashMap<K, V>,
    /// The version with which such a thing changed last.
    changed: i64,
}

impl<K, V> Default for Kind<K, V> {
    fn default() -> Self {
        let (asked_for, before) = (HashMap::new(), HashMap::new());
        Self(RwLock::new(Kept { asked_for, before, changed: 0 }))
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Kind<K, V> {
    /// What is remembered of one.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.asked_for.get(key) {
            return Some(found.clone());
        }
        let found = kept.before.get(key)?.clone();
        let known = kept.changed;
        drop(kept);
        self.keep(key.clone(), found.clone(), known);
        Some(found)
    }

    /// Remembers what was read when everything up to a version was known.
    pub(super) fn keep(&self, key: K, value: V, known: i64) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known < kept.changed {
            return;
        }
        if kept.asked_for.len() >= MANY {
            kept.before = mem::take(&mut kept.asked_for);
        }
        kept.asked_for.insert(key, value);
    }

    fn forget<Q: Hash + Eq + ?Sized>(&self, key: &Q, version: i64)
    where
        K: std::borrow::Borrow<Q>,
    {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.asked_for.remove(key);
        kept.before.remove(key);
        kept.changed = kept.changed.max(version);
    }

    fn forget_all(&self, version: i64) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.asked_for.clear();
        kept.before.clear();
        kept.changed = kept.changed.max(version);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_while_it_was_read_is_not_kept() {
        let kind: Kind<String, u8> = Kind::default();
        kind.keep("a".into(), 1, 4);
        assert_eq!(kind.get(&"a".into()), Some(1));
        kind.forget("a", 5);
        kind.keep("a".into(), 1, 4);
        assert_eq!(kind.get(&"a".into()), None);
        kind.keep("a".into(), 2, 5);
        assert_eq!(kind.get(&"a".into()), Some(2));
    }

    #[test]
    fn of_many_those_stay_that_are_asked_for() {
        let kind: Kind<usize, usize> = Kind::default();
        for n in 0..MANY * 5 {
            kind.keep(n, n, 0);
            assert_eq!(kind.get(&0), Some(0), "{n}");
        }
        assert_eq!(kind.get(&1), None);
        let kept = kind.0.read().unwrap();
        assert!(kept.asked_for.len() + kept.before.len() <= 2 * MANY);
    }
}
