//! What is done to a server, and what has to hold then. One file a case.

mod kill;
mod sabotaged;

use crate::report::Verdict;
use crate::world::Kind;
use std::path::PathBuf;

/// How much is done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The binary `stead`.
    pub stead: PathBuf,
    /// How many times the server is killed.
    pub rounds: u32,
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
}

impl Case {
    /// All of them, in the order they are run in.
    pub const ALL: [Self; 2] = [Self::Kill, Self::Sabotage];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Sabotage => "sabotage",
        }
    }

    /// Runs it on a store.
    pub async fn run(self, plan: &Plan, store: Kind) -> Vec<Verdict> {
        match self {
            Self::Kill => vec![kill::run(plan, store).await],
            Self::Sabotage => sabotaged::run(plan, store).await,
        }
    }
}
