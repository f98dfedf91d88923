//! What Entra's libraries ask a host before they ask a tenant: whether it is known (instance discovery), and
//! how somebody signs in (user realm).

use crate::app::App;
use crate::error::json;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::Deserialize;
use serde_json::json;
use stead_core::sts::Sts;
use url::Url;

/// Entra's number of a host that it does not know.
const UNKNOWN_INSTANCE: u32 = 50_049;

/// What is asked.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    authorization_endpoint: String,
}

/// `GET /{any}/discovery/instance`: this host, and where the tenant describes itself. Both are said as they
/// are configured: MSAL Python asks without the port.
pub(crate) async fn discovery(
    State(app): State<App>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = asked.ok().and_then(|Query(asked)| Url::parse(&asked.authorization_endpoint).ok());
    let known = asked.and_then(|url| known(&app, &url));
    let Some((sts, place)) = known else { return unknown() };
    let document = json!({
        "tenant_discovery_endpoint": format!("{}/.well-known/openid-configuration", sts.issuer),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": place, "preferred_cache": place, "aliases": [place] }],
    });
    ([(CACHE_CONTROL, "public, max-age=300")], Json(document)).into_response()
}

/// The tenant that this URL is one of, and `host` or `host:port` of the server.
fn known(app: &App, asked: &Url) -> Option<(Sts, String)> {
    let (sts, _) = app.addressed(asked.path_segments()?.next()?)?;
    let own = Url::parse(sts.issuer.as_str()).ok()?;
    let ours = asked.scheme() == own.scheme() && asked.host_str() == own.host_str();
    let place = own.authority().to_owned();
    ours.then_some((sts, place))
}

fn unknown() -> Response {
    let body = json!({
        "error": "invalid_instance",
        "error_description": format!("AADSTS{UNKNOWN_INSTANCE}: no such host or tenant is served here"),
        "error_codes": [UNKNOWN_INSTANCE],
    });
    json(StatusCode::BAD_REQUEST, &body)
}

/// `GET /{any}/userrealm/{name}`: everybody signs in here, whether there is such a user or not.
pub(crate) async fn user_realm(Path((_, name)): Path<(String, String)>) -> Response {
    let domain = name.rsplit_once('@').map_or("", |(_, domain)| domain);
    let body = json!({ "ver": "1.0", "account_type": "Managed", "domain_name": domain });
    json(StatusCode::OK, &body)
}
