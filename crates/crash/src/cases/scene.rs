//! What every case begins with: a folder, a database if there is one, and nobody promised anything.

use super::Plan;
use crate::inspect::{Depth, Inspector};
use crate::ledger::Ledger;
use crate::load::{ACTORS, Crowd};
use crate::loss::Loss;
use crate::report::Verdict;
use crate::server::{Server, Start};
use crate::world::{Kind, Opened, World};
use anyhow::{Context, anyhow};
use private_postgres::Durability;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// How long a server has for the requests it is to accept, before it is killed all the same.
const AT_MOST: Duration = Duration::from_secs(10);

/// Where a case takes place.
pub(super) struct Scene {
    pub(super) world: Arc<World>,
    pub(super) database: Option<private_postgres::Server>,
    pub(super) start: Start,
    pub(super) dice: fastrand::Rng,
    pub(super) inspector: Inspector,
    folder: TempDir,
}

impl Scene {
    /// A fresh one.
    pub(super) fn set(plan: &Plan, store: Kind) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("there is no temporary folder")?;
        let database = match store {
            Kind::Sqlite => None,
            Kind::Postgres => {
                let place = folder.path().join("postgres");
                let started = private_postgres::Server::start(&place, Durability::Durable);
                Some(started.map_err(|why| anyhow!("there is no PostgreSQL: {why}"))?)
            }
        };
        let url = database.as_ref().map(private_postgres::Server::url);
        let mut dice = fastrand::Rng::with_seed(plan.seed);
        let world = Arc::new(World::make(folder.path(), ACTORS, url, &mut dice)?);
        let (start, inspector) = (Start::plain(&plan.stead), Inspector::default());
        Ok(Self { world, database, start, dice, inspector, folder })
    }

    /// Everybody, before anything was promised.
    pub(super) fn crowd(&mut self) -> Crowd {
        Crowd::new(&self.world, &mut self.dice)
    }

    /// The server.
    pub(super) async fn server(&self) -> anyhow::Result<Server> {
        self.start.server(&self.world).await
    }

    /// A server's life: started, under load until it has accepted so many requests, killed.
    pub(super) async fn life(&self, crowd: Crowd, accepted: u64) -> anyhow::Result<Crowd> {
        let server = self.server().await?;
        let acting = crowd.act([&server])?;
        acting.until(accepted, AT_MOST).await;
        server.kill().await?;
        acting.end().await
    }

    /// What is missing of what was promised. A file is looked into only while no server has it.
    pub(super) async fn look(&mut self, crowd: &Crowd, depth: Depth) -> anyhow::Result<Vec<Loss>> {
        look(self.world.open().await, &crowd.ledger, &mut self.inspector, depth).await
    }

    /// Where the server's folder is kept, if something was lost.
    pub(super) fn evidence(self, verdict: &mut Verdict) {
        if !verdict.losses.is_empty() {
            verdict.evidence(&self.folder.keep());
        }
    }

    /// A place for copies.
    pub(super) fn aside(&self) -> PathBuf {
        self.folder.path().join("copy")
    }
}

/// What is missing of what was promised, in a store that opens or does not.
pub(super) async fn look(
    opened: anyhow::Result<Opened>,
    ledger: &Ledger,
    inspector: &mut Inspector,
    depth: Depth,
) -> anyhow::Result<Vec<Loss>> {
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => return Ok(vec![Loss::Closed(format!("{error:#}"))]),
    };
    let losses = inspector.look(&*opened.store, ledger, depth).await?;
    opened.close().await;
    Ok(losses)
}
