//! `GET /{tenant}/discovery/v2.0/keys` (RFC 7517 §5)

use crate::request::Tenant;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use stead_core::keys::KEPT_BY_VERIFIERS;

/// The public keys of the tenant: its own, nobody else's.
pub(crate) async fn jwks(Tenant(sts): Tenant) -> Response {
    let ring = sts.keys.complete().await;
    // A key that could not be made yet may sign as soon as it is there: nobody is to keep a set without it.
    let kept = if ring.is_complete() { kept() } else { "no-store".to_owned() };
    let headers = [(CONTENT_TYPE, "application/jwk-set+json".to_owned()), (CACHE_CONTROL, kept)];
    (headers, Json(ring.published())).into_response()
}

/// How long verifiers may keep what is published: no key signs before it was published for longer.
fn kept() -> String {
    format!("public, max-age={}", KEPT_BY_VERIFIERS.0)
}
