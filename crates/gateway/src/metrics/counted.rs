//! Everything that is counted, with its labels and its meaning.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::LazyLock;
use stead_telemetry::{Durations, Metrics, duration, durations};

/// What happened since the start of the process; all gateways in it add to the same numbers.
pub(super) static COUNTED: LazyLock<Counted> = LazyLock::new(Counted::new);

pub(super) struct Counted {
    pub(super) shown: Metrics,
    pub(super) requests: Family<Answer, Counter>,
    pub(super) request: Durations<Routed>,
    pub(super) exchanges: Family<Exchange, Counter>,
    pub(super) exchange: Histogram,
    pub(super) cached: Family<Happened, Counter>,
    pub(super) reloads: Family<Reloaded, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Answer {
    pub(super) route: String,
    pub(super) code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Routed {
    pub(super) route: String,
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
        let mut all = Self {
            shown: Metrics::default(),
            requests: Family::default(),
            request: durations(),
            exchanges: Family::default(),
            exchange: duration(),
            cached: Family::default(),
            reloads: Family::default(),
        };
        all.show();
        all
    }

    fn show(&mut self) {
        self.shown.add(
            "stead_requests_total",
            "route, code",
            "Requests answered, by route and status.",
            self.requests.clone(),
        );
        self.shown.add(
            "stead_request_duration_seconds",
            "route",
            "How long it took to the head of the answer.",
            self.request.clone(),
        );
        self.shown.add(
            "stead_exchange_total",
            "provider, target, outcome",
            "Tokens asked for: `ok` from the provider, `cache` from memory or the Redis, `challenge`, `denied`, `unavailable`, `config`.",
            self.exchanges.clone(),
        );
        self.shown.add(
            "stead_exchange_duration_seconds",
            "",
            "How long it took to have a token, from memory or not.",
            self.exchange.clone(),
        );
        self.shown.add(
            "stead_cache_events_total",
            "event",
            "Tokens looked for in memory: `hit` there, `refresh` there, and the next one is being fetched, `negative` a refusal is there, `miss` the provider is asked, or the Redis before: `shared` it was there, `trouble` the Redis did not answer as it should; and `evict`: given up for want of room.",
            self.cached.clone(),
        );
        self.shown.add(
            "stead_config_reloads_total",
            "result",
            "Configurations read anew: `ok`, or `bad` and not taken over.",
            self.reloads.clone(),
        );
    }
}
