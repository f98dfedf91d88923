//! Anchoring: each node says now and then how far the chains of the others reach.

use crate::app::App;
use std::collections::HashMap;
use stead_core::anchor::Anchored;
use stead_proto::id::TenantId;

/// How many rounds of housekeeping lie between two anchors: what was written since the last one can be
/// taken off the end of all chains unnoticed.
const ROUNDS: u32 = 20;

/// What was anchored of each tenant.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    round: u32,
    last: HashMap<TenantId, Anchored>,
}

impl Anchors {
    /// Anchors every tenant's chains when it is time. One tenant's failure is not another's.
    pub(crate) async fn keep(&mut self, app: &App) {
        self.round = (self.round + 1) % ROUNDS;
        if self.round != 0 {
            return;
        }
        for sts in app.tenants() {
            let last = self.last.entry(sts.tenant.id.clone()).or_default();
            match sts.anchor(last, &app.moment()).await {
                Ok(anchored) => *last = anchored,
                Err(error) => {
                    tracing::warn!(%error, tenant = %sts.tenant.name, "the chains were not anchored");
                }
            }
        }
    }
}
