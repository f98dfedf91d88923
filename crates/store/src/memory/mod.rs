//! The store for tests and the first five minutes: nothing survives the process.

mod apply;
mod devices;
mod state;
mod table;
mod tenant;

use state::State;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use stead_core::ports::Store;
use stead_proto::id::TenantId;

/// Many tenants' memory.
#[derive(Debug, Default)]
pub struct Memory {
    tenants: Mutex<HashMap<TenantId, Arc<Mutex<State>>>>,
}

impl Memory {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A handle that sees one tenant. All handles of a tenant see the same.
    #[must_use]
    pub fn tenant(&self, tenant: &TenantId) -> Arc<dyn Store> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let state = tenants.entry(tenant.clone()).or_default();
        Arc::new(tenant::Tenant::new(Arc::clone(state)))
    }
}
