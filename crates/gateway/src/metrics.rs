//! What is counted, by its Prometheus name. Labels are names out of the configuration, never out of requests.

use metrics::{Counter, Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use metrics_util::MetricKindMask;
use std::cell::RefCell;
use std::sync::OnceLock;
use std::time::Duration;
use stead::client::{Acquired, CacheEvent, Source};
use stead::issuer::{BreakerState, Standing};
use stead::{AcquireError, Provider, Seconds};
use stead_telemetry::{DROPPED, Metric, MetricKind, describe};

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

/// How long a gauge is shown that is not set any more: so the gauges of a provider go that a reload took away.
const FORGOTTEN: Duration = Duration::from_mins(5);

const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

const fn metric(
    name: &'static str,
    kind: MetricKind,
    labels: &'static str,
    meaning: &'static str,
) -> Metric {
    Metric { name, kind, labels, meaning }
}

/// All there is: the table of the reference page.
const METRICS: [Metric; 12] = [
    metric(REQUESTS, MetricKind::Counter, "route, code", "Requests answered, by route and status."),
    metric(REQUEST, MetricKind::Histogram, "route", "How long it took to the head of the answer."),
    metric(
        EXCHANGES,
        MetricKind::Counter,
        "provider, target, outcome",
        "Tokens asked for: `ok` from the provider, `cache` from memory or the Redis, `challenge`, `denied`, `unavailable`, `config`.",
    ),
    metric(
        EXCHANGE,
        MetricKind::Histogram,
        "",
        "How long it took to have a token, from memory or not.",
    ),
    metric(
        RELOADS,
        MetricKind::Counter,
        "result",
        "Configurations read anew: `ok`, or `bad` and not taken over.",
    ),
    metric(GENERATION, MetricKind::Gauge, "", "Which configuration is at work, counted from 1."),
    metric(CACHE, MetricKind::Gauge, "provider", "Tokens and refusals kept in memory."),
    metric(
        CACHED,
        MetricKind::Counter,
        "event",
        "Tokens looked for in memory: `hit` there, `refresh` there, and the next one is being fetched, `negative` a refusal is there, `miss` the provider is asked, or the Redis before: `shared` it was there, `trouble` the Redis did not answer as it should; and `evict`: given up for want of room.",
    ),
    metric(
        UP,
        MetricKind::Gauge,
        "provider",
        "1 if it answered when it was last asked, 0 if it did not.",
    ),
    metric(
        BREAKER,
        MetricKind::Gauge,
        "provider",
        "Whether it is asked for tokens: 0 yes, 1 once, to see whether it works again, 2 not for a while.",
    ),
    metric(
        KEYS_AGE,
        MetricKind::Gauge,
        "provider",
        "How long ago the keys were fetched that it signs with.",
    ),
    metric(DROPPED, MetricKind::Counter, "", "Spans that no collector has got."),
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

/// Folds observations into the histograms; to be called every second or so.
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
        describe(&METRICS);
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
    USED.with_borrow_mut(|used| on(&mut used.answers, same, make, count));
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
    USED.with_borrow_mut(|used| on(&mut used.exchanges, same, make, count));
}

thread_local! {
    static USED: RefCell<Used> = RefCell::default();
}

/// The counters that this thread has used before: looking one up by all its labels costs more than counting. They are few,
/// since labels are names from the configuration.
#[derive(Default)]
struct Used {
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

/// Acts on the item that is the same, which is made first if there is none yet.
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
    USED.with_borrow_mut(|used| on(&mut used.cached, |it| it.event == event, make, count));
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
    use stead_telemetry::table;

    #[test]
    fn the_reference_page_says_what_a_gateway_counts() {
        let page = include_str!("../../../docs/reference/metrics.md");
        let table = table(&METRICS);
        assert!(page.contains(&table), "the table has to be:\n{table}");
    }
}
