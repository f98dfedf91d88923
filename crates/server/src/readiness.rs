//! Whether requests should be sent here: `/readyz`, for load balancers. `/healthz` only says that the process lives.

use crate::app::App;
use axum::extract::State;
use http::StatusCode;
use stead_core::commit::{Commit, CommitError};
use stead_core::record::{Event, Outcome, Record};
use stead_core::sts::Sts;

/// Ready is who can read what is on file, can write to it, and is not about to stop.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.is_leaving() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the server stops\n");
    }
    let tenants = app.tenants();
    for sts in &tenants {
        if let Err(error) = sts.store.heads().await {
            tracing::warn!(%error, "not ready");
            return (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n");
        }
    }
    match tenants.first() {
        Some(sts) if app.stores().is_failing() && !can_write(&app, sts).await => {
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be written to\n")
        }
        _ => (StatusCode::OK, "ready\n"),
    }
}

/// Whether a store that failed can be written to again. Nobody is sent here who would find out, so it is tried;
/// if it can, the chain of records says from when on.
async fn can_write(app: &App, sts: &Sts) -> bool {
    let changes = vec!["the store can be written to again".to_owned()];
    let event = Event::Change { by: "server".to_owned(), changes };
    let record = Record::new(event, Outcome::Done, &app.moment());
    match sts.store.commit(Commit { changes: Vec::new(), record }).await {
        Err(CommitError::Failed(error)) => {
            tracing::warn!(%error, "not ready");
            false
        }
        Ok(_) | Err(CommitError::Conflict(_)) => true,
    }
}
