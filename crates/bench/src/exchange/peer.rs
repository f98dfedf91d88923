//! Another server that exchanges tokens: a program that says in one line where it listens and as whom.

use crate::args::Running;
use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What a peer prints once it listens: one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Said {
    /// What it is.
    pub(super) name: String,
    /// Its token endpoint.
    url: String,
    /// Its processes, all of which its work is counted of.
    pub(super) pids: Vec<u32>,
    /// The client that exchanges.
    client: String,
    /// Its secret.
    secret_file: PathBuf,
    /// Subject tokens for it, one a line.
    token_file: PathBuf,
    /// The resource it asks for.
    to: String,
    /// The scopes it asks for.
    scope: String,
}

/// A peer that runs until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Peer {
    child: Child,
    pub(super) said: Said,
}

impl Said {
    fn read(line: &str) -> anyhow::Result<Self> {
        let said: Self = serde_json::from_str(line)
            .with_context(|| format!("a peer says where it listens, in JSON, not {line:?}"))?;
        ensure!(!said.pids.is_empty(), "{} names no process", said.name);
        Ok(said)
    }

    /// As what is typed about a server that runs already.
    pub(super) fn as_running(&self) -> Running {
        Running {
            url: Some(self.url.clone()),
            ca: None,
            pid: None,
            token_file: Some(self.token_file.clone()),
            client: self.client.clone(),
            secret_file: Some(self.secret_file.clone()),
            to: self.to.clone(),
            scope: self.scope.clone(),
        }
    }
}

impl Peer {
    /// Starts it, and waits until it says where it listens.
    pub(super) async fn start(command: &str) -> anyhow::Result<Self> {
        let mut words = command.split_whitespace();
        let program = words.next().context("name the program of each peer")?;
        let mut child = Command::new(program)
            .args(words)
            .env("NODE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{program} does not start"))?;
        let out = child.stdout.take().context("the peer's output is elsewhere")?;
        let line = BufReader::new(out).lines().next_line().await?;
        let line = line.with_context(|| format!("{command} ended before it listened"))?;
        Ok(Self { said: Said::read(&line)?, child })
    }

    /// Asks it to end, and waits until it has.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(pid.context("the peer has no process")?, Signal::TERM)?;
        self.child.wait().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"name":"p","url":"http://127.0.0.1:1/token","pids":[7],"client":"c",
        "secret_file":"s","token_file":"t","to":"api://x","scope":"X"}"#;

    #[test]
    fn a_peer_says_where_it_listens_and_as_whom() {
        let said = Said::read(LINE).unwrap();
        assert_eq!((said.name.as_str(), said.pids.as_slice()), ("p", &[7][..]));
        assert_eq!(said.as_running().url.as_deref(), Some("http://127.0.0.1:1/token"));
        assert!(Said::read(&LINE.replace("[7]", "[]")).is_err());
        assert!(Said::read("listening").is_err());
    }
}
