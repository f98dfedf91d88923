//! What is counted, by its Prometheus name, and the listener that shows it.
//!
//! Labels are few whatever is sent: a path's pattern, a status, a name out of a list, a tenant that is
//! configured. Never a user and never a client. `docs/reference/metrics.md` is held equal to the table `METRICS`.

use crate::app::App;
use crate::readiness::ready;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics::{Counter, Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;
use stead_core::login::ConsentAnswer;
use stead_core::token::Issued;
use stead_telemetry::{DROPPED, Metric, MetricKind, describe};

/// The route that is asked most often.
pub(crate) const TOKEN: &str = "/{tenant}/oauth2/v2.0/token";

const TOKENS: &str = "stead_tokens_issued_total";
const DEPTH: &str = "stead_chain_depth";
const DENIED: &str = "stead_exchange_denied_total";
const EXCHANGE: &str = "stead_exchange_duration_seconds";
const LOGIN: &str = "stead_login_total";
const CONSENT: &str = "stead_consent_total";
const REQUESTS: &str = "stead_requests_total";
const REQUEST: &str = "stead_request_duration_seconds";
const KEY_AGE: &str = "stead_signing_key_age_seconds";
const FOLLOWERS: &str = "stead_revocation_followers";
const COMMITS: &str = "stead_store_commits_total";
const TRANSACTIONS: &str = "stead_store_transactions_total";

const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Actors in a chain: 8 is the most there can be unless it is configured otherwise.
const DEPTHS: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

const fn metric(
    name: &'static str,
    kind: MetricKind,
    labels: &'static str,
    meaning: &'static str,
) -> Metric {
    Metric { name, kind, labels, meaning }
}

/// All there is.
const METRICS: [Metric; 13] = [
    metric(TOKENS, MetricKind::Counter, "grant, client_kind", "Access tokens issued."),
    metric(
        DEPTH,
        MetricKind::Histogram,
        "",
        "Actors in the chain of each token issued on behalf of a user.",
    ),
    metric(
        DENIED,
        MetricKind::Counter,
        "rule",
        "Exchanges refused, by the reason that `docs/errors.md` explains.",
    ),
    metric(
        EXCHANGE,
        MetricKind::Histogram,
        "",
        "How long an exchange took, its record included, however it ended.",
    ),
    metric(
        LOGIN,
        MetricKind::Counter,
        "method, outcome",
        "Passwords, passkeys' answers and codes sent from the pages of a sign-in.",
    ),
    metric(CONSENT, MetricKind::Counter, "outcome", "Questions for consent answered by a user."),
    metric(
        REQUESTS,
        MetricKind::Counter,
        "route, code",
        "Requests to the public listener answered.",
    ),
    metric(
        REQUEST,
        MetricKind::Histogram,
        "route",
        "How long a request to the public listener took.",
    ),
    metric(
        KEY_AGE,
        MetricKind::Gauge,
        "tenant, algorithm",
        "How long the present signing key has been signing.",
    ),
    metric(FOLLOWERS, MetricKind::Gauge, "", "APIs that follow the revocation feed at this node."),
    metric(
        COMMITS,
        MetricKind::Counter,
        "",
        "Commits written since the start; none are counted in memory.",
    ),
    metric(
        TRANSACTIONS,
        MetricKind::Counter,
        "",
        "Transactions those commits shared; none are counted in memory.",
    ),
    metric(DROPPED, MetricKind::Counter, "", "Spans that no collector has got."),
];

/// How an attempt to sign in ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Login {
    /// It was right.
    Ok,
    /// It was wrong, or nobody is called so.
    Wrong,
    /// It was not looked at: too many attempts.
    Throttled,
    /// It was not looked at: too many people at once.
    Busy,
}

/// By what means somebody tried to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// A password.
    Password,
    /// A passkey.
    Passkey,
    /// A one-time code.
    Totp,
    /// A recovery code.
    Recovery,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Recovery => "recovery",
        }
    }
}

impl Login {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::Throttled => "throttled",
            Self::Busy => "busy",
        }
    }
}

/// Counts from now on. Installed once a process; every server in it adds to the same numbers.
pub(crate) fn install() {
    handle();
}

