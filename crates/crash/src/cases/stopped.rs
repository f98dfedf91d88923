//! PostgreSQL is away for a while, and back: stopped, killed or frozen.

use super::Plan;
use super::outage;
use super::scene::Scene;
use crate::report::Verdict;
use crate::server::Server;
use crate::trouble::Trouble;
use crate::world::Kind;
use anyhow::{Context, anyhow, ensure};
use std::fs;
use std::process::Command;
use std::time::Duration;

/// How it goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As an operator stops it.
    Stopped,
    /// As far as a signal can, as by a power cut.
    Killed,
    /// Connections stay open, and nobody answers.
    Frozen,
}

impl Way {
    /// As it stands in a table.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Killed => "killed",
            Self::Frozen => "frozen",
        }
    }
}

/// Takes the database away from a server, and gives it back.
pub(super) async fn run(plan: &Plan, way: Way, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut scene = Scene::set(plan, Kind::Postgres)?;
    let database = scene.database.take().context("there is no database")?;
    let mut away = Away { database, way, lasts: plan.outage, frozen: Vec::new() };
    outage::run(scene, &mut away, verdict).await
}

/// A database that goes away.
struct Away {
    database: private_postgres::Server,
    way: Way,
    lasts: Duration,
    /// Its processes that were stopped, by number.
    frozen: Vec<String>,
}

impl Away {
    fn freeze(&mut self) -> anyhow::Result<()> {
        let first = self.database.pid().context("PostgreSQL does not run")?;
        said(self.database.freeze())?;
        let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children"))?;
        self.frozen = children.split_whitespace().map(str::to_owned).collect();
        self.signal("-STOP")
    }

    fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let status = Command::new("kill").arg(signal).args(&self.frozen).status()?;
        ensure!(status.success(), "kill {signal} failed");
        Ok(())
    }
}

impl Trouble for Away {
    fn begin(&mut self, _: &Server) -> anyhow::Result<()> {
        match self.way {
            Way::Stopped => said(self.database.stop()),
            Way::Killed => said(self.database.kill()),
            Way::Frozen => self.freeze(),
        }
    }

    fn lasts(&self) -> Duration {
        self.lasts
    }

    fn end(&mut self, _: &Server) -> anyhow::Result<()> {
        match self.way {
            Way::Stopped | Way::Killed => said(self.database.run()),
            Way::Frozen => {
                self.signal("-CONT")?;
                said(self.database.thaw())
            }
        }
    }
}

fn said(result: Result<(), String>) -> anyhow::Result<()> {
    result.map_err(|why| anyhow!(why))
}
