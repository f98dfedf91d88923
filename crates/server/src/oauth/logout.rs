//! `GET` and `POST /{tenant}/oauth2/v2.0/logout` (OpenID Connect RP-Initiated Logout)

use crate::app::App;
use crate::pages::logout;
use crate::pages::trouble::Trouble;
use crate::request::{At, Sent, Tenant};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

/// Signs the browser out, or asks first. Logout has no errors: what cannot be read was not said.
pub(crate) async fn logout(
    State(app): State<App>,
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
    Sent(form): Sent,
) -> Result<Response, Trouble> {
    logout::proceed(&app, &sts, &moment, &headers, form.ok()).await
}
