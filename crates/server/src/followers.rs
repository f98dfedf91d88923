//! Who follows the revocation feed at this node: how many, and what its events are called.

use std::sync::Arc;
use stead_proto::digest::base64url;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most followers at once, of all tenants. Each is a connection that stays.
const MOST: usize = 1024;

/// What followers share.
#[derive(Debug)]
pub(crate) struct Followers {
    /// Drawn at each start: what was numbered before means nothing now.
    run: String,
    places: Arc<Semaphore>,
}

/// One who follows, and has a place as long as it does.
#[derive(Debug)]
pub(crate) struct Follower {
    _place: OwnedSemaphorePermit,
}

impl Followers {
    pub(crate) fn new(random: [u8; 9]) -> Self {
        Self { run: base64url(&random), places: Arc::new(Semaphore::new(MOST)) }
    }

    /// Lets one in, if there is a place.
    pub(crate) fn admit(&self) -> Option<Follower> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Follower { _place: place })
    }

    /// What the event of this number is called.
    pub(crate) fn name(&self, number: u64) -> String {
        format!("{}.{number}", self.run)
    }

    /// The number of an event of this run.
    pub(crate) fn read(&self, id: &str) -> Option<u64> {
        let (run, number) = id.split_once('.')?;
        if run == self.run { number.parse().ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_known_by_its_name_in_the_run_that_gave_it_and_in_no_other() {
        let (this, other) = (Followers::new([1; 9]), Followers::new([2; 9]));
        assert_eq!(this.read(&this.name(7)), Some(7));
        for id in [other.name(7), "7".into(), ".7".into(), this.name(7) + "x", String::new()] {
            assert_eq!(this.read(&id), None, "{id}");
        }
    }

    #[test]
    fn there_are_so_many_places_and_who_leaves_frees_one() {
        let followers = Followers::new([0; 9]);
        let mut all: Vec<_> = std::iter::from_fn(|| followers.admit()).collect();
        assert_eq!(all.len(), MOST);
        all.pop();
        assert!(followers.admit().is_some());
    }
}
