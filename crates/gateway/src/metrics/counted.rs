//! Everything that is counted, with its labels and its meaning.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::LazyLock;
use stead_telemetry::{Metrics, Requests, duration};

/// What happened since the start of the process; all gateways in it add to the same numbers.
pub(super) static COUNTED: LazyLock<Counted> = LazyLock::new(Counted::new);

pub(super) struct Counted {
    pub(super) requests: Requests,
    pub(super) exchanges: Family<Exchange, Counter>,
    pub(super) exchange: Histogram,
    pub(super) cached: Family<Happened, Counter>,
    pub(super) reloads: Family<Reloaded, Counter>,
    pub(super) shown: Metrics,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Exchange {
    pub(super) provider: String,
    pub(super) target: String,
    pub(super) outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Happened {
    pub(super) event: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Reloaded {
    pub(super) result: &'static str,
}

impl Counted {
    fn new() -> Self {
        let mut shown = Metrics::default();
        Self {
            requests: Requests::shown_in(
                &mut shown,
                [
                    "Requests answered, by route and status.",
                    "How long it took to the head of the answer.",
                ],
            ),
            exchanges: shown.add(
                "stead_exchange_total",
                "provider, target, outcome",
                "Tokens asked for: `ok` from the provider, `cache` from memory or the Redis, `challenge`, `denied`, `unavailable`, `config`.",
                Family::default(),
            ),
            exchange: shown.add(
                "stead_exchange_duration_seconds",
                "",
                "How long it took to have a token, from memory or not.",
                duration(),
            ),
            cached: shown.add(
                "stead_cache_events_total",
                "event",
                "Tokens looked for in memory: `hit` there, `refresh` there, and the next one is being fetched, `negative` a refusal is there, `miss` the provider is asked, or the Redis before: `shared` it was there, `trouble` the Redis did not answer as it should; and `evict`: given up for want of room.",
                Family::default(),
            ),
            reloads: shown.add(
                "stead_config_reloads_total",
                "result",
                "Configurations read anew: `ok`, or `bad` and not taken over.",
                Family::default(),
            ),
            shown,
        }
    }
}
