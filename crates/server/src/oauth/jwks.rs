//! `GET /{tenant}/discovery/v2.0/keys` (RFC 7517 §5)

use crate::request::Tenant;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// The public keys of the tenant: its own, nobody else's.
pub(crate) async fn jwks(Tenant(sts): Tenant) -> Response {
    let headers =
        [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, Json(sts.ring().published())).into_response()
}
