//! What is counted, by its Prometheus name. Labels are names out of the configuration, never out of requests.

use metrics::{
    Counter, Histogram, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use metrics_util::MetricKindMask;
use std::cell::RefCell;
use std::sync::OnceLock;
use std::time::Duration;
use stead::client::{Acquired, CacheEvent, Source};
use stead::issuer::{BreakerState, Standing};
use stead::{AcquireError, Provider, Seconds};
use stead_telemetry::DROPPED;

const REQUESTS: &str = "stead_requests_total";
const REQUEST: &str = "stead_request_duration_seconds";
const EXCHANGES: &str = "stead_exchange_total";
const EXCHANGE: &str = "stead_exchange_duration_seconds";
const RELOADS: &str = "stead_config_reloads_total";
const GENERATION: &str = "stead_config_generation";
const CACHE: &str = "stead_cache_entries";
const CACHED: &str = "stead_cache_events_total";
const UP: &str = "stead_provider_up";
const BREAKER: &str = "stead_breaker_state";
const KEYS_AGE: &str = "stead_jwks_age_seconds";

/// How long a gauge of which nothing was heard is shown: a provider that a reload took away goes with it.
const FORGOTTEN: Duration = Duration::from_mins(5);

const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// All there is: name, kind, labels, meaning. The table of the reference page.
const METRICS: [(&str, Kind, &str, &str); 12] = [
    (REQUESTS, Kind::Counter, "route, code", "Requests answered, by route and status."),
    (REQUEST, Kind::Histogram, "route", "How long it took to the head of the answer."),
    (
        EXCHANGES,
        Kind::Counter,
        "provider, target, outcome",
        "Tokens asked for: `ok` from the provider, `cache` from memory or the Redis, `challenge`, `denied`, `unavailable`, `config`.",
    ),
    (EXCHANGE, Kind::Histogram, "", "How long it took to have a token, from memory or not."),
    (
        RELOADS,
        Kind::Counter,
        "result",
        "Configurations read anew: `ok`, or `bad` and not taken over.",
    ),
    (GENERATION, Kind::Gauge, "", "Which configuration is at work, counted from 1."),
    (CACHE, Kind::Gauge, "provider", "Tokens and refusals kept in memory."),
    (
        CACHED,
        Kind::Counter,
        "event",
        "Tokens looked for in memory: `hit` there, `refresh` there, and the next one is being fetched, `negative` a refusal is there, `miss` the provider is asked, or the Redis before: `shared` it was there, `trouble` the Redis did not answer as it should; and `evict`: given up for want of room.",
    ),
    (UP, Kind::Gauge, "provider", "1 if it answered when it was last asked, 0 if it did not."),
    (
        BREAKER,
        Kind::Gauge,
        "provider",
        "Whether it is asked for tokens: 0 yes, 1 once, to see whether it works again, 2 not for a while.",
    ),
    (KEYS_AGE, Kind::Gauge, "provider", "How long ago the keys were fetched that it signs with."),
    (DROPPED, Kind::Counter, "", "Spans that no collector has got."),
];

/// How reading the configuration anew ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reload {
    /// It is at work.
    Ok,
    /// The one before stays at work.
    Bad,
}

/// Counts from now on, once a process.
pub(crate) fn install() {
    handle();
}

/// All of it, as Prometheus reads it.
pub(crate) fn render() -> String {
    handle().render()
}

/// Sums up what was observed; to be called every now and then.
pub(crate) fn tidy_up() {
    handle().run_upkeep();
}

fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        // It refuses only to have no buckets at all.
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).unwrap_or_default();
        let builder = builder.idle_timeout(MetricKindMask::GAUGE, Some(FORGOTTEN));
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics are recorded by somebody else in this process");
        }
        for (name, kind, _, meaning) in METRICS {
            match kind {
                Kind::Counter => describe_counter!(name, meaning),
                Kind::Gauge => describe_gauge!(name, meaning),
                Kind::Histogram => describe_histogram!(name, meaning),
            }
        }
        // Nothing was dropped yet: a monitor is told so.
        counter!(DROPPED).increment(0);
        handle
    })
}

/// A request was answered.
pub(crate) fn answered(route: &str, status: u16, took: Duration) {
    let same = |it: &Answers| it.status == status && it.route == route;
    let make = || Answers {
        route: route.to_owned(),
        status,
        count: counter!(REQUESTS, "route" => route.to_owned(), "code" => status.to_string()),
        took: histogram!(REQUEST, "route" => route.to_owned()),
    };
    let count = |it: &Answers| {
        it.count.increment(1);
        it.took.record(took);
    };
    KNOWN.with_borrow_mut(|known| on(&mut known.answers, same, make, count));
}

