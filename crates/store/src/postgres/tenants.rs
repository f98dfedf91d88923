//! The tenants that this node knows of, by id.

use super::known::Known;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stead_proto::id::TenantId;
use tokio::sync::watch;

/// What is known of each tenant.
#[derive(Debug)]
pub(super) struct Tenants {
    all: Mutex<HashMap<TenantId, Arc<Known>>>,
    keys: watch::Sender<u64>,
}

impl Tenants {
    /// Nobody yet. `keys` counts changes of anybody's keys.
    pub(super) fn new(keys: watch::Sender<u64>) -> Self {
        Self { all: Mutex::default(), keys }
    }

    /// What is known of one; nothing yet, if it was never asked for.
    pub(super) fn of(&self, id: &TenantId) -> Arc<Known> {
        let known = || Arc::new(Known::new(id.clone(), self.keys.clone()));
        Arc::clone(self.lock().entry(id.clone()).or_insert_with(known))
    }

    /// The one of this id, if it is served here.
    pub(super) fn called(&self, id: &str) -> Option<Arc<Known>> {
        self.lock().get(id).map(Arc::clone)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Arc<Known>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
