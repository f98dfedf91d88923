//! A store that is looked into beside its server.

use super::TENANT;
use std::path::Path;
use std::sync::Arc;
use stead_core::ports::Store;
use stead_proto::id::TenantId;
use stead_store::{Follow, MasterKey, Postgres, PostgresConfig, Sqlite};

/// A store that is looked into beside its server.
#[derive(Debug)]
pub struct Opened {
    backend: Backend,
    /// The tenant's questions and answers.
    pub store: Arc<dyn Store>,
}

#[derive(Debug)]
enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Opened {
    /// Opens the file in a folder that a server made; only while none has it open.
    pub fn file(data: &Path) -> anyhow::Result<Self> {
        let sqlite = Sqlite::open_in(data, &key(data)?)?;
        let store = sqlite.tenant(&TenantId::parse(TENANT)?);
        Ok(Self { backend: Backend::Sqlite(sqlite), store })
    }

    /// Opens a database whose servers have their key in that folder.
    pub async fn database(url: &str, data: &Path) -> anyhow::Result<Self> {
        let url = url.parse().map_err(|error| anyhow::anyhow!("{error}"))?;
        let config = PostgresConfig { follow: Follow::WhenAsked, ..PostgresConfig::new(url) };
        let postgres = Postgres::open(&config, &key(data)?).await?;
        let store = postgres.tenant(&TenantId::parse(TENANT)?);
        Ok(Self { backend: Backend::Postgres(postgres), store })
    }

    /// Lets go of it, for the server to have it.
    pub async fn close(self) {
        match self.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close().await,
        }
    }
}

/// The key that a server has made.
fn key(data: &Path) -> anyhow::Result<MasterKey> {
    let made_already = [0; 32];
    Ok(MasterKey::load_or_create(&data.join("master.key"), made_already)?)
}
