//! Whether requests should be sent here: `/readyz`, for load balancers. `/healthz` only says that the process lives.

use crate::app::App;
use axum::extract::State;
use http::StatusCode;

/// Ready is who can read what is on file, and is not about to stop.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.is_leaving() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the server stops\n");
    }
    for sts in app.tenants() {
        if let Err(error) = sts.store.heads().await {
            tracing::warn!(%error, "not ready");
            return (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n");
        }
    }
    (StatusCode::OK, "ready\n")
}
