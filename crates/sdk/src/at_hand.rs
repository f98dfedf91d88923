//! The token that was last acquired on a caller's behalf, kept beside the caller: whoever has just found the caller among a
//! million need not search among a million tokens.
//!
//! It lies beside its caller, so it can be nobody else's. The reference is weak: a token that its cache gave up is gone here
//! too.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use stead_proto::digest::Sha256;
use stead_proto::time::Timestamp;

/// Once in so many times it is said not to be here, so that its cache sees that it is in use and does not give it up.
const SEEN_EVERY: u8 = 16;

/// Room for one thing.
#[derive(Default)]
pub(crate) struct AtHand(Mutex<Option<Held>>);

struct Held {
    place: Place,
    until: Timestamp,
    found: u8,
    thing: Weak<dyn Any + Send + Sync>,
}

/// Where it comes from: which cache, and its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) cache: CacheNumber,
    pub(crate) name: Sha256,
}

/// Tells the caches of one process apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CacheNumber(u64);

impl CacheNumber {
    pub(crate) fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

impl AtHand {
    /// The thing that comes from this place, if it still stands and nobody else is looking at the same moment.
    pub(crate) fn find<T: Any + Send + Sync>(
        &self,
        place: Place,
        now: Timestamp,
    ) -> Option<Arc<T>> {
        let mut held = self.0.try_lock().ok()?;
        let held = held.as_mut().filter(|held| held.place == place && now < held.until)?;
        held.found = held.found.wrapping_add(1) % SEEN_EVERY;
        let thing = (held.found != 0).then(|| held.thing.upgrade())??;
        thing.downcast().ok()
    }

    /// Puts a thing at hand that comes from this place and stands until then.
    pub(crate) fn hold<T: Any + Send + Sync>(
        &self,
        place: Place,
        thing: &Arc<T>,
        until: Timestamp,
    ) {
        let thing: Weak<T> = Arc::downgrade(thing);
        if let Ok(mut held) = self.0.try_lock() {
            *held = Some(Held { place, until, found: 0, thing });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::digest::sha256;

    const START: Timestamp = Timestamp::from_secs(0);
    const END: Timestamp = Timestamp::from_secs(10);

    fn place(name: &str) -> Place {
        Place { cache: CacheNumber(0), name: sha256(name.as_bytes()) }
    }

    #[test]
    fn a_thing_is_found_where_it_was_put_until_its_end() {
        let (at_hand, thing) = (AtHand::default(), Arc::new("token"));
        at_hand.hold(place("rows"), &thing, END);
        let find = |place, now| at_hand.find::<&str>(place, now).is_some();
        assert!(find(place("rows"), START));
        assert!(!find(place("mail"), START));
        assert!(!find(Place { cache: CacheNumber(1), ..place("rows") }, START));
        assert!(!find(place("rows"), END));
    }

    #[test]
    fn what_its_cache_gave_up_is_gone() {
        let (at_hand, thing) = (AtHand::default(), Arc::new("token"));
        at_hand.hold(place("rows"), &thing, END);
        drop(thing);
        assert_eq!(at_hand.find::<&str>(place("rows"), START), None);
    }

    #[test]
    fn once_in_a_while_its_cache_is_asked() {
        let (at_hand, thing) = (AtHand::default(), Arc::new("token"));
        at_hand.hold(place("rows"), &thing, END);
        let found = |_: &u8| at_hand.find::<&str>(place("rows"), START).is_some();
        assert_eq!((0..SEEN_EVERY * 3).filter(found).count(), usize::from(SEEN_EVERY - 1) * 3);
    }
}
