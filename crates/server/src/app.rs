//! What the handlers share.

use crate::admin_token::AdminToken;
use crate::faults::TenantFaults;
use crate::followers::Followers;
use crate::keys::TenantKeys;
use crate::moment::Moments;
use crate::passkeys::RelyingParty;
use crate::passwords::PasswordPool;
use crate::rate_limit::Attempts;
use crate::tenants::{Stores, Tenants};
use arc_swap::ArcSwap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stead_core::model::tenant::Named;
use stead_core::moment::Moment;
use stead_core::sts::Sts;
use stead_proto::time::Seconds;
use stead_store::MasterKey;
use stead_telemetry::Telemetry;

/// What the handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) tenants: ArcSwap<Tenants>,
    pub(crate) stores: Stores,
    pub(crate) moments: Arc<dyn Moments>,
    pub(crate) passwords: PasswordPool,
    pub(crate) attempts: Attempts,
    pub(crate) master: Arc<MasterKey>,
    pub(crate) admin_token: AdminToken,
    pub(crate) relying_party: Option<RelyingParty>,
    pub(crate) leaving: AtomicBool,
    pub(crate) keep_records: Option<Seconds>,
    pub(crate) followers: Followers,
    pub(crate) telemetry: Telemetry,
}

impl App {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// The tenant that a public URL means by this segment, and how it says so.
    pub(crate) fn addressed(&self, segment: &str) -> Option<(Sts, Named)> {
        let tenants = self.0.tenants.load();
        tenants.addressed(segment).map(|(tenant, named)| (tenant.sts.clone(), named))
    }

    /// The tenant of this name or id, in any case.
    #[must_use]
    pub fn sts(&self, segment: &str) -> Option<Sts> {
        self.0.tenants.load().called(segment).map(|tenant| tenant.sts.clone())
    }

    /// All tenants.
    #[must_use]
    pub fn tenants(&self) -> Vec<Sts> {
        self.0.tenants.load().iter().map(|tenant| tenant.sts.clone()).collect()
    }

    /// A tenant's signing keys, to rotate.
    #[must_use]
    pub fn keys(&self, segment: &str) -> Option<Arc<TenantKeys>> {
        self.0.tenants.load().called(segment).map(|tenant| Arc::clone(&tenant.keys))
    }

    /// What is to go wrong for a tenant on purpose; nothing but in an emulator.
    pub(crate) fn faults(&self, segment: &str) -> Option<Arc<TenantFaults>> {
        self.0.tenants.load().called(segment).and_then(|tenant| tenant.faults.clone())
    }

    /// Now, and fresh random bits: once a request.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.0.moments.moment()
    }

    /// Where passwords are hashed and checked.
    #[must_use]
    pub fn passwords(&self) -> &PasswordPool {
        &self.0.passwords
    }

    /// The file with the token that opens the admin API.
    #[must_use]
    pub fn admin_token_file(&self) -> &Path {
        self.0.admin_token.file()
    }

    /// What opens the admin API.
    pub(crate) fn admin_token(&self) -> &AdminToken {
        &self.0.admin_token
    }

    pub(crate) fn attempts(&self) -> &Attempts {
        &self.0.attempts
    }

    pub(crate) fn master_key(&self) -> &MasterKey {
        &self.0.master
    }

    /// Who asks for passkeys, if the public URL lets anybody.
    pub(crate) fn relying_party(&self) -> Option<&RelyingParty> {
        self.0.relying_party.as_ref()
    }

    /// Who follows what is revoked.
    pub(crate) fn followers(&self) -> &Followers {
        &self.0.followers
    }

    /// Who is told of what it does.
    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.0.telemetry
    }

    /// From now on it says that it is not ready, and answers all the same.
    pub(crate) fn leave(&self) {
        self.0.leaving.store(true, Ordering::Relaxed);
    }

    /// How long records are kept; for good if nothing says so.
    pub(crate) fn keeps_records(&self) -> Option<Seconds> {
        self.0.keep_records
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.0.leaving.load(Ordering::Relaxed)
    }

    pub(crate) fn stores(&self) -> &Stores {
        &self.0.stores
    }

    pub(crate) fn all_tenants(&self) -> Arc<Tenants> {
        self.0.tenants.load_full()
    }

    pub(crate) fn serve_tenants(&self, tenants: Tenants) {
        self.0.tenants.store(Arc::new(tenants));
    }
}
