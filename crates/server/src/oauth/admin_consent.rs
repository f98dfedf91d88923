//! `GET /{tenant}/v2.0/adminconsent` and, as it was before, `/{tenant}/adminconsent`: an administrator agrees for
//! everybody, to the `scope` that is named, or without one to all that the client could need consent for.

use crate::app::App;
use crate::flow::Held;
use crate::pages::interaction::Interaction;
use crate::pages::trouble::Trouble;
use crate::request::{At, Sent, Tenant};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

/// Begins with a sign-in.
pub(crate) async fn admin_consent(
    State(app): State<App>,
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
    Sent(form): Sent,
) -> Result<Response, Trouble> {
    match form {
        Ok(form) => {
            let asked = Held::ForEveryone(form);
            Interaction::begin(&app, &sts, &moment, &headers, asked).proceed().await
        }
        Err(error) => Interaction::unreadable(&sts, &moment, error).await,
    }
}
