//! The store of one node: one file, one writer, nothing to install.
//!
//! A commit travels: [`tenant`] puts it into the [`queue`], the [`writer`] takes everything that waits,
//! applies it ([`apply`], then the file of each noun), writes the records as one [`segment`] and, once that is
//! durable, gives out the [`answers`] together. Questions go to [`readers`]; about revocations they are
//! answered from memory ([`known`]), about what every token needs if it is [`remembered`]. Why so:
//! `docs/adr/0003-sqlite-writer.md` and `0019-segments-and-memory.md`.

mod answers;
mod applications;
mod apply;
mod checkpointer;
mod codes;
mod consents;
mod devices;
mod export;
mod factors;
mod fault;
mod import;
mod inspect;
mod keys;
mod known;
mod marks;
mod merge;
mod migrations;
mod open;
mod open_error;
mod queue;
mod readers;
mod records;
mod reseal;
mod revocations;
mod scoped;
mod segment;
mod sessions;
mod sweep;
mod tenant;
mod users;
mod writer;

pub use import::{RestoreError, move_aside};
pub use inspect::{Depth, Inspection};
pub use open_error::OpenError;

use crate::master_key::MasterKey;
use crate::stats::{Counters, Stats};
use checkpointer::Bell;
use known::Known;
use queue::Queue;
use readers::Readers;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use stead_core::ports::Store;
use stead_proto::id::TenantId;
use tokio::sync::oneshot;

/// Many tenants' store in one file. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Sqlite {
    shared: Arc<Shared>,
}

/// What the handles of all tenants share.
#[derive(Debug)]
struct Shared {
    tenants: Mutex<HashMap<TenantId, Arc<Known>>>,
    queue: Arc<Queue>,
    readers: Readers,
    bell: Arc<Bell>,
    counters: Arc<Counters>,
    lock: File,
    threads: Mutex<Option<Threads>>,
}

#[derive(Debug)]
struct Threads {
    writer: JoinHandle<()>,
    reader: JoinHandle<()>,
    checkpointer: JoinHandle<()>,
}

impl Sqlite {
    /// Opens a database, making it if there is none. Only one process at a time can have it open.
    pub fn open(path: impl AsRef<Path>, key: &MasterKey) -> Result<Self, OpenError> {
        Ok(Self { shared: Arc::new(open::open(path.as_ref(), key)?) })
    }

    /// Opens the database of a data directory: `stead.db` in it.
    pub fn open_in(directory: impl AsRef<Path>, key: &MasterKey) -> Result<Self, OpenError> {
        Self::open(directory.as_ref().join("stead.db"), key)
    }

    /// A handle that sees one tenant.
    #[must_use]
    pub fn tenant(&self, tenant: &TenantId) -> Arc<dyn Store> {
        let mut tenants = self.shared.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let known =
            tenants.entry(tenant.clone()).or_insert_with(|| Arc::new(Known::new(tenant.clone())));
        Arc::new(tenant::Tenant::new(Arc::clone(&self.shared), Arc::clone(known)))
    }

    /// What was written since it was opened.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.counters.stats()
    }

    /// Writes what waits, carries the log into the file and lets go of it. All handles answer
    /// "unavailable" from then on. A store that is merely dropped does the same, blocking.
    pub async fn close(&self) {
        let (done, finished) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let closing = thread::Builder::new().name("stead-close".into()).spawn(move || {
            shared.close();
            _ = done.send(());
        });
        match closing {
            Ok(_) => _ = finished.await,
            Err(_) => self.shared.close(),
        }
    }
}

impl Shared {
    /// The readers go before the last checkpoint, so that nothing holds on to the log.
    fn close(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(threads) = threads.take() else { return };
        self.queue.close();
        end(threads.writer);
        self.readers.close();
        self.forget_everything();
        end(threads.reader);
        self.bell.close();
        end(threads.checkpointer);
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the database stays locked until this process ends");
        }
    }

    /// A store that is closed does not answer from memory either.
    fn forget_everything(&self) {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants.values().for_each(|tenant| tenant.remembered.forget_everything());
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

fn end(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("a thread of the store did not end well");
    }
}
