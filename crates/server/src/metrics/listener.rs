//! The listener that shows what was counted, and what is only looked at when somebody asks.

use super::counted::COUNTED;
use crate::app::App;
use crate::readiness::ready;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use stead_store::Stats;
use stead_telemetry::{Metrics, OPENMETRICS, shown};

/// `/metrics`, `/healthz`, `/readyz`.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/metrics", get(render))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(app)
}

async fn render(State(app): State<App>) -> impl IntoResponse {
    let looked_at = look(&app).await;
    ([(http::header::CONTENT_TYPE, OPENMETRICS)], shown([&COUNTED.shown, &looked_at]))
}

/// What nobody reports, because nothing happens to it: it is looked at when somebody asks.
async fn look(app: &App) -> Metrics {
    let now = app.moment().now;
    let ages = Family::<Signing, Gauge>::default();
    for tenant in app.all_tenants().iter() {
        let name = tenant.sts.tenant.name.as_str();
        match tenant.keys.ages(now).await {
            Ok(known) => known.into_iter().for_each(|(algorithm, age)| {
                let key = Signing { tenant: name.to_owned(), algorithm: algorithm.as_str() };
                ages.get_or_create(&key).set(i64::from(age.0));
            }),
            Err(error) => tracing::warn!(%error, tenant = name, "the age of keys is not known"),
        }
    }
    looked_at(app.stores().stats(), ages)
}

fn looked_at(stats: Option<Stats>, ages: Family<Signing, Gauge>) -> Metrics {
    let mut shown = Metrics::default();
    shown.show(
        "stead_signing_key_age_seconds",
        "tenant, algorithm",
        "How long the present signing key has been signing.",
        ages,
    );
    if let Some(Stats { commits, transactions, .. }) = stats {
        shown.show(
            "stead_store_commits_total",
            "",
            "Commits written since the start; none are counted in memory.",
            ConstCounter::new(commits),
        );
        shown.show(
            "stead_store_transactions_total",
            "",
            "Transactions those commits shared; none are counted in memory.",
            ConstCounter::new(transactions),
        );
    }
    shown.show_spans_dropped();
    shown
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Signing {
    tenant: String,
    algorithm: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_says_what_is_counted() {
        let page = include_str!("../../../../docs/reference/metrics.md");
        let stats = Stats { commits: 2, transactions: 1, failing: false };
        let looked_at = looked_at(Some(stats), Family::default());
        let table = format!(
            "| name | type | labels | meaning |\n|---|---|---|---|\n{}{}",
            COUNTED.shown.page(),
            looked_at.page()
        );
        assert!(page.contains(&table), "the table has to be:\n{table}");
    }
}
