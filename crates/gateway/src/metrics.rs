//! What is counted, by its Prometheus name. Labels are names out of the configuration, never out of requests.

mod counted;
mod stands;

pub(crate) use stands::Stands;

use counted::{COUNTED, Exchange, Happened, Reloaded};
use prometheus_client::metrics::counter::Counter;
use std::cell::RefCell;
use std::time::Duration;
use stead::AcquireError;
use stead::client::{Acquired, CacheEvent, Source};
use stead_telemetry::{RequestCounter, shown};

/// How reading the configuration anew ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reload {
    /// It is at work.
    Ok,
    /// The one before stays at work.
    Bad,
}

/// All of it, as Prometheus reads it.
pub(crate) fn render(stands: Stands, generation: u32) -> String {
    shown([&COUNTED.shown, &stands.show(generation)])
}

/// A request was answered.
pub(crate) fn answered(route: &str, status: u16, took: Duration) {
    let same = |it: &Answers| it.status == status && it.route == route;
    let make = || {
        let counter = COUNTED.requests.of(route, status);
        Answers { route: route.to_owned(), status, counter }
    };
    let count = |it: &Answers| it.counter.count(took);
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
    let same = |it: &Exchanges| {
        let Exchange { provider: p, target: t, outcome: o } = &it.exchange;
        (p.as_str(), t.as_str(), *o) == (provider, target, outcome)
    };
    let make = || {
        let (provider, target) = (provider.to_owned(), target.to_owned());
        let exchange = Exchange { provider, target, outcome };
        Exchanges { count: COUNTED.exchanges.get_or_create_owned(&exchange), exchange }
    };
    let count = |it: &Exchanges| _ = it.count.inc();
    COUNTED.exchange.observe(took.as_secs_f64());
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
    counter: RequestCounter,
}

/// Tokens of one provider for one target, with one outcome.
struct Exchanges {
    exchange: Exchange,
    count: Counter,
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
    let make = || Cached { event, count: COUNTED.cached.get_or_create_owned(&Happened { event }) };
    let count = |it: &Cached| _ = it.count.inc();
    USED.with_borrow_mut(|used| on(&mut used.cached, |it| it.event == event, make, count));
}

/// The configuration was read anew.
pub(crate) fn reloaded(result: Reload) {
    let result = match result {
        Reload::Ok => "ok",
        Reload::Bad => "bad",
    };
    COUNTED.reloads.get_or_create(&Reloaded { result }).inc();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_says_what_a_gateway_counts() {
        let page = include_str!("../../../docs/reference/metrics.md");
        let stands = Stands::default().show(1);
        let table = format!(
            "| name | type | labels | meaning |\n|---|---|---|---|\n{}{}",
            COUNTED.shown.page(),
            stands.page()
        );
        assert!(page.contains(&table), "the table has to be:\n{table}");
    }
}