/// How it ended, in a word.
pub(crate) fn outcome(acquired: &Result<Acquired, AcquireError>) -> &'static str {
    match acquired {
        Ok(Acquired { source: Source::Exchange, .. }) => "ok",
        Ok(_) => "cache",
        Err(AcquireError::Challenge(_)) => "challenge",
        Err(AcquireError::Denied(_)) => "denied",
        Err(AcquireError::Unavailable { .. }) => "unavailable",
        Err(_) => "config",
    }
}

/// A token was asked for.
pub(crate) fn exchanged(provider: &str, target: &str, outcome: &'static str, took: Duration) {
    let same =
        |it: &Exchanges| (&*it.provider, &*it.target, it.outcome) == (provider, target, outcome);
    let make = || {
        let labels = [
            ("provider", provider.to_owned()),
            ("target", target.to_owned()),
            ("outcome", outcome.to_owned()),
        ];
        let (count, took) = (counter!(EXCHANGES, &labels), histogram!(EXCHANGE));
        Exchanges { provider: provider.to_owned(), target: target.to_owned(), outcome, count, took }
    };
    let count = |it: &Exchanges| {
        it.count.increment(1);
        it.took.record(took);
    };
    KNOWN.with_borrow_mut(|known| on(&mut known.exchanges, same, make, count));
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// What was counted on this thread before: to look it up by all its labels costs more than to count. They are few,
/// names out of the configuration.
#[derive(Default)]
struct Known {
    answers: Vec<Answers>,
    exchanges: Vec<Exchanges>,
    cached: Vec<Cached>,
}

/// Answers of one route with one status.
struct Answers {
    route: String,
    status: u16,
    count: Counter,
    took: Histogram,
}

/// Tokens of one provider for one target, with one outcome.
struct Exchanges {
    provider: String,
    target: String,
    outcome: &'static str,
    count: Counter,
    took: Histogram,
}

/// What happened in caches, of one kind.
struct Cached {
    event: &'static str,
    count: Counter,
}

/// Does this with the one that is meant, made if it is not there yet.
fn on<T>(
    all: &mut Vec<T>,
    same: impl Fn(&T) -> bool,
    make: impl FnOnce() -> T,
    act: impl FnOnce(&T),
) {
    if let Some(it) = all.iter().find(|it| same(it)) {
        return act(it);
    }
    let it = make();
    act(&it);
    all.push(it);
}

/// Something happened in a cache of tokens.
pub(crate) fn cached(event: CacheEvent) {
    let event = match event {
        CacheEvent::Hit => "hit",
        CacheEvent::Refresh => "refresh",
        CacheEvent::Miss => "miss",
        CacheEvent::Negative => "negative",
        CacheEvent::Evict => "evict",
        CacheEvent::Shared => "shared",
        CacheEvent::Trouble => "trouble",
        _ => return,
    };
    let make = || Cached { event, count: counter!(CACHED, "event" => event) };
    let count = |it: &Cached| it.count.increment(1);
    KNOWN.with_borrow_mut(|known| on(&mut known.cached, |it| it.event == event, make, count));
}

/// How a provider stands now, and how many of its answers are kept.
pub(crate) fn stands(name: &str, provider: &Provider, kept: usize) {
    let set = |metric: &'static str, value: f64| {
        gauge!(metric, "provider" => name.to_owned()).set(value);
    };
    #[expect(clippy::cast_precision_loss, reason = "nobody keeps so many tokens")]
    set(CACHE, kept as f64);
    set(
        BREAKER,
        match provider.breaker_state() {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 1.0,
            BreakerState::Open => 2.0,
        },
    );
    match provider.standing() {
        Standing::Up => set(UP, 1.0),
        Standing::Down => set(UP, 0.0),
        Standing::Unknown => {}
    }
    if let Some(fetched) = provider.keys_fetched() {
        let Seconds(age) = provider.clock().now().left_at(fetched);
        set(KEYS_AGE, f64::from(age));
    }
}

/// The configuration was read anew.
pub(crate) fn reloaded(result: Reload) {
    let result = match result {
        Reload::Ok => "ok",
        Reload::Bad => "bad",
    };
    counter!(RELOADS, "result" => result).increment(1);
}

/// Which configuration is at work.
pub(crate) fn generation(number: u32) {
    gauge!(GENERATION).set(f64::from(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> String {
        let row = |(name, kind, labels, meaning): (&str, Kind, &str, &str)| {
            let kind = match kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram => "histogram",
            };
            let labels: Vec<String> = labels
                .split(", ")
                .filter(|label| !label.is_empty())
                .map(|label| format!("`{label}`"))
                .collect();
            format!("| `{name}` | {kind} | {} | {meaning} |\n", labels.join(", "))
        };
        let rows: String = METRICS.into_iter().map(row).collect();
        format!("| name | type | labels | meaning |\n|---|---|---|---|\n{rows}")
    }

    #[test]
    fn the_reference_page_says_what_a_gateway_counts() {
        let page = include_str!("../../../docs/reference/metrics.md");
        assert!(page.contains(&table()), "the table has to be:\n{}", table());
    }
}
