//! A sorted table that can take back what was done to it since it was last kept.

use std::collections::BTreeMap;

/// Rows by key, and how to undo the changes of the commit at hand.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    before: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), before: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub(super) fn put(&mut self, key: K, value: V) {
        let before = self.rows.insert(key.clone(), value);
        self.before.push((key, before));
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let before = self.rows.remove(key)?;
        self.before.push((key.clone(), Some(before.clone())));
        Some(before)
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(super) fn rows(&self) -> &BTreeMap<K, V> {
        &self.rows
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.rows.values()
    }
}

/// The two ways a commit can end.
pub(super) trait Undo {
    /// What was done stays.
    fn keep(&mut self);
    /// What was done was never done.
    fn undo(&mut self);
}

impl<K: Ord, V> Undo for Table<K, V> {
    fn keep(&mut self) {
        self.before.clear();
    }

    fn undo(&mut self) {
        while let Some((key, before)) = self.before.pop() {
            match before {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_was_never_done() {
        let mut table = Table::default();
        table.put("a", 1);
        table.put("b", 2);
        table.keep();

        table.put("a", 10);
        table.put("a", 11);
        table.put("c", 3);
        table.remove(&"b");
        table.undo();
        assert_eq!(table.rows(), &BTreeMap::from([("a", 1), ("b", 2)]));
    }
}
