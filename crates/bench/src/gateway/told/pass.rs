//! What came of the rounds with one of them, and of two that took turns.

use crate::gateway::rival::Rival;
use crate::load::{Driven, Spread};
use crate::process;
use crate::report::{median, mib, rounded};
use serde::{Deserialize, Serialize};

/// What came of the rounds with one of them. Medians.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Came {
    pub(crate) name: String,
    pub(crate) fastest: Pass,
    pub(crate) paced: Option<Pass>,
    /// What its processes hold in memory together after the rounds, in MiB.
    pub(crate) resident_mib: f64,
}

/// Several rounds of the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pass {
    /// Requests a second.
    pub(crate) a_second: f64,
    /// How long they took. The longest is that of all rounds.
    pub(crate) latency: Spread,
    /// What one cost, in microseconds of processor time.
    pub(crate) cpu_us: f64,
    /// Which part of a core was busy with them.
    busy: f64,
}

/// One over another, in the same round. Medians.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Beside {
    pub(crate) cpu: f64,
    pub(crate) a_second: f64,
    pub(crate) p99: f64,
    pub(crate) paced_cpu: Option<f64>,
    pub(crate) paced_p99: Option<f64>,
}

impl Came {
    /// Of one, and what it holds in memory now.
    pub(crate) fn of(rival: &Rival) -> anyhow::Result<Self> {
        let memory = rival.pids.iter().map(|pid| process::memory(*pid).map(|it| it.resident));
        let resident: u64 = memory.sum::<anyhow::Result<u64>>()?;
        Ok(Self {
            name: rival.name.clone(),
            fastest: Pass::of(&rival.fastest),
            paced: (!rival.paced.is_empty()).then(|| Pass::of(&rival.paced)),
            resident_mib: mib(resident),
        })
    }
}

impl Pass {
    fn of(rounds: &[Driven]) -> Self {
        let of =
            |number: fn(&Driven) -> f64| median(&rounds.iter().map(number).collect::<Vec<_>>());
        let spreads: Vec<Spread> = rounds.iter().map(|round| round.latencies.spread()).collect();
        Self {
            a_second: of(Driven::a_second),
            latency: Spread::middle(&spreads),
            cpu_us: of(cpu_us),
            busy: of(|round| cpu_us(round) * round.a_second() / 1e6),
        }
    }

    pub(crate) fn cells(&self, name: &str) -> Vec<String> {
        let Self { a_second, latency, cpu_us, busy } = self;
        let numbers = [*a_second, latency.p50_ms, latency.p99_ms, latency.max_ms, *cpu_us];
        let mut cells = vec![name.to_owned()];
        cells.extend(numbers.map(rounded));
        cells.push(format!("{:.0}", busy * 100.0));
        cells
    }
}

impl Beside {
    pub(crate) fn of(one: &Rival, other: &Rival) -> Self {
        Self {
            cpu: ratio((&one.fastest, &other.fastest), cpu_us).unwrap_or_default(),
            a_second: ratio((&one.fastest, &other.fastest), Driven::a_second).unwrap_or_default(),
            p99: ratio((&one.fastest, &other.fastest), p99).unwrap_or_default(),
            paced_cpu: ratio((&one.paced, &other.paced), cpu_us),
            paced_p99: ratio((&one.paced, &other.paced), p99),
        }
    }

    /// As a row of this name: those of as many as each can.
    pub(crate) fn cells(&self, name: &str) -> Vec<String> {
        let numbers = [self.cpu, self.a_second, self.p99].map(rounded);
        [name.to_owned()].into_iter().chain(numbers).collect()
    }
}

fn cpu_us(round: &Driven) -> f64 {
    round.cpu_us().unwrap_or_default()
}

fn p99(round: &Driven) -> f64 {
    round.latencies.spread().p99_ms
}

/// The median of the ratios of two that took turns; none without rounds.
fn ratio((ones, others): (&[Driven], &[Driven]), of: fn(&Driven) -> f64) -> Option<f64> {
    let pairs = ones.iter().zip(others);
    let ratios: Vec<f64> =
        pairs.map(|(one, other)| of(one) / of(other).max(f64::MIN_POSITIVE)).collect();
    (!ratios.is_empty()).then(|| median(&ratios))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Latencies;
    use std::time::Duration;

    fn round(answered: u64, cpu_ms: u64) -> Driven {
        let mut latencies = Latencies::default();
        latencies.add(Duration::from_millis(cpu_ms));
        let cpu = Some(Duration::from_millis(cpu_ms));
        Driven { answered, took: Duration::from_secs(1), latencies, cpu }
    }

    #[test]
    fn ratios_are_of_rounds_that_followed_each_other() {
        // 100 µs beside 50, 300 beside 100, 90 beside 90.
        let ours = [round(1000, 100), round(1000, 300), round(1000, 90)];
        let theirs = [round(1000, 50), round(1000, 100), round(1000, 90)];
        assert!((ratio((&ours, &theirs), cpu_us).unwrap() - 2.0).abs() < 1e-9);
        assert!((ratio((&ours, &theirs), Driven::a_second).unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(ratio((&[], &theirs), cpu_us), None);
    }

    #[test]
    fn a_pass_tells_how_busy_its_core_was() {
        let pass = Pass::of(&[round(1000, 500)]);
        assert!((pass.busy - 0.5).abs() < 1e-9 && (pass.cpu_us - 500.0).abs() < 1e-9);
    }
}
