//! The token API: what a token costs that is kept already.

use super::callers::acquiring;
use super::cores::Cores;
use super::others::Others;
use super::ours::{Between, Ours};
use super::rival::Rival;
use super::told::Came;
use crate::args::Gateway;
use crate::issuer::Issuer;
use crate::process;
use crate::progress::say;
use crate::report::{Table, mib, rounded};
use crate::stead::Stead;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// On how many connections.
const CONNECTIONS: usize = 16;

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Tokens {
    pub(super) connections: usize,
    pub(super) came: Came,
    /// What the gateway held in memory before the first question, in MiB.
    pub(super) idle_mib: f64,
}

/// Starts a gateway, and has an application ask it for tokens.
pub(super) async fn measure(
    stead: &Stead,
    cores: &Cores,
    folder: &Path,
    (issuer, others): (&Arc<Issuer>, &Others),
    args: &Gateway,
) -> anyhow::Result<Tokens> {
    let between = Between::usual(issuer, others);
    let ours = Ours::start(stead, cores, folder, between).await?;
    let idle_mib = mib(process::memory(ours.pid)?.resident);
    let requests = acquiring(issuer, 0..args.users.max(1)).await?;
    let mut rival = Rival::new("the token API", vec![ours.pid], &ours.tokens, requests);
    rival.warm_up(others, CONNECTIONS, args.warm_up.max(args.users.into())).await?;
    for number in 1..=args.extent.rounds {
        say(format!("round {number}"));
        rival.run(others, CONNECTIONS, &args.extent).await?;
    }
    let came = Came::of(&rival)?;
    ours.stop().await?;
    Ok(Tokens { connections: CONNECTIONS, came, idle_mib })
}

impl Tokens {
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(
            "Kept tokens from the token API",
            &["", "a second", "p50 ms", "p99 ms", "max ms", "CPU µs", "busy %", "RSS MiB", "idle"],
        );
        let mut cells = self.came.fastest.cells(&self.came.name);
        cells.extend([self.came.resident_mib, self.idle_mib].map(rounded));
        table.rows.push(cells);
        table
    }
}
