//! The store cannot be written to any more, and can again; and one that cannot be written to from the start.

use super::scene::Scene;
use super::{Plan, outage};
use crate::disk::{Frozen, Limit};
use crate::inspect::Depth;
use crate::report::Verdict;
use crate::world::Kind;
use anyhow::ensure;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// How many requests are accepted before and after.
const LIFE: u64 = 100;

/// Takes the right to write from a server that runs.
pub(super) async fn while_it_runs(
    plan: &Plan,
    store: Kind,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(plan, store)?;
    fs::create_dir(scene.world.data())?;
    match Frozen::of(&scene.world.data()) {
        Ok(mut frozen) => {
            verdict.note("by files that nobody may change");
            outage::run(scene, &mut frozen, verdict).await
        }
        Err(why) => {
            verdict.note(format!("by a limit on the size of files, for {why}"));
            scene.start = Limit::start(&plan.stead);
            outage::run(scene, &mut Limit, verdict).await
        }
    }
}

/// It does not start, says so in a sentence, and starts once it may write.
pub(super) async fn when_it_starts(
    plan: &Plan,
    store: Kind,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(plan, store)?;
    let crowd = scene.crowd();
    let crowd = scene.life(crowd, LIFE).await?;
    let frozen = Frozen::of(&scene.world.data());
    let file = scene.world.data().join("stead.db");
    match &frozen {
        Ok(frozen) => frozen.set("+i")?,
        Err(_) => writable(&file, false)?,
    }
    let started = scene.server().await;
    match &frozen {
        Ok(frozen) => frozen.set("-i")?,
        Err(_) => writable(&file, true)?,
    }
    ensure!(started.is_err(), "it started on a store that it cannot write to");
    let said = fs::read_to_string(scene.world.log())?;
    let last = said.lines().last().unwrap_or_default().to_owned();
    ensure!(last.contains("stead.db"), "it does not say which file: {last}");
    let folder = scene.world.data().display().to_string();
    verdict.note(format!("it said: {}", last.replace(&folder, "…")));
    let crowd = scene.life(crowd, LIFE).await?;
    verdict.round(&crowd, &scene.look(&crowd, Depth::All).await?);
    scene.evidence(verdict);
    Ok(())
}

fn writable(file: &Path, writable: bool) -> anyhow::Result<()> {
    let mode = if writable { 0o600 } else { 0o400 };
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(mode))?)
}
