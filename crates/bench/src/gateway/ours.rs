//! Our gateway, a process of its own, in front of the same upstream.

use super::cores::Cores;
use crate::child::Process;
use crate::issuer::{AUDIENCE, Issuer};
use crate::load::Target;
use crate::stead::Stead;
use anyhow::Context;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// What an application shows at the token API.
pub(super) const API_TOKEN: &str = "shown-by-this-bench-alone";

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
}

/// Between whom it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Between<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) upstream: SocketAddr,
    /// How much it may keep of tokens, in megabytes.
    pub(super) megabytes: u32,
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
            .replace("@megabytes@", &between.megabytes.to_string());
        let file = folder.join("gateway.toml");
        write(&file, &config)?;
        write(&folder.join("secret"), "of the bench")?;
        write(&folder.join("api-token"), API_TOKEN)?;
        let args = ["gateway".as_ref(), "--config".as_ref(), file.as_os_str()];
        let log = folder.join("gateway.log");
        let mut process = cores.alone(|| Process::start(&stead.program, args, log))?;
        // In the order in which it says them.
        let address = process.announced(listening).await?;
        let asked = process.announced(answering).await?;
        let tokens = process.announced(giving).await?;
        let target = Target::at(address, "rows.stead.test", None)?;
        let tokens = Target::at(tokens, "localhost", None)?;
        Ok(Self { pid: process.pid, process, target, asked, tokens })
    }

    /// Asks it to end, and waits until it has.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| file.display().to_string())
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
        assert_eq!(listening("  metrics  http://127.0.0.1:4712/metrics"), None);
    }
}
