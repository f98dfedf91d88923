//! A real `stead serve`: started, listened to until it is ready, killed.

use crate::world::World;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long it may take to be ready, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Start {
    /// The binary `stead`.
    pub stead: PathBuf,
    /// What stands before it on the command line: a program that starts it in a place of its own.
    pub through: Vec<String>,
    /// What is in its environment beside ours.
    pub environment: Vec<(String, String)>,
}

impl Start {
    /// As anybody starts it.
    #[must_use]
    pub fn plain(stead: &Path) -> Self {
        Self { stead: stead.to_owned(), through: Vec::new(), environment: Vec::new() }
    }

    fn command(&self, world: &World) -> anyhow::Result<Command> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(world.log())
            .context("the server's log cannot be written")?;
        let mut words = self.through.iter();
        let mut command = match words.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(&self.stead);
                command
            }
            None => Command::new(&self.stead),
        };
        command.arg("serve").arg("--config").arg(world.process_file());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        Ok(command)
    }

    /// Starts it, and does not wait.
    pub fn begin(&self, world: &World) -> anyhow::Result<Child> {
        self.command(world)?.spawn().context("the server cannot be started")
    }

    /// Starts it, and waits until it is ready.
    pub async fn server(&self, world: &World) -> anyhow::Result<Server> {
        let mut process = self.begin(world)?;
        let printed = process.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(printed).lines();
        let heard = tokio::time::timeout(PATIENCE, listen(&mut lines)).await;
        let places = heard.context("the server did not become ready")??;
        Ok(Server { process, places, _printed: lines })
    }
}

/// Where a server listens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The public endpoints: `http://127.0.0.1:…`.
    pub public: String,
    /// The admin API.
    pub admin: String,
    /// Health and metrics.
    pub metrics: String,
}

/// A server that is ready.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it listens.
    pub places: Places,
    _printed: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Kills it at once (SIGKILL), and waits until it is gone.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill().await.context("the server cannot be killed")
    }

    /// Whether it is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }
}

async fn listen(lines: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<Places> {
    let mut places = Places::default();
    while let Some(line) = lines.next_line().await? {
        places.read(&line);
        if line == "ready" {
            return Ok(places);
        }
    }
    bail!("the server ended before it was ready")
}

impl Places {
    fn read(&mut self, line: &str) {
        if let Some((_, address)) = line.split_once("(listening on ") {
            self.public = format!("http://{}", address.trim_end_matches(')'));
        } else if let Some(admin) = line.strip_prefix("  admin API  ") {
            admin.clone_into(&mut self.admin);
        } else if let Some(metrics) = line.strip_prefix("  metrics    ") {
            metrics.trim_end_matches("/metrics").clone_into(&mut self.metrics);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_announces_is_where_it_is() {
        let mut places = Places::default();
        for line in [
            "stead serves https://id.example (listening on 127.0.0.1:4001)",
            "  admin API  http://127.0.0.1:4002",
            "  metrics    http://127.0.0.1:4003/metrics",
        ] {
            places.read(line);
        }
        let expected = ["http://127.0.0.1:4001", "http://127.0.0.1:4002", "http://127.0.0.1:4003"];
        assert_eq!([places.public, places.admin, places.metrics], expected);
    }
}
