//! Killed (SIGKILL) at any instant, under load and while it starts: nothing promised is lost, nothing works
//! twice.

use super::Plan;
use super::scene::Scene;
use crate::inspect::Depth;
use crate::report::Verdict;
use crate::world::Kind;
use std::ops::Range;
use std::time::Duration;
use tokio::time::sleep;

/// How many requests a server may accept before it is killed.
const LIFE: Range<u64> = 1..600;

/// How long a server that is killed on its way up lives, in milliseconds.
const CHILDHOOD: Range<u64> = 0..250;

/// After how many rounds something is said.
const PROGRESS: u32 = 20;

/// Kills the server as many times as there are rounds.
pub(super) async fn run(plan: &Plan, store: Kind, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut scene = Scene::set(plan, store)?;
    let mut crowd = scene.crowd();
    for round in 1..=plan.rounds {
        if scene.dice.u8(..5) == 0 {
            let mut child = scene.start.begin(&scene.world)?;
            sleep(Duration::from_millis(scene.dice.u64(CHILDHOOD))).await;
            child.kill().await?;
        }
        let accepted = scene.dice.u64(LIFE);
        crowd = scene.life(crowd, accepted).await?;
        let depth = if round == plan.rounds { Depth::All } else { Depth::Latest };
        verdict.round(&crowd, &scene.look(&crowd, depth).await?);
        if verdict.is_bad() {
            break;
        }
        if round % PROGRESS == 0 {
            (plan.say)(&format!("        {round} of {} rounds, nothing lost", plan.rounds));
        }
    }
    scene.evidence(verdict);
    Ok(())
}