/// Sums up every second what was observed: until then each duration is kept by itself, eight bytes a time.
pub(crate) async fn keep_tidy(stop: impl Future<Output = ()> + Send) {
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => handle().run_upkeep(),
        }
    }
}

fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Full(DEPTH.to_owned()), &DEPTHS)
        });
        // It refuses only to have no buckets at all.
        let recorder = builder.unwrap_or_default().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics are recorded by somebody else in this process");
        }
        describe(&METRICS);
        // Nobody follows yet, and nothing was dropped: a monitor is told so rather than left without the line.
        gauge!(FOLLOWERS).set(0.0);
        counter!(DROPPED).increment(0);
        handle
    })
}

/// What is counted most often, found by its labels once.
static TOKENS_GIVEN: LazyLock<Counter> =
    LazyLock::new(|| counter!(REQUESTS, "route" => TOKEN, "code" => "200"));
static TOKENS_TOOK: LazyLock<Histogram> = LazyLock::new(|| histogram!(REQUEST, "route" => TOKEN));

/// A request was answered.
pub(crate) fn answered(route: &str, status: u16, took: Duration) {
    if (route, status) == (TOKEN, 200) {
        TOKENS_GIVEN.increment(1);
        return TOKENS_TOOK.record(took);
    }
    counter!(REQUESTS, "route" => route.to_owned(), "code" => status.to_string()).increment(1);
    histogram!(REQUEST, "route" => route.to_owned()).record(took);
}

/// A token was issued.
pub(crate) fn issued(issued: &Issued) {
    let grant = issued.grant.as_str();
    let kind = issued.client_kind.as_str();
    counter!(TOKENS, "grant" => grant, "client_kind" => kind).increment(1);
    if let Ok(actors @ 1..) = u32::try_from(issued.actors) {
        histogram!(DEPTH).record(f64::from(actors));
    }
}

/// An exchange was refused.
pub(crate) fn exchange_denied(reason: &'static str) {
    counter!(DENIED, "rule" => reason).increment(1);
}

/// An exchange took so long, however it ended.
pub(crate) fn exchange_took(took: Duration) {
    histogram!(EXCHANGE).record(took);
}

/// An API follows the revocation feed.
pub(crate) fn follower_came() {
    gauge!(FOLLOWERS).increment(1.0);
}

/// It does no more.
pub(crate) fn follower_left() {
    gauge!(FOLLOWERS).decrement(1.0);
}

/// Somebody tried to sign in.
pub(crate) fn login(method: Method, outcome: Login) {
    counter!(LOGIN, "method" => method.as_str(), "outcome" => outcome.as_str()).increment(1);
}

/// Somebody answered the question for consent.
pub(crate) fn consent(answer: &ConsentAnswer) {
    let outcome = match answer {
        ConsentAnswer::Allow { .. } => "allowed",
        ConsentAnswer::Deny => "denied",
    };
    counter!(CONSENT, "outcome" => outcome).increment(1);
}

/// `/metrics`, `/healthz`, `/readyz`.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/metrics", get(render))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(app)
}

async fn render(State(app): State<App>) -> impl IntoResponse {
    look(&app).await;
    ([(http::header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle().render())
}

/// What nobody reports, because nothing happens to it: it is looked at when somebody asks.
async fn look(app: &App) {
    if let Some(stats) = app.stores().stats() {
        counter!(COMMITS).absolute(stats.commits);
        counter!(TRANSACTIONS).absolute(stats.transactions);
    }
    let now = app.moment().now;
    for tenant in app.all_tenants().iter() {
        let name = tenant.sts.tenant.name.as_str();
        match tenant.keys.ages(now).await {
            Ok(ages) => ages.into_iter().for_each(|(algorithm, age)| {
                let labels =
                    [("tenant", name.to_owned()), ("algorithm", algorithm.as_str().to_owned())];
                gauge!(KEY_AGE, &labels).set(f64::from(age.0));
            }),
            Err(error) => tracing::warn!(%error, tenant = name, "the age of keys is not known"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_telemetry::table;

    #[test]
    fn the_reference_page_says_what_is_counted() {
        let page = include_str!("../../../docs/reference/metrics.md");
        let table = table(&METRICS);
        assert!(page.contains(&table), "the table has to be:\n{table}");
    }
}
