//! The store of many nodes: one database, any number of servers on it.
//!
//! A commit travels: [`tenant`] puts it into the [`queue`], the [`writer`] takes everything that waits and
//! writes it as one transaction ([`batch`], then [`apply`] and the file of each noun), to the node's own chain
//! of records ([`lease`]), and answers once it is durable. Questions go to [`readers`]; about revocations they
//! are answered from memory ([`known`]), which the [`follower`] keeps up with what other nodes do
//! ([`versions`]). Why so: `docs/adr/0017-postgresql-store.md`.
//!
//! Beside running servers, [`inspect`] looks at a database and [`export`] takes a backup of it; [`import`] and
//! [`reseal`] have it for themselves ([`presence`]).

mod applications;
mod apply;
mod batch;
mod codes;
mod config;
mod connection;
mod consents;
mod devices;
mod export;
mod factors;
mod fault;
mod follower;
mod import;
mod inspect;
mod keys;
mod known;
mod lease;
mod link;
mod migrations;
mod open;
mod open_error;
mod presence;
mod queue;
mod readers;
mod records;
mod reseal;
mod revocations;
mod scoped;
mod sessions;
mod sweep;
mod tenant;
mod tenants;
mod tls;
mod users;
mod versions;
mod writer;

pub use config::{Follow, PostgresConfig, ServerUrl, UrlError};
pub use import::{Destination, Occupied, Restored};
pub use inspect::{Commits, Condition, PostgresInspection};
pub use migrations::{Migration, Plan};
pub use open_error::PostgresError;

use crate::master_key::MasterKey;
use crate::stats::{Counters, Stats};
use queue::Queue;
use readers::Readers;
use std::sync::Arc;
use stead_core::ports::Store;
use stead_proto::id::TenantId;
use tenants::Tenants;
use tokio::sync::{Mutex, watch};
use tokio::task::{AbortHandle, JoinHandle};

/// Many tenants' store in one database. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Postgres {
    shared: Arc<Shared>,
}

/// What the handles of all tenants share.
#[derive(Debug)]
struct Shared {
    tenants: Arc<Tenants>,
    queue: Arc<Queue>,
    readers: Readers,
    counters: Arc<Counters>,
    keys: watch::Sender<u64>,
    writer: Mutex<Option<JoinHandle<()>>>,
    follower: Option<AbortHandle>,
}

impl Postgres {
    /// Opens a database.
    pub async fn open(config: &PostgresConfig, key: &MasterKey) -> Result<Self, PostgresError> {
        Ok(Self { shared: Arc::new(open::open(config, key).await?) })
    }

    /// What a migration would do.
    pub async fn plan(config: &PostgresConfig) -> Result<Plan, PostgresError> {
        open::migrated(config, true).await
    }

    /// Brings a database to this program's version. Gives what was done.
    pub async fn migrate(config: &PostgresConfig) -> Result<Plan, PostgresError> {
        open::migrated(config, false).await
    }

    /// A handle that sees one tenant.
    #[must_use]
    pub fn tenant(&self, tenant: &TenantId) -> Arc<dyn Store> {
        let known = self.shared.tenants.of(tenant);
        Arc::new(tenant::Tenant::new(Arc::clone(&self.shared), known))
    }

    /// What was written since it was opened.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.counters.stats()
    }

    /// Changes whenever another node changed a signing key or whose tokens are taken: they are to be read
    /// again.
    #[must_use]
    pub fn keys_changed(&self) -> watch::Receiver<u64> {
        self.shared.keys.subscribe()
    }

    /// Writes what waits, lets go of the chain and of all connections. All handles answer "unavailable" from
    /// then on.
    pub async fn close(&self) {
        self.shared.queue.close();
        if let Some(writer) = self.shared.writer.lock().await.take()
            && writer.await.is_err()
        {
            tracing::error!("the writer of the store did not end well");
        }
        self.shared.stop_following();
        self.shared.readers.close().await;
    }
}

impl Shared {
    fn stop_following(&self) {
        if let Some(follower) = &self.follower {
            follower.abort();
        }
    }
}

/// A store that is merely dropped writes what waits all the same, while the program runs.
impl Drop for Shared {
    fn drop(&mut self) {
        self.queue.close();
        self.stop_following();
    }
}
