//! Three servers on one PostgreSQL behind a load balancer without memory; one is killed, again and again.

use super::Plan;
use super::scene::Scene;
use crate::inspect::Depth;
use crate::report::Verdict;
use crate::server::Server;
use crate::world::Kind;
use anyhow::{Context, ensure};
use std::ops::Range;
use std::time::Duration;

/// How many servers there are.
const NODES: usize = 3;

/// How many requests are accepted before one is killed, and after that.
const LIFE: Range<u64> = 50..300;

/// How long that may take.
const AT_MOST: Duration = Duration::from_mins(1);

/// Kills one of three, as many times as a tenth of the rounds.
pub(super) async fn run(plan: &Plan, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut scene = Scene::set(plan, Kind::Postgres)?;
    let mut servers: Vec<Server> = Vec::new();
    for _ in 0..NODES {
        servers.push(scene.server().await?);
    }
    let acting = scene.crowd().act(&servers)?;
    for _ in 0..(plan.rounds / 10).max(2) {
        acting.until(scene.dice.u64(LIFE), AT_MOST).await;
        let struck = servers.swap_remove(scene.dice.usize(..servers.len()));
        struck.kill().await?;
        let (before, more) = (acting.accepted(), scene.dice.u64(LIFE));
        acting.until(more, AT_MOST).await;
        ensure!(acting.accepted() >= before + more, "the others do not answer without it");
        let server = scene.server().await.context("it does not come back")?;
        acting.web.nodes().join(server.places.clone());
        servers.push(server);
        verdict.rounds += 1;
    }
    let crowd = acting.stop().await?;
    for server in servers {
        server.kill().await?;
    }
    verdict.round(&crowd, &scene.look(&crowd, Depth::All).await?);
    scene.evidence(verdict);
    Ok(())
}
