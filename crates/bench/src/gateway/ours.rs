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

const CONFIG: &str = include_str!("files/gateway.toml");

/// A gateway that runs until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Ours {
    process: Process,
    pub(super) pid: u32,
    pub(super) target: Target,
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
        for (file, text) in [(&file, config.as_str()), (&folder.join("secret"), "of the bench")] {
            fs::write(file, text).with_context(|| file.display().to_string())?;
        }
        let args = ["gateway".as_ref(), "--config".as_ref(), file.as_os_str()];
        let log = folder.join("gateway.log");
        let mut process = cores.alone(|| Process::start(&stead.program, args, log))?;
        let address = process.announced(listening).await?;
        let target = Target::at(address, "rows.stead.test", None)?;
        Ok(Self { pid: process.pid, process, target })
    }

    /// Asks it to end, and waits until it has.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
}

fn listening(line: &str) -> Option<SocketAddr> {
    line.strip_prefix("stead gateway listens on ")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_where_it_listens_is_understood() {
        let line = "stead gateway listens on 127.0.0.1:4711";
        assert_eq!(listening(line), Some(([127, 0, 0, 1], 4711).into()));
        assert_eq!(listening("  metrics  http://127.0.0.1:4712/metrics"), None);
    }
}
