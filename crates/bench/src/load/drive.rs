//! All connections, for one round.

use super::connection::Connection;
use super::latencies::Latencies;
use super::pace::{Pace, Ticks};
use super::requests::{Question, Requests};
use super::target::Target;
use crate::process;
use anyhow::ensure;
use futures_util::future::try_join_all;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;

/// One round.
#[derive(Debug, Clone)]
pub struct Load {
    /// To whom.
    pub target: Target,
    /// What is asked.
    pub requests: Arc<Requests>,
    /// On how many connections.
    pub connections: usize,
    /// When the next one comes.
    pub pace: Pace,
    /// For how long; where the pace is a rate, as many as are due in that time, however long they take.
    pub time: Duration,
    /// How many at most.
    pub at_most: u64,
    /// The processes whose processor time is counted.
    pub servers: Vec<u32>,
}

/// What came of a round.
#[derive(Debug)]
pub struct Driven {
    /// How many were answered, as they should be: one that was not ends the round with an error.
    pub answered: u64,
    /// From the first that was sent to the last that was answered.
    pub took: Duration,
    /// How long answers took; from when they were due, where the pace is a rate.
    pub latencies: Latencies,
    /// What the server used for it.
    pub cpu: Option<Duration>,
}

impl Driven {
    /// How many were answered in a second.
    #[must_use]
    pub fn a_second(&self) -> f64 {
        counted(self.answered) / self.took.as_secs_f64().max(1e-9)
    }

    /// What one cost the server, in microseconds.
    #[must_use]
    pub fn cpu_us(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / counted(self.answered.max(1)))
    }
}

/// Drives one round, on a thread of its own.
pub async fn drive(load: Load) -> anyhow::Result<Driven> {
    spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(drive_here(&load))
    })
    .await?
}

/// Drives one round, on this thread.
pub async fn drive_here(load: &Load) -> anyhow::Result<Driven> {
    let open = (0..load.connections).map(|_| Connection::open(&load.target));
    let connections: Vec<Connection> = try_join_all(open).await?;
    let cpu =
        || load.servers.iter().map(|pid| process::cpu(*pid)).sum::<anyhow::Result<Duration>>();
    let used_before = cpu()?;
    let round = Round {
        load,
        begun: Instant::now(),
        ticks: load.pace.interval().map(Ticks::every).transpose()?,
        sent: Cell::new(0),
        latencies: RefCell::default(),
    };
    try_join_all(connections.into_iter().map(|connection| round.work(connection))).await?;
    let took = round.begun.elapsed();
    let cpu = cpu()?.saturating_sub(used_before);
    let cpu = (!load.servers.is_empty()).then_some(cpu);
    Ok(Driven { answered: round.sent.get(), took, latencies: round.latencies.into_inner(), cpu })
}

/// What the connections of a round share, all on one thread.
struct Round<'a> {
    load: &'a Load,
    begun: Instant,
    ticks: Option<Ticks>,
    sent: Cell<u64>,
    latencies: RefCell<Latencies>,
}

impl Round<'_> {
    /// One connection's share.
    async fn work(&self, mut connection: Connection) -> anyhow::Result<()> {
        let expected = self.load.requests.expected;
        while let Some((request, due)) = self.next().await? {
            let answer = connection.send(request).await?;
            let held = answer.windows(expected.len()).any(|part| part == expected);
            ensure!(held, "the answer is not the one: {}", String::from_utf8_lossy(&answer));
            self.latencies.borrow_mut().add(due.elapsed());
        }
        Ok(())
    }

    /// The next request and since when it is due; nothing when the round is over.
    async fn next(&self) -> anyhow::Result<Option<(Question, Instant)>> {
        if self.is_over() {
            return Ok(None);
        }
        if let Some(ticks) = &self.ticks {
            ticks.next().await?;
            if self.is_over() {
                // Those that wait for their turn hear of it one after the other.
                ticks.pass_on();
                return Ok(None);
            }
        }
        let place = self.sent.get();
        let Some(request) = self.load.requests.get(place) else { return Ok(None) };
        self.sent.set(place + 1);
        let due = match self.load.pace.interval() {
            None => Instant::now(),
            Some(every) => self.begun + every.mul_f64(counted(place + 1)),
        };
        Ok(Some((request.clone(), due)))
    }

    fn is_over(&self) -> bool {
        let sent = self.sent.get();
        let over = match self.load.pace.interval() {
            None => self.begun.elapsed() >= self.load.time,
            Some(every) => every.mul_f64(counted(sent)) >= self.load.time,
        };
        over || sent >= self.load.at_most || self.load.requests.get(sent).is_none()
    }
}

#[expect(clippy::cast_precision_loss, reason = "no round has so many requests")]
fn counted(requests: u64) -> f64 {
    requests as f64
}
