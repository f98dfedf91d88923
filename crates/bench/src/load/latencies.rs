//! How long answers took.

use crate::report::median;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest that is told apart: a minute, in microseconds.
const LONGEST: u64 = 60_000_000;

/// Many durations, to a thousandth of each.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

impl Default for Latencies {
    #[expect(clippy::expect_used, reason = "these bounds are right")]
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST, 3).expect("right bounds"))
    }
}

/// Where durations lie, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Half are not longer.
    pub p50_ms: f64,
    /// Nine of ten are not longer.
    pub p90_ms: f64,
    /// Ninety-nine of a hundred are not longer.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Latencies {
    /// Counts one.
    pub fn add(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_micros()).unwrap_or(LONGEST).max(1));
    }

    /// Counts all of these too.
    pub fn add_all(&mut self, others: &Self) {
        // Both have the same bounds.
        _ = self.0.add(&others.0);
    }

    /// Where they lie.
    #[must_use]
    pub fn spread(&self) -> Spread {
        let at = |percent| micros_as_ms(self.0.value_at_percentile(percent));
        Spread {
            p50_ms: at(50.0),
            p90_ms: at(90.0),
            p99_ms: at(99.0),
            max_ms: micros_as_ms(self.0.max()),
        }
    }
}

impl Spread {
    /// Of several rounds: of each percentile the median, of the longest the longest.
    #[must_use]
    pub fn middle(rounds: &[Self]) -> Self {
        let of = |number: fn(&Self) -> f64| rounds.iter().map(number).collect::<Vec<_>>();
        Self {
            p50_ms: median(&of(|spread| spread.p50_ms)),
            p90_ms: median(&of(|spread| spread.p90_ms)),
            p99_ms: median(&of(|spread| spread.p99_ms)),
            max_ms: of(|spread| spread.max_ms).into_iter().fold(0.0, f64::max),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a minute in microseconds fits")]
fn micros_as_ms(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_all_that_was_counted_to_a_thousandth() {
        let mut latencies = Latencies::default();
        for ms in 1..=50 {
            latencies.add(Duration::from_millis(ms));
        }
        let mut others = Latencies::default();
        for ms in 51..=100 {
            others.add(Duration::from_millis(ms));
        }
        latencies.add_all(&others);
        let told = latencies.spread();
        for (told, expected) in
            [(told.p50_ms, 50.0), (told.p90_ms, 90.0), (told.p99_ms, 99.0), (told.max_ms, 100.0)]
        {
            assert!((told - expected).abs() <= expected / 1000.0 + 0.001, "{told} for {expected}");
        }
    }

    #[test]
    fn nothing_and_too_much_are_both_counted() {
        let mut latencies = Latencies::default();
        latencies.add(Duration::ZERO);
        latencies.add(Duration::from_hours(1));
        let told = latencies.spread();
        assert!(told.p50_ms > 0.0 && told.max_ms >= 60_000.0, "{told:?}");
    }
}
