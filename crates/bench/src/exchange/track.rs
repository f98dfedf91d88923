//! A server that runs, and the rounds it is driven through.

use super::point::{Pass, Point};
use super::supply::{Asked, Supply};
use crate::args::{Exchange, Rate};
use crate::disk::fsyncs;
use crate::floor::{Calibration, Floor};
use crate::load::{Driven, Load, Pace, Requests, Spread, Target, drive};
use crate::process;
use crate::report::{median, mib};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// How often the disk is asked before each round.
const FSYNCS: u32 = 200;
/// How many more tokens are made than a round will need at the rate of the one before.
const SPARE: f64 = 1.6;
/// What is expected where nothing was measured yet, a second.
pub(super) const GUESS: f64 = 2_000.0;

/// A server that runs, and how it is driven.
#[derive(Debug)]
pub(super) struct Track<'a> {
    pub(super) args: &'a Exchange,
    pub(super) target: Target,
    /// Its process, if it is on this machine.
    pub(super) server: Option<u32>,
    /// The folder of its store, if it is on this machine.
    pub(super) disk: Option<PathBuf>,
    pub(super) calibration: Arc<Calibration>,
    pub(super) asked: Asked,
    pub(super) supply: Supply,
    /// How many exchanges it has answered.
    pub(super) exchanges: u64,
}

/// A round, and what the machine could do before and after it.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) driven: Driven,
    pub(super) floor: Floor,
    fsync: Option<Spread>,
}

impl Track<'_> {
    /// Warms up, then measures on so many connections.
    pub(super) async fn measure(
        &mut self,
        connections: usize,
        (users, records): (u32, u64),
    ) -> anyhow::Result<Point> {
        let mut expected = self.warm_up(connections).await?;
        let mut rounds = Vec::new();
        for _ in 0..self.args.extent.rounds {
            let round = self.round(connections, Pace::AsFastAsItCan, expected).await?;
            expected = expected.max(round.driven.a_second());
            rounds.push(round);
        }
        let fastest = pass(&rounds);
        let rate = match self.args.rate {
            Rate::None => None,
            Rate::Half => Some(fastest.a_second / 2.0),
            Rate::PerSecond(rate) => Some(rate),
        };
        let mut paced = Vec::new();
        for _ in 0..rate.map_or(0, |_| self.args.extent.rounds) {
            let rate = rate.unwrap_or_default();
            paced.push(self.round(connections, Pace::Rate(rate), rate).await?);
        }
        let memory = self.server.map(process::memory).transpose()?;
        let disk: Vec<Spread> = rounds.iter().chain(&paced).filter_map(|it| it.fsync).collect();
        Ok(Point {
            users,
            records,
            connections,
            floor: floor(&rounds),
            fsync: (!disk.is_empty()).then(|| Spread::middle(&disk)),
            resident_mib: memory.map(|memory| mib(memory.resident)),
            peak_mib: memory.map(|memory| mib(memory.peak)),
            exchanges: self.exchanges,
            paced: (!paced.is_empty()).then(|| pass(&paced)),
            fastest,
        })
    }

    /// How many a second there were.
    pub(super) async fn warm_up(&mut self, connections: usize) -> anyhow::Result<f64> {
        let many = self.args.warm_up;
        if many == 0 {
            return Ok(GUESS);
        }
        let (mut answered, mut took) = (0, Duration::ZERO);
        while answered < many {
            // A million tokens at once would not fit into memory.
            let now = (many - answered).min(50_000);
            let requests = self.supply.requests(&self.asked, now).await?;
            let load = self.load(connections, requests, Pace::AsFastAsItCan);
            let driven = drive(Load { at_most: now, time: Duration::MAX, ..load }).await?;
            answered += driven.answered;
            took += driven.took;
        }
        self.exchanges += answered;
        #[expect(clippy::cast_precision_loss, reason = "no warm-up has so many")]
        Ok(answered as f64 / took.as_secs_f64().max(1e-9))
    }

    /// One round between two floors, after a look at the disk.
    pub(super) async fn round(
        &mut self,
        connections: usize,
        pace: Pace,
        expected: f64,
    ) -> anyhow::Result<Round> {
        let needed = (expected * self.args.extent.seconds.as_secs_f64() * SPARE).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of requests, which is neither negative nor large"
        )]
        let needed = (needed as u64).clamp(1, self.args.extent.requests);
        let requests = self.supply.requests(&self.asked, needed).await?;
        let fsync = match self.disk.clone() {
            Some(folder) => Some(spawn_blocking(move || fsyncs(&folder, FSYNCS)).await??.spread()),
            None => None,
        };
        let before = self.floor().await?;
        let driven = drive(self.load(connections, requests, pace)).await?;
        self.exchanges += driven.answered;
        Ok(Round { driven, floor: before.between(self.floor().await?), fsync })
    }

    async fn floor(&self) -> anyhow::Result<Floor> {
        let calibration = Arc::clone(&self.calibration);
        spawn_blocking(move || calibration.measure()).await?
    }

    fn load(&self, connections: usize, requests: Arc<Requests>, pace: Pace) -> Load {
        Load {
            target: self.target.clone(),
            requests,
            connections,
            pace,
            time: self.args.extent.seconds,
            at_most: self.args.extent.requests,
            servers: self.server.into_iter().collect(),
        }
    }
}

fn pass(rounds: &[Round]) -> Pass {
    let rounds: Vec<_> = rounds.iter().map(|round| (&round.driven, round.floor)).collect();
    Pass::of(&rounds)
}

fn floor(rounds: &[Round]) -> Floor {
    let of = |number: fn(&Floor) -> f64| {
        median(&rounds.iter().map(|round| number(&round.floor)).collect::<Vec<_>>())
    };
    Floor { sign_us: of(|floor| floor.sign_us), verify_us: of(|floor| floor.verify_us) }
}
