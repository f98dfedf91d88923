//! The store fails a running server and comes back: nobody is told what was not kept, whoever only verifies
//! notices nothing, and it recovers by itself.

use super::scene::Scene;
use crate::inspect::Depth;
use crate::load::{Acting, Crowd};
use crate::report::Verdict;
use crate::server::Server;
use crate::trouble::Trouble;
use crate::web::Web;
use anyhow::{Context, ensure};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How many requests are accepted before it fails, and have to be again.
const ENOUGH: u64 = 200;

/// How many have to be turned away meanwhile.
const FELT: u64 = 30;

/// How long each of that may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often somebody looks.
const GLANCE: Duration = Duration::from_millis(20);

/// What a verifier needs of us; none of it is in the store's way.
const FOR_VERIFIERS: [&str; 3] = [
    "/acme/discovery/v2.0/keys",
    "/acme/v2.0/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server/acme/v2.0",
];

/// An outage under load, then a kill, then a look, then one life more.
pub(super) async fn run(
    mut scene: Scene,
    trouble: &mut impl Trouble,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let server = scene.server().await?;
    let crowd = scene.crowd();
    let crowd = one(crowd, &server, trouble, verdict).await?;
    server.kill().await?;
    verdict.round(&crowd, &scene.look(&crowd, Depth::All).await?);
    let crowd = scene.life(crowd, ENOUGH).await?;
    verdict.round(&crowd, &scene.look(&crowd, Depth::All).await?);
    scene.evidence(verdict);
    Ok(())
}

/// One outage under load; afterwards everybody has stopped, and the server still runs.
async fn one(
    crowd: Crowd,
    server: &Server,
    trouble: &mut impl Trouble,
    verdict: &mut Verdict,
) -> anyhow::Result<Crowd> {
    let acting = crowd.act([server])?;
    acting.until(ENOUGH, PATIENCE).await;
    trouble.begin(server)?;
    let seen = during(&acting, trouble.lasts()).await;
    trouble.end(server)?;
    let turned_away = seen?;
    verdict.note(format!("{turned_away} requests were turned away meanwhile"));
    let before = acting.accepted();
    acting.until(ENOUGH, PATIENCE).await;
    ensure!(acting.accepted() >= before + ENOUGH, "it did not recover by itself");
    became(&acting.web, 200).await.context("it answers, and does not say that it is ready")?;
    acting.stop().await
}

/// Waits until the outage is felt, and looks at what must not be touched by it.
async fn during(acting: &Acting, lasts: Duration) -> anyhow::Result<u64> {
    let (before, began) = (acting.turned_away(), Instant::now());
    let felt = async {
        while acting.turned_away() < before + FELT {
            sleep(GLANCE).await;
        }
    };
    timeout(PATIENCE, felt).await.context("nobody felt that the store is away")?;
    became(&acting.web, 503).await.context("it does not say that it is not ready")?;
    for path in FOR_VERIFIERS {
        let status = acting.web.status(path).await.ok().context("it does not answer any more")?;
        ensure!(status == 200, "{path} was answered with {status} while the store was away");
    }
    sleep_until(began + lasts).await;
    Ok(acting.turned_away() - before)
}

/// Waits until `/readyz` says that.
async fn became(web: &Web, status: u16) -> anyhow::Result<()> {
    let waited = async {
        while !matches!(web.readiness().await, Ok(found) if found == status) {
            sleep(GLANCE).await;
        }
    };
    Ok(timeout(PATIENCE, waited).await?)
}
