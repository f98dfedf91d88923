//! What is counted, by its Prometheus name, and the listener that shows it.

use crate::app::App;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::StatusCode;
use metrics::{counter, describe_counter, describe_histogram, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Duration;

const TOKENS: &str = "stead_tokens_issued_total";
const DENIED: &str = "stead_exchange_denied_total";
const EXCHANGE: &str = "stead_exchange_duration_seconds";
const LOGIN: &str = "stead_login_total";
const CONSENT: &str = "stead_consent_total";
const REQUESTS: &str = "stead_requests_total";
const REQUEST: &str = "stead_request_duration_seconds";

const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Counts from now on. Installed once a process; every server in it adds to the same numbers.
pub(crate) fn install() {
    handle();
}

/// Sums up what was observed since the last time.
pub(crate) fn tidy() {
    handle().run_upkeep();
}

fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS);
        // It refuses only to have no buckets at all.
        let recorder = builder.unwrap_or_default().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics are recorded by somebody else in this process");
        }
        describe();
        handle
    })
}

fn describe() {
    describe_counter!(TOKENS, "Tokens issued, by grant.");
    describe_counter!(DENIED, "Exchanges refused, by the rule that refused.");
    describe_histogram!(EXCHANGE, "How long an exchange took, its record included.");
    describe_counter!(LOGIN, "Sign-ins tried, by method and outcome.");
    describe_counter!(CONSENT, "Questions for consent answered, by outcome.");
    describe_counter!(REQUESTS, "Requests answered, by route and status.");
    describe_histogram!(REQUEST, "How long a request took, by route.");
}

/// A request was answered.
pub(crate) fn answered(route: &str, status: u16, took: Duration) {
    counter!(REQUESTS, "route" => route.to_owned(), "code" => status.to_string()).increment(1);
    histogram!(REQUEST, "route" => route.to_owned()).record(took);
}

/// A token was issued.
pub(crate) fn issued(grant: &'static str) {
    counter!(TOKENS, "grant" => grant).increment(1);
}

/// An exchange was refused.
pub(crate) fn exchange_denied(rule: &'static str) {
    counter!(DENIED, "rule" => rule).increment(1);
}

/// An exchange took so long, however it ended.
pub(crate) fn exchange_took(took: Duration) {
    histogram!(EXCHANGE).record(took);
}

/// Somebody tried to sign in.
pub(crate) fn login(outcome: &'static str) {
    counter!(LOGIN, "method" => "password", "outcome" => outcome).increment(1);
}

/// Somebody answered the question for consent.
pub(crate) fn consent(outcome: &'static str) {
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

async fn render() -> impl IntoResponse {
    ([(http::header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle().render())
}

/// Ready is who can read what is on file.
async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    for sts in app.tenants() {
        if let Err(error) = sts.store.head().await {
            tracing::warn!(%error, "not ready");
            return (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n");
        }
    }
    (StatusCode::OK, "ready\n")
}
