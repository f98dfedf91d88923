//! What an emulator lets go wrong on purpose, kept in memory: gone at a restart.

use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stead_core::faults::{About, Fault, FaultKind, Faults, Strike};
use stead_proto::id::TenantId;

/// Most faults of a tenant at once.
const MOST: usize = 100;

/// The faults of all tenants. They outlive a reload.
#[derive(Debug, Default)]
pub(crate) struct AllFaults(Mutex<HashMap<TenantId, Arc<TenantFaults>>>);

impl AllFaults {
    /// One tenant's.
    pub(crate) fn of(&self, tenant: &TenantId) -> Arc<TenantFaults> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(tenant.clone()).or_default())
    }
}

/// The faults of one tenant, in the order in which they were set.
#[derive(Debug, Default)]
pub(crate) struct TenantFaults(Mutex<Armed>);

#[derive(Debug, Default)]
struct Armed {
    last: u32,
    faults: Vec<(u32, Fault)>,
}

impl TenantFaults {
    /// Sets one more, and says its number; none where there are too many.
    pub(crate) fn set(&self, fault: Fault) -> Option<u32> {
        let mut armed = self.armed();
        if armed.faults.len() >= MOST {
            return None;
        }
        armed.last += 1;
        let number = armed.last;
        armed.faults.push((number, fault));
        Some(number)
    }

    /// Those that are set and will strike again.
    pub(crate) fn list(&self) -> Vec<(u32, Fault)> {
        self.armed().faults.clone()
    }

    /// Takes one back; whether it was there.
    pub(crate) fn clear(&self, number: u32) -> bool {
        let mut armed = self.armed();
        let before = armed.faults.len();
        armed.faults.retain(|(own, _)| *own != number);
        armed.faults.len() < before
    }

    /// Takes all back.
    pub(crate) fn clear_all(&self) {
        self.armed().faults.clear();
    }

    /// The kinds that strike: every delay, up to the first that refuses. Each has struck once more.
    fn striking(&self, about: &About<'_>) -> Vec<FaultKind> {
        let mut armed = self.armed();
        let mut kinds = Vec::new();
        for (_, fault) in &mut armed.faults {
            if !fault.strikes(about) {
                continue;
            }
            fault.times = fault.times.map(|times| times.saturating_sub(1));
            kinds.push(fault.kind);
            if fault.kind.denied(about).is_some() {
                break;
            }
        }
        armed.faults.retain(|(_, fault)| fault.times != Some(0));
        kinds
    }

    fn armed(&self) -> MutexGuard<'_, Armed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Faults for TenantFaults {
    async fn strike(&self, about: &About<'_>) -> Strike {
        let mut strike = Strike::Spared;
        for kind in self.striking(about) {
            if let FaultKind::Slow { delay_ms } = kind {
                tokio::time::sleep(Duration::from_millis(delay_ms.into())).await;
                strike = Strike::Slowed;
            }
            if let Some(denied) = kind.denied(about) {
                return Strike::Refused(denied);
            }
        }
        strike
    }
}
