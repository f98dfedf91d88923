//! Whoever is measured: a process of its own, so that what it uses is its own.

use crate::load::{Connection, Target};
use crate::names::HOST;
use crate::stead::Stead;
use crate::world::Place;
use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A process that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Its number.
    pub pid: u32,
    /// What it says; it must not find nobody there.
    out: Lines<BufReader<ChildStdout>>,
    /// The file with its complaints.
    log: PathBuf,
}

impl Process {
    /// Starts a program. What it complains about goes into this file.
    pub fn start(
        program: &Path,
        args: impl IntoIterator<Item = impl AsRef<OsStr>>,
        log: PathBuf,
    ) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).with_context(|| log.display().to_string())?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let pid = child.id().context("the process has ended")?;
        let out = child.stdout.take().context("the output of the process is elsewhere")?;
        Ok(Self { child, pid, out: BufReader::new(out).lines(), log })
    }

    /// Starts Stead, under whatever it is to run.
    pub fn start_stead(
        stead: &Stead,
        args: impl IntoIterator<Item = impl Into<OsString>>,
        log: PathBuf,
    ) -> anyhow::Result<Self> {
        let (program, mut words) = stead.command();
        words.extend(args.into_iter().map(Into::into));
        Self::start(&program, words, log)
    }

    /// Reads what it says up to the line that says where it listens.
    pub async fn announced(
        &mut self,
        understood: fn(&str) -> Option<SocketAddr>,
    ) -> anyhow::Result<SocketAddr> {
        while let Some(line) = self.out.next_line().await? {
            if let Some(address) = understood(&line) {
                return Ok(address);
            }
        }
        bail!("it does not start:\n{}", self.complaints())
    }

    /// What it has complained about.
    #[must_use]
    pub fn complaints(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        kill_process(pid.context("there is no process")?, Signal::TERM)?;
        let status = self.child.wait().await?;
        if status.success() { Ok(()) } else { bail!("it ended with {status}") }
    }
}

/// A server of ours that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    process: Process,
    /// Its process.
    pub pid: u32,
    /// Where and how it is spoken to.
    pub target: Target,
    /// From the start of its process to its first answer.
    pub start_up: Duration,
}

impl Server {
    /// Starts a server in this folder, and asks it until it answers.
    pub async fn start(stead: &Stead, place: &Place, ca: Option<&Path>) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let file = place.process_file();
        let args = ["serve".into(), "--config".into(), file.into_os_string()];
        let mut process = Process::start_stead(stead, args, place.path().join("server.log"))?;
        let target = Target::at(process.announced(listening).await?, HOST, ca)?;
        Connection::open(&target).await?.get("/healthz").await?;
        Ok(Self { pid: process.pid, process, target, start_up: begun.elapsed() })
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
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
