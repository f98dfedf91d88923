//! `POST /{tenant}/oauth2/v2.0/revoke` (RFC 7009)

use crate::error::{NO_STORE, refused};
use crate::request::{At, FormBody, Tenant, authorization};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

/// Ends a token and all that descends from it.
pub(crate) async fn revoke(
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
    FormBody(body): FormBody,
) -> Response {
    match sts.revoke(authorization(&headers), &body, &moment).await {
        Ok(()) => NO_STORE.into_response(),
        Err(error) => refused(&sts, &error),
    }
}
