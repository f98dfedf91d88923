//! Places for connections: so many in all, and of those no more than a share for one network.
//!
//! A connection that answers every ping costs its owner next to nothing. Without shares, one machine
//! could take all places and keep them.

use crate::client_address::network_of;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// All places.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    taken: Arc<Taken>,
    share: usize,
}

/// How many each network has.
#[derive(Debug, Default)]
struct Taken(Mutex<HashMap<IpAddr, usize>>);

/// One place, of whoever connects next.
#[derive(Debug)]
pub(crate) struct FreePlace(OwnedSemaphorePermit);

/// One place that is taken until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    of_network: Option<(IpAddr, Arc<Taken>)>,
}

impl Places {
    /// So many, and so many of them for one network.
    pub(crate) fn new(all: usize, share: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(all)), taken: Arc::default(), share }
    }

    /// Waits until there is one.
    pub(crate) async fn free(&self) -> Result<FreePlace, AcquireError> {
        Arc::clone(&self.free).acquire_owned().await.map(FreePlace)
    }

    /// Gives it to somebody; `None` if their network has its share.
    pub(crate) fn take(&self, free: FreePlace, address: Option<IpAddr>) -> Option<Place> {
        let of_network = match address.map(network_of) {
            Some(network) => {
                let mut taken = self.taken.lock();
                let theirs = taken.entry(network).or_default();
                if *theirs >= self.share {
                    return None;
                }
                *theirs += 1;
                Some((network, Arc::clone(&self.taken)))
            }
            None => None,
        };
        Some(Place { _of_all: free.0, of_network })
    }
}

impl Taken {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((network, taken)) = &self.of_network else { return };
        let mut taken = taken.lock();
        if let Some(theirs) = taken.get_mut(network) {
            *theirs -= 1;
            if *theirs == 0 {
                taken.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn taken(places: &Places, address: &str) -> Option<Place> {
        let free = places.free().await.unwrap();
        places.take(free, Some(address.parse().unwrap()))
    }

    #[tokio::test]
    async fn a_network_that_has_its_share_leaves_the_rest_to_the_others() {
        let places = Places::new(8, 2);
        let first = taken(&places, "192.0.2.1").await;
        let second = taken(&places, "192.0.2.1").await;
        assert!(first.is_some() && second.is_some());
        assert!(taken(&places, "192.0.2.1").await.is_none());
        assert!(taken(&places, "192.0.2.2").await.is_some());

        drop(second);
        assert!(taken(&places, "192.0.2.1").await.is_some());
    }

    #[tokio::test]
    async fn one_customers_addresses_are_one_network() {
        let places = Places::new(8, 1);
        let _one = taken(&places, "2001:db8::1").await.unwrap();
        assert!(taken(&places, "2001:db8::2").await.is_none());
        assert!(taken(&places, "2001:db8:0:1::2").await.is_some());
    }

    #[tokio::test]
    async fn who_has_no_address_has_no_share_and_nobody_is_remembered_who_left() {
        let places = Places::new(3, 1);
        let (one, two) = (places.free().await.unwrap(), places.free().await.unwrap());
        let local = [places.take(one, None).unwrap(), places.take(two, None).unwrap()];
        drop(taken(&places, "192.0.2.1").await);
        assert!(places.taken.lock().is_empty());
        assert_eq!(places.free.available_permits(), 1);
        drop(local);
        assert_eq!(places.free.available_permits(), 3);
    }
}
