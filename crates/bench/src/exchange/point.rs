//! What came of the rounds on so many connections.

use crate::floor::Floor;
use crate::load::{Driven, Spread};
use crate::report::{known, median, rounded};
use serde::{Deserialize, Serialize};

/// What came of the rounds with so much on file, on so many connections. Medians of the rounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Point {
    /// Users on file.
    pub(super) users: u32,
    /// Records on file before the first exchange.
    pub(super) records: u64,
    /// Connections.
    pub(super) connections: usize,
    /// As many as it can.
    pub(super) fastest: Pass,
    /// At a fixed rate.
    pub(super) paced: Option<Pass>,
    /// The signatures of one exchange, on one core, before and after each round.
    pub(super) floor: Floor,
    /// What an fsync takes on this disk, before each round.
    pub(super) fsync: Option<Spread>,
    /// What the server holds in memory after it, in MiB.
    pub(super) resident_mib: Option<f64>,
    /// At most, since it began.
    pub(super) peak_mib: Option<f64>,
    /// How many exchanges this server has answered by then.
    pub(super) exchanges: u64,
}

/// Several rounds of the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pass {
    /// Exchanges a second.
    pub(super) a_second: f64,
    /// How long they took. The longest is that of all rounds.
    pub(super) latency: Spread,
    /// What one cost the server, in microseconds of processor time.
    pub(super) cpu_us: Option<f64>,
    /// That, over the floor of the same round.
    pub(super) cpu_per_floor: Option<f64>,
    /// Exchanges a second, round by round.
    pub(super) rounds: Vec<f64>,
}

impl Pass {
    /// Of rounds, each with its floor.
    pub(super) fn of(rounds: &[(&Driven, Floor)]) -> Self {
        let a_second: Vec<f64> = rounds.iter().map(|(driven, _)| driven.a_second()).collect();
        let spreads: Vec<Spread> =
            rounds.iter().map(|(driven, _)| driven.latencies.spread()).collect();
        let costs: Vec<(f64, f64)> = rounds
            .iter()
            .filter_map(|(driven, floor)| Some((driven.cpu_us()?, floor.both_us())))
            .collect();
        let cost = |number: fn(&(f64, f64)) -> f64| {
            let costs: Vec<f64> = costs.iter().map(number).collect();
            (!costs.is_empty()).then(|| median(&costs))
        };
        Self {
            a_second: median(&a_second),
            latency: Spread::middle(&spreads),
            cpu_us: cost(|(cpu, _)| *cpu),
            cpu_per_floor: cost(|(cpu, floor)| cpu / floor),
            rounds: a_second,
        }
    }
}

impl Point {
    /// In one line, for whoever waits.
    pub(super) fn line(&self) -> String {
        let Pass { a_second, latency, cpu_us, cpu_per_floor, .. } = &self.fastest;
        format!(
            "{} connections: {} a second, p50 {} ms, p99 {} ms, CPU {} µs = {} × floor",
            self.connections,
            rounded(*a_second),
            rounded(latency.p50_ms),
            rounded(latency.p99_ms),
            known(*cpu_us),
            known(*cpu_per_floor)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Latencies;
    use std::time::Duration;

    fn round(answered: u64, cpu_ms: u64, floor_us: f64) -> (Driven, Floor) {
        let mut latencies = Latencies::default();
        latencies.add(Duration::from_millis(answered / 100));
        let driven = Driven {
            answered,
            took: Duration::from_secs(1),
            latencies,
            cpu: Some(Duration::from_millis(cpu_ms)),
        };
        (driven, Floor { sign_us: floor_us / 4.0, verify_us: floor_us * 3.0 / 4.0 })
    }

    #[test]
    fn a_pass_tells_the_median_of_each_number_and_each_round_has_its_own_floor() {
        // 100 µs at a floor of 50, 120 µs at one of 40, 90 µs at one of 90.
        let rounds = [round(1000, 100, 50.0), round(1000, 120, 40.0), round(2000, 180, 90.0)];
        let pass = Pass::of(&rounds.each_ref().map(|(driven, floor)| (driven, *floor)));
        assert!((pass.a_second - 1000.0).abs() < 1e-6);
        assert!((pass.cpu_us.unwrap() - 100.0).abs() < 1e-6);
        assert!((pass.cpu_per_floor.unwrap() - 2.0).abs() < 1e-6);
        assert!((pass.latency.max_ms - 20.0).abs() < 0.1);
        assert_eq!(pass.rounds.len(), 3);
    }

    #[test]
    fn what_a_server_elsewhere_uses_is_not_known() {
        let (driven, floor) = round(1000, 100, 50.0);
        let pass = Pass::of(&[(&Driven { cpu: None, ..driven }, floor)]);
        assert_eq!((pass.cpu_us, pass.cpu_per_floor), (None, None));
    }
}
