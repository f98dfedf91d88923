//! One tenant's authorization server: what the decisions have at hand.

use crate::faults::Faults;
use crate::keys::KeyRing;
use crate::model::tenant::Tenant;
use crate::moment::Moment;
use crate::ports::{IssuerKeys, Keys, Store};
use crate::proved::ProvedTokens;
use crate::settings::Settings;
use std::sync::Arc;
use stead_proto::error::Trace;
use stead_proto::id::{GroupId, Issuer};
use stead_proto::jwt::Algorithm;
use stead_proto::metadata::Endpoints;

/// One tenant's authorization server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sts {
    /// Which tenant.
    pub tenant: Tenant,
    /// Its issuer.
    pub issuer: Issuer,
    /// Where its endpoints are.
    pub endpoints: Endpoints,
    /// The group whose members may agree for everybody; without one nobody may.
    pub administrators: Option<GroupId>,
    /// What it remembers.
    pub store: Arc<dyn Store>,
    /// What it signs with.
    pub keys: Arc<dyn Keys>,
    /// The keys of other issuers.
    pub issuer_keys: Arc<dyn IssuerKeys>,
    /// Which tokens were proved before.
    pub proved: Arc<dyn ProvedTokens>,
    /// What goes wrong on purpose; nothing but in an emulator.
    pub faults: Option<Arc<dyn Faults>>,
    /// Lifetimes and limits.
    pub settings: Arc<Settings>,
}

impl Sts {
    /// The keys for one request.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        self.keys.ring()
    }

    /// The same with a key for this algorithm, if there is one or one is in the making.
    pub async fn ring_for(&self, algorithm: Algorithm) -> Arc<KeyRing> {
        let ring = self.ring();
        if ring.signer(algorithm).is_some() { ring } else { self.keys.complete().await }
    }

    /// What every answer to this request carries.
    #[must_use]
    pub fn trace(&self, moment: &Moment) -> Trace {
        Trace {
            trace_id: moment.trace_id(),
            correlation_id: moment.correlation_id.clone(),
            at: moment.now,
        }
    }
}
