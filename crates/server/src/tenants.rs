//! The tenants that are served: their stores, keys and what their resource files asked for.

use crate::config::{StoreConfig, TenantConfig};
use crate::faults::{AllFaults, TenantFaults};
use crate::keys::{KeysError, TenantKeys};
use crate::proved::AllProved;
use crate::start_error::StartError;
use std::future::pending;
use std::sync::Arc;
use stead_core::admin::reconcile::{Desired, OnFile, plan};
use stead_core::admin::{Admin, AdminError, By};
use stead_core::faults::Faults;
use stead_core::model::tenant::Named;
use stead_core::moment::Moment;
use stead_core::ports::{IssuerKeys, Keys, Passwords, Store, StoreError};
use stead_core::settings::Settings;
use stead_core::sts::Sts;
use stead_proto::id::{Issuer, TenantId};
use stead_proto::metadata::Endpoints;
use stead_store::{MasterKey, Memory, Postgres, Sqlite, Stats};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// How often what the files ask for is made so while others change the same. Each time they have done some of
/// it.
const TRIES: usize = 4;

/// One tenant that is served.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) sts: Sts,
    pub(crate) keys: Arc<TenantKeys>,
    /// What is to go wrong on purpose; nothing but in an emulator.
    pub(crate) faults: Option<Arc<TenantFaults>>,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tenants(Vec<Tenant>);

impl Tenants {
    /// The tenant of this name or id.
    pub(crate) fn called(&self, segment: &str) -> Option<&Tenant> {
        self.iter().find(|tenant| tenant.sts.tenant.is_called(segment))
    }

