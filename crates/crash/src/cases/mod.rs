//! What is done to a server, and what has to hold then. One file a case.

mod clock;
mod full;
mod kill;
mod nodes;
mod outage;
mod read_only;
mod sabotaged;
mod scene;
mod stopped;

use crate::report::Verdict;
use crate::world::Kind;
use std::path::PathBuf;
use std::time::Duration;
use stopped::Way;

/// How much is done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The binary `stead`.
    pub stead: PathBuf,
    /// How many times the server is killed.
    pub rounds: u32,
    /// How long PostgreSQL is away.
    pub outage: Duration,
    /// What every die is thrown from.
    pub seed: u64,
    /// How it is said how far a case has come.
    pub say: fn(&str),
}

/// Something that is done to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Killed again and again under load.
    Kill,
    /// Robbed, to see that this is noticed.
    Sabotage,
    /// Its disk is full.
    Full,
    /// Its store cannot be written to.
    ReadOnly,
    /// Its clock is set back.
    Clock,
    /// Its database is away for a while.
    Stopped,
    /// One of three is killed.
    Nodes,
}

impl Case {
    /// All of them, in the order they are run in.
    pub const ALL: [Self; 7] = [
        Self::Kill,
        Self::Sabotage,
        Self::Full,
        Self::ReadOnly,
        Self::Clock,
        Self::Stopped,
        Self::Nodes,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Sabotage => "sabotage",
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::Clock => "clock",
            Self::Stopped => "stopped",
            Self::Nodes => "nodes",
        }
    }

    /// Whether this can be done to a server on that store. What a PostgreSQL does on a full disk is its own.
    #[must_use]
    pub fn concerns(self, store: Kind) -> bool {
        match self {
            Self::Kill => true,
            Self::Sabotage | Self::Full | Self::ReadOnly | Self::Clock => store == Kind::Sqlite,
            Self::Stopped | Self::Nodes => store == Kind::Postgres,
        }
    }

    /// Runs it on a store.
    pub async fn run(self, plan: &Plan, store: Kind) -> Vec<Verdict> {
        match self {
            Self::Kill => {
                let verdict = Verdict::new("kill -9 under load", store);
                vec![verdict.of(async |it| kill::run(plan, store, it).await).await]
            }
            Self::Sabotage => sabotaged::run(plan, store).await.unwrap_or_else(|error| {
                let mut verdict = Verdict::new("noticed: anything", store);
                verdict.failed(&error);
                vec![verdict]
            }),
            Self::Full => {
                let verdict = Verdict::new("disk full, and room again", store);
                vec![verdict.of(async |it| full::run(plan, store, it).await).await]
            }
            Self::ReadOnly => {
                let running = Verdict::new("read-only store, and writable again", store);
                let starting = Verdict::new("read-only store at the start", store);
                vec![
                    running.of(async |it| read_only::while_it_runs(plan, store, it).await).await,
                    starting.of(async |it| read_only::when_it_starts(plan, store, it).await).await,
                ]
            }
            Self::Clock => {
                let verdict = Verdict::new("clock set back by an hour, and forward again", store);
                vec![verdict.of(async |it| clock::run(plan, store, it).await).await]
            }
            Self::Stopped => stopped_in_all_ways(plan).await,
            Self::Nodes => {
                let verdict = Verdict::new("one of three servers killed under load", store);
                vec![verdict.of(async |it| nodes::run(plan, it).await).await]
            }
        }
    }
}

async fn stopped_in_all_ways(plan: &Plan) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for way in [Way::Stopped, Way::Killed, Way::Frozen] {
        let (how, seconds) = (way.as_str(), plan.outage.as_secs());
        let case = format!("PostgreSQL {how} for {seconds} s, and back");
        let verdict = Verdict::new(case, Kind::Postgres);
        verdicts.push(verdict.of(async |it| stopped::run(plan, way, it).await).await);
    }
    verdicts
}
