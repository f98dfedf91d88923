//! One kind of thing that is remembered: bounded, and never older than what is on file.

use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was found lately, by what it was asked for. What is used least makes room.
#[derive(Debug)]
pub(super) struct Shelf<K, V> {
    found: Cache<K, V>,
    /// How often something was forgotten.
    forgotten: Mutex<u64>,
}

/// Nothing is remembered, and since when: an answer to what is asked now may be kept only as long as nothing
/// is forgotten meanwhile. It may have been read before the change that made it old.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap(u64);

impl<K: Eq + Hash, V: Clone> Shelf<K, V> {
    /// A shelf for so many things.
    pub(super) fn new(most: usize) -> Self {
        Self { found: Cache::new(most), forgotten: Mutex::default() }
    }

    pub(super) fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Result<V, Gap> {
        self.found.get(key).ok_or_else(|| Gap(*self.lock()))
    }

    /// Remembers the answer to what was asked in that gap, unless it may be old by now.
    pub(super) fn keep(&self, gap: Gap, key: K, value: V) {
        let forgotten = self.lock();
        if *forgotten == gap.0 {
            self.found.insert(key, value);
        }
    }

    pub(super) fn forget<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) {
        let mut forgotten = self.lock();
        *forgotten += 1;
        self.found.remove(key);
    }

    /// Forgets whatever is like this. Looks at everything.
    pub(super) fn forget_all(&self, like: impl Fn(&K, &V) -> bool) {
        let mut forgotten = self.lock();
        *forgotten += 1;
        self.found.retain(|key, value| !like(key, value));
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_before_something_was_forgotten_is_not_put_back() {
        let shelf = Shelf::new(9);
        let before = shelf.get("a").unwrap_err();
        shelf.forget("a");
        shelf.keep(before, "a", 1);
        let after = shelf.get("a").unwrap_err();
        shelf.keep(after, "a", 2);
        assert_eq!(shelf.get("a").unwrap(), 2);
    }

    #[test]
    fn what_is_alike_is_forgotten_and_the_rest_is_not() {
        let shelf = Shelf::new(9);
        for (key, value) in [("a", 1), ("b", 2), ("c", 1)] {
            shelf.keep(shelf.get(key).unwrap_err(), key, value);
        }
        shelf.forget_all(|_, value| *value == 1);
        assert!(shelf.get("a").is_err() && shelf.get("c").is_err());
        assert_eq!(shelf.get("b").unwrap(), 2);
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let shelf = Shelf::new(100);
        for key in 0..10_000 {
            shelf.keep(Gap(0), key, key);
        }
        assert!(shelf.found.len() <= 100, "{}", shelf.found.len());
    }
}
