//! Killed (SIGKILL) at any instant, under load and while it starts: nothing promised is lost, nothing works
//! twice.

use super::Plan;
use crate::inspect::{Depth, Inspector};
use crate::ledger::Ledger;
use crate::load::{ACTORS, Crowd};
use crate::loss::Loss;
use crate::report::Verdict;
use crate::server::Start;
use crate::world::{Kind, Opened, World};
use anyhow::Context;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How many requests a server may accept before it is killed.
const LIFE: std::ops::Range<u64> = 1..600;

/// How long it has for them.
const AT_MOST: Duration = Duration::from_secs(10);

/// After how many rounds something is said.
const PROGRESS: u32 = 20;

/// How long a server that is killed on its way up lives, in milliseconds.
const CHILDHOOD: std::ops::Range<u64> = 0..250;

/// Kills the server that many times.
pub(super) async fn run(plan: &Plan, store: Kind) -> Verdict {
    let mut verdict = Verdict::new("kill -9 under load", store);
    if let Err(error) = rounds(plan, &mut verdict).await {
        verdict.failed(&error);
    }
    verdict
}

async fn rounds(plan: &Plan, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut dice = fastrand::Rng::with_seed(plan.seed);
    let folder = tempfile::tempdir().context("there is no temporary folder")?;
    let world = Arc::new(World::make(folder.path(), ACTORS, &mut dice)?);
    let start = Start::plain(&plan.stead);
    let mut crowd = Crowd::new(&world, &mut dice);
    let mut inspector = Inspector::default();
    for round in 1..=plan.rounds {
        if dice.u8(..5) == 0 {
            let mut child = start.begin(&world)?;
            sleep(Duration::from_millis(dice.u64(CHILDHOOD))).await;
            child.kill().await?;
        }
        crowd = one(&start, &world, crowd, dice.u64(LIFE)).await?;
        let depth = if round == plan.rounds { Depth::All } else { Depth::Latest };
        let losses = look(&world.data(), &crowd.ledger, &mut inspector, depth).await?;
        verdict.round(&crowd, &losses);
        if verdict.is_bad() {
            verdict.evidence(&folder.keep());
            return Ok(());
        }
        if round % PROGRESS == 0 {
            (plan.say)(&format!("        {round} of {} rounds, nothing lost", plan.rounds));
        }
    }
    Ok(())
}

/// A server's life: started, under load until it has accepted so many requests, killed.
pub(super) async fn one(
    start: &Start,
    world: &World,
    crowd: Crowd,
    life: u64,
) -> anyhow::Result<Crowd> {
    let server = start.server(world).await?;
    let acting = crowd.act(&server)?;
    acting.until(life, AT_MOST).await;
    server.kill().await?;
    acting.end().await
}

/// What is missing of what was promised.
pub(super) async fn look(
    data: &Path,
    ledger: &Ledger,
    inspector: &mut Inspector,
    depth: Depth,
) -> anyhow::Result<Vec<Loss>> {
    let opened = match Opened::at(data) {
        Ok(opened) => opened,
        Err(error) => return Ok(vec![Loss::Closed(format!("{error:#}"))]),
    };
    let losses = inspector.look(&*opened.store, ledger, depth).await?;
    opened.close().await;
    Ok(losses)
}
