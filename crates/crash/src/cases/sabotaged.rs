//! Robbed between a kill and the next start: the harness has to notice each time, or it could notice nothing.

use super::Plan;
use super::scene::{Scene, look};
use crate::inspect::Depth;
use crate::ledger::Ledger;
use crate::load::Crowd;
use crate::loss::Loss;
use crate::report::Verdict;
use crate::sabotage::Sabotage;
use crate::world::{Kind, Opened};
use anyhow::ensure;
use std::fs;
use std::path::Path;

/// How many requests are accepted before and after.
const LIFE: u64 = 600;

/// Robs it in every way there is: copies of what one server left, and at last the server's own store.
pub(super) async fn run(plan: &Plan, store: Kind) -> anyhow::Result<Vec<Verdict>> {
    let mut scene = Scene::set(plan, store)?;
    let crowd = scene.crowd();
    let mut crowd = scene.life(crowd, LIFE).await?;
    let mut verdicts = Vec::new();
    for sabotage in Sabotage::ALL {
        let noticed = if sabotage.shows_on_file() {
            of_a_copy(&scene, &crowd, sabotage).await
        } else {
            sabotage.strike(&scene.world.data().join("stead.db"))?;
            crowd = scene.life(crowd, LIFE).await?;
            scene.look(&crowd, Depth::All).await
        };
        let mut verdict = Verdict::new(format!("noticed: {sabotage}"), store);
        match noticed {
            Ok(losses) => verdict.noticed(&losses),
            Err(error) => verdict.failed(&error),
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

/// What is noticed in a copy of what a server left: nothing before it is robbed.
async fn of_a_copy(scene: &Scene, crowd: &Crowd, sabotage: Sabotage) -> anyhow::Result<Vec<Loss>> {
    let copy = scene.aside();
    copied(&scene.world.data(), &copy)?;
    let before = found_in(&copy, scene, crowd).await?;
    let first = before.first().map(ToString::to_string).unwrap_or_default();
    ensure!(before.is_empty(), "a loss before anything was taken: {first}");
    sabotage.strike(&copy.join("stead.db"))?;
    found_in(&copy, scene, crowd).await
}

fn copied(data: &Path, copy: &Path) -> anyhow::Result<()> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    fs::create_dir(copy)?;
    for name in ["master.key", "stead.db", "stead.db-wal"] {
        // Whoever looked before has carried the log over: there may be none.
        if data.join(name).exists() {
            fs::copy(data.join(name), copy.join(name))?;
        }
    }
    Ok(())
}

/// What is missing there of what was promised; afterwards it is still promised.
async fn found_in(copy: &Path, scene: &Scene, crowd: &Crowd) -> anyhow::Result<Vec<Loss>> {
    let ledger = Ledger::from(crowd.ledger.lock().clone());
    look(Opened::file(copy), &ledger, &mut scene.inspector.clone(), Depth::All).await
}
