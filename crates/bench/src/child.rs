//! The server that is measured: a process of its own, so that what it uses is its own.

use crate::load::{Connection, Target};
use crate::names::HOST;
use crate::stead::Stead;
use crate::world::Place;
use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Its process.
    pub pid: u32,
    /// Where and how it is spoken to.
    pub target: Target,
    /// From the start of its process to its first answer.
    pub start_up: Duration,
    /// What it still says; it must not find nobody there.
    _out: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts a server in this folder, and asks it until it answers.
    pub async fn start(stead: &Stead, place: &Place, ca: Option<&Path>) -> anyhow::Result<Self> {
        let log = place.path().join("server.log");
        let begun = Instant::now();
        let mut child = Command::new(&stead.program)
            .args(["serve", "--config"])
            .arg(place.process_file())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).with_context(|| log.display().to_string())?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not start", stead.program.display()))?;
        let pid = child.id().context("the server has ended")?;
        let out = child.stdout.take().context("the server's output is elsewhere")?;
        let mut out = BufReader::new(out).lines();
        let Some(address) = announced(&mut out).await? else {
            bail!("the server does not start:\n{}", fs::read_to_string(&log).unwrap_or_default());
        };
        let target = Target::at(address, HOST, ca)?;
        Connection::open(&target).await?.get("/healthz").await?;
        Ok(Self { child, pid, target, start_up: begun.elapsed(), _out: out })
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        kill_process(pid.context("the server has no process")?, Signal::TERM)?;
        let status = self.child.wait().await?;
        if status.success() { Ok(()) } else { bail!("the server ended with {status}") }
    }
}

/// Reads up to the line that says where it listens; nothing if it ended before.
async fn announced(out: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<Option<SocketAddr>> {
    while let Some(line) = out.next_line().await? {
        if let Some(address) = listening(&line) {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

fn listening(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("(listening on ")?;
    rest.strip_suffix(')')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_where_it_listens_is_understood() {
        let line = "stead serves https://bench.stead.test (listening on 127.0.0.1:4711)";
        assert_eq!(listening(line), Some(([127, 0, 0, 1], 4711).into()));
        assert_eq!(listening("  admin API  unix:data/admin.sock"), None);
    }
}
