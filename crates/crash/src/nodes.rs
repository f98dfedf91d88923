//! Where servers are, one after the other in turn, as a load balancer without memory asks them.

use crate::server::Places;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The servers that answer.
#[derive(Debug, Default)]
pub struct Nodes {
    places: Mutex<Vec<Places>>,
    turn: AtomicUsize,
}

impl Nodes {
    /// One more answers.
    pub fn join(&self, places: Places) {
        self.lock().push(places);
    }

    /// The one whose public endpoints are there answers no more.
    pub fn gone(&self, public: &str) {
        self.lock().retain(|places| places.public != public);
    }

    /// The next in turn; nobody, if none is left.
    #[must_use]
    pub fn next(&self) -> Option<Places> {
        let places = self.lock();
        if places.is_empty() {
            return None;
        }
        places.get(self.turn.fetch_add(1, Ordering::Relaxed) % places.len()).cloned()
    }

    /// Whether none is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Whether there are several.
    #[must_use]
    pub fn are_many(&self) -> bool {
        self.lock().len() > 1
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Places>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_asked_in_turn_and_whoever_is_gone_is_not() {
        let nodes = Nodes::default();
        assert_eq!(nodes.next(), None);
        for public in ["a", "b"] {
            nodes.join(Places { public: public.into(), ..Places::default() });
        }
        let asked = |_| nodes.next().unwrap().public;
        assert_eq!((0..3).map(asked).collect::<String>().replace('b', "").len(), 2);
        nodes.gone("a");
        assert_eq!((0..3).map(asked).collect::<String>(), "bbb");
    }
}
