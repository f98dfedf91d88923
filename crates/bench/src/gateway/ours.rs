//! Our gateway, a process of its own, in front of the same upstream.

use super::cores::Cores;
use super::others::Others;
use crate::child::Process;
use crate::issuer::{AUDIENCE, Issuer};
use crate::load::{Connection, Target};
use crate::stead::Stead;
use anyhow::Context;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// What an application shows at the token API.
pub(super) const API_TOKEN: &str = "shown-by-this-bench-alone";

/// How much a gateway may keep while it is measured, in megabytes: as it does unless it is told otherwise.
const USUAL: u32 = 32;

const CONFIG: &str = include_str!("files/gateway.toml");

/// A gateway that runs until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Ours {
    process: Process,
    pub(super) pid: u32,
    /// The reverse proxy.
    pub(super) target: Target,
    /// Where other proxies ask.
    pub(super) asked: SocketAddr,
    /// The token API.
    pub(super) tokens: Target,
    /// What it shows of itself.
    metrics: Target,
}

/// Between whom it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Between<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) upstream: SocketAddr,
    /// How much it may keep of tokens, in megabytes.
    pub(super) megabytes: u32,
    /// Who is told of every request and every exchange; nobody, unless it is said otherwise.
    pub(super) collector: Option<SocketAddr>,
}

impl<'a> Between<'a> {
    /// As it is unless it is told otherwise.
    pub(super) fn usual(issuer: &'a Issuer, others: &Others) -> Self {
        Self { issuer, upstream: others.upstream, megabytes: USUAL, collector: None }
    }
}

impl Ours {
    /// Starts it in this folder.
    pub(super) async fn start(
        stead: &Stead,
        cores: &Cores,
        folder: &Path,
        between: Between<'_>,
    ) -> anyhow::Result<Self> {
        let config = CONFIG
            .replace("@issuer@", between.issuer.name())
            .replace("@audience@", AUDIENCE)
            .replace("@upstream@", &format!("http://{}", between.upstream))
            .replace("@megabytes@", &between.megabytes.to_string())
            .replace("@telemetry@", &between.collector.map(telemetry).unwrap_or_default());
        let file = folder.join("gateway.toml");
        write(&file, &config)?;
        write(&folder.join("secret"), "of the bench")?;
        write(&folder.join("api-token"), API_TOKEN)?;
        let args = ["gateway".as_ref(), "--config".as_ref(), file.as_os_str()];
        let log = folder.join("gateway.log");
        let mut process = cores.alone(|| Process::start_stead(stead, args, log))?;
        // In the order in which it says them.
        let address = process.announced(listening).await?;
        let asked = process.announced(answering).await?;
        let tokens = process.announced(giving).await?;
        let metrics = process.announced(showing).await?;
        let target = Target::at(address, "rows.stead.test", None)?;
        let tokens = Target::at(tokens, "localhost", None)?;
        let metrics = Target::at(metrics, "localhost", None)?;
        Ok(Self { pid: process.pid, process, target, asked, tokens, metrics })
    }

    /// How many spans no collector has got.
    pub(super) async fn spans_dropped(&self) -> anyhow::Result<u64> {
        let shown = Connection::open(&self.metrics).await?.get("/metrics").await?;
        dropped(std::str::from_utf8(&shown)?)
    }

    /// Asks it to end, and waits until it has.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| file.display().to_string())
}

fn telemetry(collector: SocketAddr) -> String {
    format!("\n[telemetry]\notlp = \"http://{collector}\"\n")
}

fn dropped(shown: &str) -> anyhow::Result<u64> {
    let told = |line: &str| line.strip_prefix("stead_spans_dropped_total ")?.parse().ok();
    shown.lines().find_map(told).context("the gateway does not say how many spans were dropped")
}

fn showing(line: &str) -> Option<SocketAddr> {
    line.strip_prefix("  metrics  http://")?.strip_suffix("/metrics")?.parse().ok()
}

fn answering(line: &str) -> Option<SocketAddr> {
    line.strip_prefix("stead gateway answers other proxies on ")?.parse().ok()
}

fn giving(line: &str) -> Option<SocketAddr> {
    line.strip_prefix("stead gateway gives tokens at ")?.parse().ok()
}

fn listening(line: &str) -> Option<SocketAddr> {
    line.strip_prefix("stead gateway listens on ")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_say_where_it_listens_are_understood() {
        let there = Some(([127, 0, 0, 1], 4711).into());
        assert_eq!(listening("stead gateway listens on 127.0.0.1:4711"), there);
        assert_eq!(answering("stead gateway answers other proxies on 127.0.0.1:4711"), there);
        assert_eq!(giving("stead gateway gives tokens at 127.0.0.1:4711"), there);
        assert_eq!(showing("  metrics  http://127.0.0.1:4711/metrics"), there);
        assert_eq!(listening("  metrics  http://127.0.0.1:4712/metrics"), None);
    }

    #[test]
    fn how_many_spans_were_dropped_is_found_among_all_that_is_counted() {
        let shown = "# TYPE stead_spans_dropped_total counter\nstead_spans_dropped_total 12\n";
        assert_eq!(dropped(shown).unwrap(), 12);
        assert!(dropped("stead_cache_entries 1\n").is_err());
    }
}
