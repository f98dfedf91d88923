//! What is not counted but looked at when a monitor asks.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use stead::issuer::{BreakerState, Standing};
use stead::{Provider, Seconds};
use stead_telemetry::Metrics;

/// How things stand, looked at when somebody asks: of what a reload took away nothing is left.
#[derive(Debug, Default)]
pub(crate) struct Stands {
    entries: Family<Named, Gauge>,
    up: Family<Named, Gauge>,
    breaker: Family<Named, Gauge>,
    keys_age: Family<Named, Gauge>,
}

impl Stands {
    /// A provider, and how many of its answers are kept.
    pub(crate) fn look_at(&self, name: &str, provider: &Provider, kept: usize) {
        let of = Named { provider: name.to_owned() };
        self.entries.get_or_create(&of).set(i64::try_from(kept).unwrap_or(i64::MAX));
        self.breaker.get_or_create(&of).set(match provider.breaker_state() {
            BreakerState::Closed => 0,
            BreakerState::HalfOpen => 1,
            BreakerState::Open => 2,
        });
        match provider.standing() {
            Standing::Up => _ = self.up.get_or_create(&of).set(1),
            Standing::Down => _ = self.up.get_or_create(&of).set(0),
            Standing::Unknown => {}
        }
        if let Some(fetched) = provider.keys_fetched() {
            let Seconds(age) = provider.clock().now().left_at(fetched);
            self.keys_age.get_or_create(&of).set(i64::from(age));
        }
    }

    /// As a monitor is shown them, with the number of the configuration at work.
    pub(super) fn show(self, generation: u32) -> Metrics {
        let mut shown = Metrics::default();
        shown.show(
            "stead_cache_entries",
            "provider",
            "Tokens and refusals kept in memory.",
            self.entries,
        );
        shown.show(
            "stead_provider_up",
            "provider",
            "1 if it answered when it was last asked, 0 if it did not.",
            self.up,
        );
        shown.show(
            "stead_breaker_state",
            "provider",
            "Whether it is asked for tokens: 0 yes, 1 once, to see whether it works again, 2 not for a while.",
            self.breaker,
        );
        shown.show(
            "stead_jwks_age_seconds",
            "provider",
            "How long ago the keys were fetched that it signs with.",
            self.keys_age,
        );
        shown.show(
            "stead_config_generation",
            "",
            "Which configuration is at work, counted from 1.",
            ConstGauge::new(generation),
        );
        shown.show_spans_dropped();
        shown
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Named {
    provider: String,
}
