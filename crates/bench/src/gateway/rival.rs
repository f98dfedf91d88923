//! One of those that are measured, and the rounds it is driven through.

use super::others::Others;
use crate::args::Extent;
use crate::load::{Driven, Load, Pace, Requests, Target};
use crate::progress::say;
use crate::report::{median, rounded};
use std::sync::Arc;
use std::time::Duration;

/// One of those that are measured.
#[derive(Debug)]
pub(super) struct Rival {
    pub(super) name: String,
    /// Its processes, all of which its work is counted of.
    pub(super) pids: Vec<u32>,
    pub(super) target: Target,
    pub(super) requests: Arc<Requests>,
    pub(super) fastest: Vec<Driven>,
    pub(super) paced: Vec<Driven>,
}

impl Rival {
    /// One that was not driven yet.
    pub(super) fn new(
        name: impl Into<String>,
        pids: Vec<u32>,
        target: &Target,
        requests: Arc<Requests>,
    ) -> Self {
        let (name, target) = (name.into(), target.clone());
        Self { name, pids, target, requests, fastest: Vec::new(), paced: Vec::new() }
    }

    /// So many requests before the first round.
    pub(super) async fn warm_up(
        &self,
        others: &Others,
        connections: usize,
        requests: u64,
    ) -> anyhow::Result<()> {
        let load = self.load(connections, Pace::AsFastAsItCan);
        others.drive(Load { time: Duration::MAX, at_most: requests, ..load }).await?;
        Ok(())
    }

    /// One round as fast as it can.
    pub(super) async fn run(
        &mut self,
        others: &Others,
        connections: usize,
        extent: &Extent,
    ) -> anyhow::Result<()> {
        let driven = others.drive(self.round((connections, Pace::AsFastAsItCan), extent)).await?;
        say(format!("  {} requests/s: {}", rounded(driven.a_second()), self.name));
        self.fastest.push(driven);
        Ok(())
    }

    /// One round at this rate.
    pub(super) async fn walk(
        &mut self,
        others: &Others,
        (connections, rate): (usize, f64),
        extent: &Extent,
    ) -> anyhow::Result<()> {
        let driven = others.drive(self.round((connections, Pace::Rate(rate)), extent)).await?;
        self.paced.push(driven);
        Ok(())
    }

    /// How many a second it answers.
    pub(super) fn a_second(&self) -> f64 {
        median(&self.fastest.iter().map(Driven::a_second).collect::<Vec<_>>())
    }

    fn round(&self, (connections, pace): (usize, Pace), extent: &Extent) -> Load {
        let load = self.load(connections, pace);
        Load { time: extent.seconds, at_most: extent.requests, ..load }
    }

    fn load(&self, connections: usize, pace: Pace) -> Load {
        Load {
            target: self.target.clone(),
            requests: Arc::clone(&self.requests),
            connections,
            pace,
            time: Duration::MAX,
            at_most: u64::MAX,
            servers: self.pids.clone(),
        }
    }
}
