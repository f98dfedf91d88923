//! The machine's clock is set back by an hour, and forward again.

use super::Plan;
use super::scene::Scene;
use crate::inspect::Depth;
use crate::report::Verdict;
use crate::server::Start;
use crate::world::Kind;
use anyhow::{Context, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What shows one process another clock.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// Where libraries are.
const FOLDERS: [&str; 3] = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];

/// How many requests are accepted in each time.
const LIFE: u64 = 300;

/// How long that may take.
const AT_MOST: Duration = Duration::from_mins(1);

/// How long assertions are good, in seconds: so short that they are taken an hour earlier too.
const GOOD_FOR: i64 = 8;

/// An hour back, as the library reads it.
const BACK: &str = "-3600";

/// Sets the clock of a server back under load, and forward again.
pub(super) async fn run(plan: &Plan, store: Kind, verdict: &mut Verdict) -> anyhow::Result<()> {
    let library = library().context("libfaketime is missing: apt-get install libfaketime")?;
    let mut scene = Scene::set(plan, store)?;
    let world = Arc::get_mut(&mut scene.world).context("somebody has begun already")?;
    world.good_for = GOOD_FOR;
    let clock = scene.aside();
    fs::write(&clock, "+0")?;
    scene.start = Start { environment: environment(&library, &clock), ..scene.start };
    let server = scene.server().await?;
    let mut crowd = scene.crowd();
    for (number, offset) in ["+0", BACK, "+0"].into_iter().enumerate() {
        fs::write(&clock, offset)?;
        if number > 0 {
            // What was handed out in another time may be of no use in this one. What was used must not be.
            crowd.forget();
        }
        let acting = crowd.act([&server])?;
        let before = acting.accepted();
        acting.until(LIFE, AT_MOST).await;
        let accepted = acting.accepted() - before;
        crowd = acting.stop().await?;
        ensure!(accepted >= LIFE, "{accepted} requests were accepted with the clock at {offset} s");
        verdict.rounds += 1;
    }
    server.kill().await?;
    verdict.round(&crowd, &scene.look(&crowd, Depth::All).await?);
    scene.evidence(verdict);
    Ok(())
}

fn library() -> Option<PathBuf> {
    FOLDERS.iter().map(|folder| Path::new(folder).join(LIBRARY)).find(|file| file.exists())
}

fn environment(library: &Path, clock: &Path) -> Vec<(String, String)> {
    let pairs = [
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", clock.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
}
