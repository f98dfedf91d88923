//! Which path is which.

use crate::app::App;
use crate::client_address::{Peer, TrustedProxies};
use crate::error::{CLIENT_TELEMETRY, Unfit};
use crate::listen::HEADERS;
use crate::metrics::TOKEN;
use crate::oauth::{
    self, admin_consent, authorize, instance, introspect, jwks, logout, metadata, revocations,
    revoke, token, userinfo,
};
use crate::pages::{
    account, assets, consent, device, enrol, errors, passkey, second_factor, security, sign_in,
};
use crate::readiness::ready;
use crate::request::ClientAddress;
use crate::telemetry;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderName, VARY, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, Method, header};
use std::net::IpAddr;
use std::time::Duration;
use stead_proto::form::{MAX_BODY, MAX_BODY_ABOUT_TOKEN};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

/// The public endpoints. With proxies declared, nobody else is answered.
pub(crate) fn router(app: App, proxies: Option<TrustedProxies>) -> Router {
    Router::new()
        .merge(for_scripts())
        .merge(for_clients())
        .merge(for_people())
        .fallback(async || Unfit::NotFound)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(proxies, admit))
        .layer(from_fn_with_state(app.clone(), telemetry::observe))
        .with_state(app)
}

/// What scripts of any origin may ask: nothing here depends on cookies.
fn for_scripts() -> Router<App> {
    Router::new()
        .route(TOKEN, post(token::token))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(oauth::device::device_code))
        .route("/{tenant}/oauth2/v2.0/revoke", post(revoke::revoke).layer(about_a_token()))
        .route("/{tenant}/oauth2/v2.0/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/{tenant}/discovery/v2.0/keys", get(jwks::jwks))
        .route("/{tenant}/discovery/instance", get(instance::discovery))
        .route("/{tenant}/userrealm/{name}", get(instance::user_realm))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata::metadata))
        .route("/{tenant}/.well-known/openid-configuration", get(metadata::metadata))
        .route("/.well-known/openid-configuration/{tenant}/v2.0", get(metadata::metadata))
        .route("/.well-known/oauth-authorization-server/{tenant}/v2.0", get(metadata::metadata))
        .route(
            "/.well-known/oauth-protected-resource/{tenant}/oauth2/v2.0/userinfo",
            get(metadata::userinfo_resource),
        )
        .route("/assets/challenge.js", get(assets::challenge))
        .method_not_allowed_fallback(async || Unfit::Method)
        .layer(cors())
}

/// What clients ask from their servers, with their credentials.
fn for_clients() -> Router<App> {
    Router::new()
        .route("/{tenant}/oauth2/v2.0/introspect", post(introspect::introspect))
        .route("/{tenant}/oauth2/v2.0/revocations", post(revocations::revocations))
        .method_not_allowed_fallback(async || Unfit::Method)
        .layer(about_a_token())
}

fn about_a_token() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_BODY_ABOUT_TOKEN)
}

/// What people meet in their browsers. No script of another origin ever reads these.
fn for_people() -> Router<App> {
    Router::new()
        .route(
            "/{tenant}/oauth2/v2.0/authorize",
            get(authorize::authorize).post(authorize::authorize),
        )
        .route("/{tenant}/v2.0/adminconsent", get(admin_consent::admin_consent))
        .route("/{tenant}/adminconsent", get(admin_consent::admin_consent))
        .route("/{tenant}/oauth2/v2.0/logout", get(logout::logout).post(logout::logout))
        .route("/{tenant}/sign-in", post(sign_in::post))
        .route("/{tenant}/passkey", post(passkey::post))
        .route("/{tenant}/passkey/new", post(passkey::add))
        .route("/{tenant}/second-factor", post(second_factor::post))
        .route("/{tenant}/enrol", post(enrol::post))
        .route("/{tenant}/continue", post(enrol::proceed))
        .route("/{tenant}/security", get(security::get).post(security::post))
        .route("/{tenant}/consent", post(consent::post))
        .route("/{tenant}/account", post(account::post))
        .route("/{tenant}/device", get(device::show).post(device::typed))
        .route("/{tenant}/device/confirm", post(device::confirmed))
        .route("/errors", get(errors::errors))
        .route("/assets/{file}", get(assets::asset))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(async || Unfit::Method)
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            HeaderName::from_static("client-request-id"),
            HeaderName::from_static("x-ms-request-id"),
            CLIENT_TELEMETRY,
            header::RETRY_AFTER,
            WWW_AUTHENTICATE,
        ])
        .max_age(Duration::from_hours(24))
}

/// What [`cors`] says on an answer that is no preflight's, for whoever answers past it.
pub(crate) fn expose_to_scripts(headers: &mut HeaderMap) {
    headers.insert(VARY, HeaderValue::from_static("access-control-request-headers"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "client-request-id,x-ms-request-id,x-ms-clitelem,retry-after,www-authenticate",
        ),
    );
}

/// Finds out where a request comes from, and whether it is answered at all.
async fn admit(
    State(proxies): State<Option<TrustedProxies>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().and_then(|peer| peer.0);
    if let Err(unfit) = admitted(proxies.as_ref(), peer, request.headers()) {
        return unfit.into_response();
    }
    let client = match &proxies {
        Some(proxies) => proxies.client(peer, request.headers()),
        None => peer,
    };
    request.extensions_mut().insert(ClientAddress(client));
    next.run(request).await
}

/// Turns away plain HTTP that no declared proxy brings, and more headers than anybody needs, which HTTP/2
/// counts in bytes only.
pub(crate) fn admitted(
    proxies: Option<&TrustedProxies>,
    peer: Option<IpAddr>,
    headers: &HeaderMap,
) -> Result<(), Unfit> {
    if headers.len() > HEADERS {
        return Err(Unfit::Headers);
    }
    match proxies {
        Some(proxies) if !proxies.accepts(peer) => Err(Unfit::NotAProxy),
        _ => Ok(()),
    }
}
