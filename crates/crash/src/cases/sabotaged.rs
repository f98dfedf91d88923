//! Robbed between a kill and the next start: the harness has to notice each time, or it could notice nothing.

use super::{Plan, kill};
use crate::inspect::{Depth, Inspector};
use crate::ledger::Ledger;
use crate::load::{ACTORS, Crowd};
use crate::loss::Loss;
use crate::report::Verdict;
use crate::sabotage::Sabotage;
use crate::server::Start;
use crate::world::{Kind, World};
use anyhow::{Context, ensure};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// How many requests are accepted before and after.
const LIFE: u64 = 600;

/// Robs it in every way there is: copies of what one server left, and at last the server's own store.
pub(super) async fn run(plan: &Plan, store: Kind) -> Vec<Verdict> {
    let verdict = |sabotage| Verdict::new(format!("noticed: {sabotage}"), store);
    let mut robbed = match Robbed::after_a_life(plan).await {
        Ok(robbed) => robbed,
        Err(error) => {
            let mut verdict = Verdict::new("noticed: anything", store);
            verdict.failed(&error);
            return vec![verdict];
        }
    };
    let mut verdicts = Vec::new();
    for sabotage in Sabotage::ALL {
        let noticed = if sabotage.shows_on_file() {
            robbed.of_a_copy(sabotage).await
        } else {
            robbed.of_its_own(sabotage).await
        };
        let mut verdict = verdict(sabotage);
        match noticed {
            Ok(losses) => verdict.noticed(&losses),
            Err(error) => verdict.failed(&error),
        }
        verdicts.push(verdict);
    }
    verdicts
}

/// What a server left when it was killed.
struct Robbed {
    start: Start,
    world: Arc<World>,
    folder: TempDir,
    crowd: Option<Crowd>,
    inspector: Inspector,
}

impl Robbed {
    async fn after_a_life(plan: &Plan) -> anyhow::Result<Self> {
        let mut dice = fastrand::Rng::with_seed(plan.seed);
        let folder = tempfile::tempdir().context("there is no temporary folder")?;
        let world = Arc::new(World::make(folder.path(), ACTORS, &mut dice)?);
        let start = Start::plain(&plan.stead);
        let crowd = kill::one(&start, &world, Crowd::new(&world, &mut dice), LIFE).await?;
        Ok(Self { start, world, folder, crowd: Some(crowd), inspector: Inspector::default() })
    }

    /// What is noticed in a copy of it: nothing before it is robbed.
    async fn of_a_copy(&self, sabotage: Sabotage) -> anyhow::Result<Vec<Loss>> {
        let copy = self.folder.path().join("copy");
        let before = self.copied(&copy).await?;
        ensure!(before.is_empty(), "a loss before anything was taken: {}", first(&before));
        sabotage.strike(&copy.join("stead.db"))?;
        self.look(&copy).await
    }

    /// What is noticed in a copy that nobody has robbed yet.
    async fn copied(&self, copy: &Path) -> anyhow::Result<Vec<Loss>> {
        if copy.exists() {
            fs::remove_dir_all(copy)?;
        }
        fs::create_dir(copy)?;
        for name in ["master.key", "stead.db", "stead.db-wal"] {
            let (from, to) = (self.world.data().join(name), copy.join(name));
            // Whoever looked before has carried the log over: there may be none.
            if from.exists() {
                fs::copy(from, to)?;
            }
        }
        self.look(copy).await
    }

    async fn look(&self, data: &Path) -> anyhow::Result<Vec<Loss>> {
        let crowd = self.crowd.as_ref().context("everybody is busy")?;
        let ledger = Ledger::from(crowd.ledger.lock().clone());
        kill::look(data, &ledger, &mut self.inspector.clone(), Depth::All).await
    }

    /// What is noticed once a server has answered out of it.
    async fn of_its_own(&mut self, sabotage: Sabotage) -> anyhow::Result<Vec<Loss>> {
        let crowd = self.crowd.take().context("everybody is busy")?;
        sabotage.strike(&self.world.data().join("stead.db"))?;
        let crowd = kill::one(&self.start, &self.world, crowd, LIFE).await?;
        let (data, inspector) = (self.world.data(), &mut self.inspector);
        let losses = kill::look(&data, &crowd.ledger, inspector, Depth::All).await?;
        self.crowd = Some(crowd);
        Ok(losses)
    }
}

fn first(losses: &[Loss]) -> String {
    losses.first().map(ToString::to_string).unwrap_or_default()
}
