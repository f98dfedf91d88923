//! What a gateway holds in memory: when it has just begun, and with many users' tokens.

use super::callers::{asked, once};
use super::cores::Cores;
use super::others::Others;
use super::ours::{Between, Ours};
use super::rival::Rival;
use crate::issuer::Issuer;
use crate::process;
use crate::progress::Progress;
use crate::report::{Table, mib, rounded};
use crate::stead::Stead;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// How many users call between two looks at how far it is.
const AT_ONCE: u32 = 10_000;
/// On how many connections.
const CONNECTIONS: usize = 16;

/// What a gateway holds in memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Memory {
    /// When it has answered one request, in MiB.
    pub(super) idle_mib: f64,
    /// How many users called then, each once.
    pub(super) users: u32,
    /// When it has answered them all and remembers them, in MiB.
    pub(super) remembering_mib: f64,
    /// What one of them takes, in bytes; of few, nobody can tell.
    pub(super) user_bytes: f64,
    /// How long a token is that comes in, and one that goes on, in bytes.
    pub(super) token_bytes: (usize, usize),
}

/// Starts a gateway, and has so many users call.
pub(super) async fn measure(
    stead: &Stead,
    cores: &Cores,
    folder: &Path,
    (issuer, others): (&Arc<Issuer>, &Others),
    users: u32,
) -> anyhow::Result<Memory> {
    let between = Between::usual(issuer, others);
    let ours = Ours::start(stead, cores, folder, between).await?;
    let resident = || process::memory(ours.pid).map(|memory| memory.resident);
    let call = async |range: std::ops::Range<u32>| {
        let requests = once(asked(issuer, range).await?);
        let rival = Rival::new("memory", vec![ours.pid], &ours.target, requests);
        rival.warm_up(others, CONNECTIONS, u64::MAX).await
    };
    call(0..1).await?;
    let idle = resident()?;
    let mut progress = Progress::of("users remembered", users.into());
    let mut called = 0;
    while called < users {
        let until = users.min(called + AT_ONCE);
        call(called..until).await?;
        called = until;
        progress.at(called.into());
    }
    let remembering = resident()?;
    ours.stop().await?;
    Ok(Memory {
        idle_mib: mib(idle),
        users,
        remembering_mib: mib(remembering),
        user_bytes: mib(remembering.saturating_sub(idle)) * f64::from(1 << 20)
            / f64::from(users.max(1)),
        token_bytes: issuer.token_bytes()?,
    })
}

impl Memory {
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(
            "What the gateway holds in memory",
            &["users", "idle MiB", "remembering them MiB", "bytes a user"],
        );
        table.rows.push(vec![
            self.users.to_string(),
            rounded(self.idle_mib),
            rounded(self.remembering_mib),
            format!("{:.0}", self.user_bytes),
        ]);
        table
    }
}
