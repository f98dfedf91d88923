//! `POST /{tenant}/oauth2/v2.0/introspect` (RFC 7662)

use crate::error::{json, refused};
use crate::request::{At, FormBody, Tenant, authorization};
use axum::response::Response;
use http::{HeaderMap, StatusCode};

/// Says whether a token is alive, to whom it concerns.
pub(crate) async fn introspect(
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
    FormBody(body): FormBody,
) -> Response {
    match sts.introspect(authorization(&headers), &body, &moment).await {
        Ok(answer) => json(StatusCode::OK, &answer),
        Err(error) => refused(&sts, &error),
    }
}
