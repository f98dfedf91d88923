//! Anchoring: each node says now and then how far the chains of the others reach.

use crate::app::App;
use std::collections::HashMap;
use stead_core::anchor::Anchored;
use stead_proto::id::TenantId;
use stead_proto::time::{Seconds, Timestamp};

/// How long the ends of the chains may be known to themselves alone: what was written since the last anchor
/// can be taken off the end of a chain unnoticed.
const EVERY: Seconds = Seconds(300);

/// What was anchored of each tenant.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    next: Timestamp,
    last: HashMap<TenantId, Anchored>,
}

impl Anchors {
    /// Anchors every tenant's chains when it is time. One tenant's failure is not another's.
    pub(crate) async fn keep(&mut self, app: &App) {
        let now = app.moment().now;
        if now < self.next {
            return;
        }
        self.next = now + EVERY;
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
