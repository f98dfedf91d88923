//! `POST /{tenant}/oauth2/v2.0/devicecode` (RFC 8628 §3.1)

use crate::error::{json, refused};
use crate::request::{At, FormBody, Tenant, authorization};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use stead_proto::device::DeviceBody;

/// Gives a device a code to poll with, and one for its user.
pub(crate) async fn device_code(
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
    FormBody(body): FormBody,
) -> Response {
    match sts.device_authorization(authorization(&headers), &body, &moment).await {
        Ok(given) => json(StatusCode::OK, &DeviceBody::from(&given)),
        Err(error) => refused(&sts, &error),
    }
}
