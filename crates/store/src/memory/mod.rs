//! The store for tests and the first five minutes: nothing survives the process.

mod apply;
mod devices;
mod state;
mod table;
mod tenant;

use state::State;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use stead_core::chain::Chain;
use stead_core::ports::Store;
use stead_proto::id::TenantId;

/// Many tenants' memory, as one node writes it.
#[derive(Debug)]
pub struct Memory {
    tenants: Arc<Mutex<HashMap<TenantId, Arc<Mutex<State>>>>>,
    chain: Chain,
}

impl Memory {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self { tenants: Arc::default(), chain: Chain::FIRST }
    }

    /// The same memory as another node writes it: its records are a chain of their own.
    #[must_use]
    pub fn node(&self, chain: Chain) -> Self {
        Self { tenants: Arc::clone(&self.tenants), chain }
    }

    /// A handle that sees one tenant. All handles of a tenant see the same.
    #[must_use]
    pub fn tenant(&self, tenant: &TenantId) -> Arc<dyn Store> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let state = tenants.entry(tenant.clone()).or_default();
        Arc::new(tenant::Tenant::new(Arc::clone(state), self.chain))
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}