    /// The tenant that a public URL means, and how it says so. Where several are served, `common` is none of
    /// them.
    pub(crate) fn addressed(&self, segment: &str) -> Option<(&Tenant, Named)> {
        if let Some(tenant) = self.called(segment) {
            return Some((tenant, Named::Itself));
        }
        match self.0.as_slice() {
            [only] if Named::is_common(segment) => Some((only, Named::Common)),
            _ => None,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tenant> {
        self.0.iter()
    }

    /// Reads everybody's keys again. One tenant's failure is not another's.
    pub(crate) async fn renew_keys(&self, moment: impl Fn() -> Moment) {
        for tenant in self.iter() {
            if let Err(error) = tenant.keys.renew(&moment()).await {
                tracing::error!(%error, tenant = %tenant.sts.tenant.name, "keys were not read again");
            }
        }
    }
}

/// Where tenants' memories come from. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) enum Stores {
    Memory(Arc<Memory>),
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Stores {
    pub(crate) async fn open(config: &StoreConfig, master: &MasterKey) -> Result<Self, StartError> {
        match config {
            StoreConfig::Memory => Ok(Self::Memory(Arc::new(Memory::new()))),
            StoreConfig::Sqlite { file } => Sqlite::open(file, master)
                .map(Self::Sqlite)
                .map_err(|error| StartError::Store(error.to_string())),
            StoreConfig::Postgres(config) => Postgres::open(config, master)
                .await
                .map(Self::Postgres)
                .map_err(|error| StartError::Store(error.to_string())),
        }
    }

    /// Writes what waits and lets go of the file or the database.
    pub(crate) async fn close(&self) {
        match self {
            Self::Memory(_) => {}
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.close().await,
        }
    }

    /// What was written, where that is counted.
    pub(crate) fn stats(&self) -> Option<Stats> {
        match self {
            Self::Memory(_) => None,
            Self::Sqlite(sqlite) => Some(sqlite.stats()),
            Self::Postgres(postgres) => Some(postgres.stats()),
        }
    }

    /// Whether the last that was to be written could not be.
    pub(crate) fn is_failing(&self) -> bool {
        self.stats().is_some_and(|stats| stats.failing)
    }

    /// Returns when another node changed keys; never, where there is no other.
    pub(crate) async fn keys_changed(&self, seen: &mut Option<watch::Receiver<u64>>) {
        let keys = match self {
            Self::Memory(_) | Self::Sqlite(_) => return pending().await,
            Self::Postgres(postgres) => seen.get_or_insert_with(|| postgres.keys_changed()),
        };
        if keys.changed().await.is_err() {
            pending::<()>().await;
        }
    }

    fn tenant(&self, id: &TenantId) -> Arc<dyn Store> {
        match self {
            Self::Memory(memory) => memory.tenant(id),
            Self::Sqlite(sqlite) => sqlite.tenant(id),
            Self::Postgres(postgres) => postgres.tenant(id),
        }
    }
}

/// What all tenants are made from.
#[derive(Debug)]
pub(crate) struct Foundation {
    pub(crate) stores: Stores,
    pub(crate) master: Arc<MasterKey>,
    pub(crate) passwords: Arc<dyn Passwords>,
    pub(crate) public_url: String,
    pub(crate) settings: Arc<Settings>,
    /// In an emulator only.
    pub(crate) faults: Option<AllFaults>,
    pub(crate) issuer_keys: Arc<dyn IssuerKeys>,
    pub(crate) proved: AllProved,
}

impl Foundation {
    /// Makes the tenants and what is on file for them what the files ask for. Also says what changed.
    pub(crate) async fn build(
        &self,
        configs: Vec<TenantConfig>,
        moment: impl Fn() -> Moment,
    ) -> Result<(Tenants, Vec<String>), StartError> {
        distinct(&configs)?;
        let (mut tenants, mut changes) = (Vec::new(), Vec::new());
        for config in configs {
            let tenant = self.tenant(&config, &moment()).await?;
            let name = &config.tenant.name;
            let lines = self.reconciled(&tenant.sts, config.desired, &moment).await;
            let lines = lines.map_err(|error| StartError::Resources {
                tenant: name.to_string(),
                problem: error.to_string(),
            })?;
            changes.extend(lines.into_iter().map(|line| format!("{name}: {line}")));
            tenants.push(tenant);
        }
        Ok((Tenants(tenants), changes))
    }

    async fn tenant(&self, config: &TenantConfig, moment: &Moment) -> Result<Tenant, StartError> {
        let store = self.stores.tenant(&config.tenant.id);
        let (master, rules) = (Arc::clone(&self.master), self.settings.signing);
        let keys = TenantKeys::open(Arc::clone(&store), master, rules, moment).await;
        let keys = keys.map_err(|error| match error {
            KeysError::Sealed => StartError::SigningKey {
                tenant: config.tenant.name.to_string(),
                master_key: self.master.path().to_owned(),
            },
            KeysError::Failed(error) => StartError::Store(error.to_string()),
        })?;
        let endpoints = Endpoints::new(&self.public_url, config.in_urls.segment(&config.tenant));
        let issuer = Issuer::parse(endpoints.issuer())
            .map_err(|_| StartError::PublicUrl(self.public_url.clone()))?;
        let faults = self.faults.as_ref().map(|all| all.of(&config.tenant.id));
        let proved = self.proved.of(&config.tenant.id, &issuer);
        let sts = Sts {
            faults: faults.clone().map(|own| own as Arc<dyn Faults>),
            tenant: config.tenant.clone(),
            issuer,
            endpoints,
            store,
            administrators: config.administrators.clone(),
            keys: Arc::clone(&keys) as Arc<dyn Keys>,
            issuer_keys: Arc::clone(&self.issuer_keys),
            proved,
            settings: Arc::new(Settings {
                second_factor: config.second_factor,
                ..Settings::clone(&self.settings)
            }),
        };
        Ok(Tenant { sts, keys, faults })
    }

    /// What stands against it may be what another node makes of the same files at the same time: then it is
    /// looked again, and there is less to do. Of several that start at once one writes and puts it on record.
    async fn reconciled(
        &self,
        sts: &Sts,
        desired: Desired,
        moment: impl Fn() -> Moment,
    ) -> Result<Vec<String>, AdminError> {
        let desired = Arc::new(desired);
        for _ in 1..TRIES {
            match self.reconcile(sts, &desired, &moment).await {
                Err(AdminError::Conflict(_)) => {}
                done => return done,
            }
        }
        self.reconcile(sts, &desired, &moment).await
    }

    /// Passwords in the files are checked on the way, each once against its hash on file, for nothing else
    /// says that it is still the same; only one that changed is hashed. Slow on purpose: not on a thread that
    /// answers requests.
    async fn reconcile(
        &self,
        sts: &Sts,
        desired: &Arc<Desired>,
        moment: impl Fn() -> Moment,
    ) -> Result<Vec<String>, AdminError> {
        let on_file = OnFile::read(sts, desired).await?;
        let (passwords, desired, at) = (Arc::clone(&self.passwords), Arc::clone(desired), moment());
        let planned = spawn_blocking(move || plan(&desired, &on_file, &*passwords, &at)).await;
        let planned =
            planned.map_err(|_| StoreError::Unavailable("the server stops".to_owned()))?;
        Admin::new(sts, By::Files).apply(planned?, &moment()).await
    }
}

/// A segment of a URL may mean one tenant only.
fn distinct(configs: &[TenantConfig]) -> Result<(), StartError> {
    for (place, config) in configs.iter().enumerate() {
        let tenant = &config.tenant;
        let taken = configs.iter().take(place).any(|other| {
            other.tenant.is_called(tenant.name.as_str())
                || other.tenant.is_called(tenant.id.as_str())
        });
        if taken {
            return Err(StartError::TenantTwice(tenant.name.to_string()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
