//! `GET` and `POST /{tenant}/oauth2/v2.0/authorize`

use crate::app::App;
use crate::flow::Held;
use crate::pages::interaction::Interaction;
use crate::pages::trouble::Trouble;
use crate::request::{At, Sent, Tenant};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

/// Begins a sign-in, or answers at once.
pub(crate) async fn authorize(
    State(app): State<App>,
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
    Sent(form): Sent,
) -> Result<Response, Trouble> {
    match form {
        Ok(form) => {
            let asked = Held::Form(form);
            Interaction::begin(&app, &sts, &moment, &headers, asked).proceed().await
        }
        Err(error) => Interaction::unreadable(&sts, &moment, error).await,
    }
}
