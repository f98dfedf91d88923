//! Those that are measured in turns: their processes, and the rounds they are driven through.

use super::cores::Cores;
use super::front::Front;
use super::others::Others;
use super::ours::{Between, Ours};
use super::rival::Rival;
use super::told::{Another, Beside, Came, Race};
use super::{callers, envoy, nginx};
use crate::args::{Gateway, Rate};
use crate::issuer::Issuer;
use crate::load::Question;
use crate::progress::say;
use crate::stead::Stead;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The processes that are measured.
pub(super) struct Fleet {
    ours: Ours,
    /// Ours once more, and a collector is told of everything.
    telling: Ours,
    nginx: Front,
    envoy: Option<Front>,
}

impl Fleet {
    pub(super) async fn start(
        stead: &Stead,
        cores: &Cores,
        folder: &Path,
        (issuer, others): (&Issuer, &Others),
        args: &Gateway,
    ) -> anyhow::Result<Self> {
        let upstream = others.upstream;
        let nginx = nginx::start(&args.nginx, cores, folder, upstream).await?;
        let usual = Between::usual(issuer, others);
        let ours = Ours::start(stead, cores, folder, usual).await?;
        let apart = folder.join("telling");
        fs::create_dir(&apart)?;
        let told = Between { collector: Some(others.collector), ..usual };
        let telling = Ours::start(stead, cores, &apart, told).await?;
        let envoy = match &args.envoy {
            Some(file) => Some(envoy::start(file, cores, folder, (upstream, ours.asked)).await?),
            None => None,
        };
        Ok(Self { ours, telling, nginx, envoy })
    }

    /// All of them, before the first round.
    pub(super) fn field(&self, asked: Vec<Question>, args: &Gateway) -> anyhow::Result<Field> {
        let acted_for = callers::acted_for(asked.clone());
        let name = format!("stead {}", env!("CARGO_PKG_VERSION"));
        let ours = vec![self.ours.pid];
        let envoy = match (&self.envoy, &args.envoy) {
            (Some(envoy), Some(file)) => {
                let name = format!("envoy {}, which asks it", envoy::version(file)?);
                let pids = [envoy.pids()?, ours.clone()].concat();
                Some(Rival::new(name, pids, &envoy.target, Arc::clone(&acted_for)))
            }
            _ => None,
        };
        let plain = callers::passed_on(asked);
        let told = format!("{name}, telling a collector");
        let pids = vec![self.telling.pid];
        let telling = Rival::new(told, pids, &self.telling.target, Arc::clone(&acted_for));
        Ok(Field {
            ours: Rival::new(name, ours, &self.ours.target, acted_for),
            telling,
            nginx: Rival::new("nginx", self.nginx.pids()?, &self.nginx.target, plain),
            envoy,
        })
    }

    /// How many spans the one that tells has dropped.
    pub(super) async fn spans_dropped(&self) -> anyhow::Result<u64> {
        self.telling.spans_dropped().await
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        if let Some(envoy) = self.envoy {
            envoy.stop().await?;
        }
        self.ours.stop().await?;
        self.telling.stop().await?;
        self.nginx.stop().await
    }
}

/// Those that take turns.
pub(super) struct Field {
    ours: Rival,
    telling: Rival,
    nginx: Rival,
    envoy: Option<Rival>,
}

impl Field {
    /// Rounds of each, one after the other, as fast as each can; ours and nginx at the same rate too.
    pub(super) async fn take_turns(
        &mut self,
        others: &Others,
        args: &Gateway,
    ) -> anyhow::Result<()> {
        let (connections, extent) = (args.connections, &args.extent);
        for rival in self.all() {
            rival.warm_up(others, connections, args.warm_up.max(args.users.into())).await?;
        }
        for number in 1..=extent.rounds {
            say(format!("round {number}"));
            for rival in self.all() {
                rival.run(others, connections, extent).await?;
            }
        }
        let rate = match args.rate {
            Rate::None => return Ok(()),
            Rate::Half => self.ours.a_second().min(self.nginx.a_second()) / 2.0,
            Rate::PerSecond(rate) => rate,
        };
        for number in 1..=extent.rounds {
            say(format!("round {number} at a fixed rate"));
            self.ours.walk(others, (connections, rate), extent).await?;
            self.nginx.walk(others, (connections, rate), extent).await?;
        }
        Ok(())
    }

    /// What came of it. The processes are still there: what they hold in memory is looked at.
    pub(super) fn told(&self, spans_dropped: u64) -> anyhow::Result<Race> {
        let beside = |rival: &Rival| {
            let came = Came::of(rival)?;
            Ok::<_, anyhow::Error>(Another { came, beside: Beside::of(rival, &self.ours) })
        };
        Ok(Race {
            stead: Came::of(&self.ours)?,
            nginx: Came::of(&self.nginx)?,
            beside: Beside::of(&self.ours, &self.nginx),
            telling: beside(&self.telling)?,
            spans_dropped,
            envoy: self.envoy.as_ref().map(beside).transpose()?,
        })
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Rival> {
        [&mut self.telling, &mut self.ours, &mut self.nginx].into_iter().chain(&mut self.envoy)
    }
}
