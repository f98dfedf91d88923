//! A proxy of somebody else's, a process of its own.

use super::cores::Cores;
use crate::child::Process;
use crate::load::Target;
use anyhow::bail;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// How long one may take to start, and how often it is looked whether it has.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(5);

/// One that runs until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Front {
    workers: Workers,
    process: Process,
    pub(super) target: Target,
}

/// The processes that it started. They would outlive one that is killed.
#[derive(Debug)]
struct Workers {
    of: u32,
}

/// What is started.
#[derive(Debug)]
pub(super) struct Program<'a> {
    pub(super) name: &'static str,
    pub(super) file: &'a Path,
    pub(super) args: Vec<OsString>,
    /// Where it will listen.
    pub(super) address: SocketAddr,
    /// What to do where there is none.
    pub(super) advice: &'static str,
}

impl Front {
    /// Starts it on the core of those that are measured, and waits until it listens. Its complaints go into this folder.
    pub(super) async fn start(
        program: Program<'_>,
        cores: &Cores,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let Program { name, file, args, address, advice } = program;
        if !file.exists() {
            bail!("there is no {name} at {}: {advice}", file.display());
        }
        let log = folder.join(name).with_extension("log");
        let mut process = cores.alone(|| Process::start(file, args, log))?;
        let workers = Workers { of: process.pid };
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if process.has_ended()? || begun.elapsed() > PATIENCE {
                bail!("{name} does not start:\n{}", process.complaints());
            }
            sleep(LOOK).await;
        }
        Ok(Self { workers, process, target: Target::at(address, "rows.stead.test", None)? })
    }

    /// Its processes: the one that was started, and those it started.
    pub(super) fn pids(&self) -> anyhow::Result<Vec<u32>> {
        let mut pids = self.workers.pids()?;
        pids.push(self.process.pid);
        Ok(pids)
    }

    /// Asks it to end, and waits until it has.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
}

impl Workers {
    fn pids(&self) -> anyhow::Result<Vec<u32>> {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.of))?;
        Ok(children.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>()?)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let workers = self.pids().unwrap_or_default();
        if workers.is_empty() {
            return;
        }
        // The first one is held, so that it starts no others in their place; whoever drops it kills it.
        signal(self.of, Signal::STOP);
        for worker in workers {
            signal(worker, Signal::KILL);
        }
    }
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // One that has ended meanwhile needs no signal.
        _ = kill_process(pid, signal);
    }
}

/// An address of this machine that nobody listens at.
pub(super) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
