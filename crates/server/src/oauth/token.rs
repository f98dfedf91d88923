//! `POST /{tenant}/oauth2/v2.0/token`

use crate::error::{json, refused};
use crate::metrics;
use crate::request::{At, FormBody, Tenant, authorization};
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::time::Instant;
use stead_core::error::TokenError;
use stead_proto::error::{Dialect, ErrorCode, Suberror};
use stead_proto::form::Form;
use stead_proto::grants::dialect_of;
use stead_proto::token_response::{TokenBody, TokenResponse};

/// Issues a token, or says why not.
pub(crate) async fn token(
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
    FormBody(body): FormBody,
) -> Response {
    let began = Instant::now();
    let answer = sts.token(authorization(&headers), &body, &moment).await;
    count(&body, &answer, began);
    match answer {
        Ok(response) => json(StatusCode::OK, &TokenBody::from(&response)),
        Err(error) => patient(refused(&sts, &error), &headers, &error),
    }
}

/// MSAL Python keeps a refusal for a minute, also after the user has done what was asked. It looks
/// again at once if told to; nobody else is told, for MSAL.js would stop asking for all users.
fn patient(mut response: Response, headers: &HeaderMap, error: &TokenError) -> Response {
    let sku = headers.get("x-client-sku").map(HeaderValue::as_bytes).unwrap_or_default();
    let TokenError::Denied { denied, dialect, .. } = error else { return response };
    let refusal = denied.refusal(*dialect);
    let user_can_help = refusal.code == ErrorCode::InteractionRequired
        || refusal.suberror == Some(Suberror::ConsentRequired);
    if user_can_help && sku.starts_with(b"MSAL.Python") {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("0"));
    }
    response
}

fn count(body: &[u8], answer: &Result<TokenResponse, TokenError>, began: Instant) {
    let Ok(form) = Form::parse(body) else { return };
    let exchange = matches!(dialect_of(&form), Dialect::Entra | Dialect::Rfc8693);
    if exchange {
        metrics::exchange_took(began.elapsed());
    }
    match answer {
        Ok(_) => metrics::issued(grant(&form, exchange)),
        Err(TokenError::Denied { denied, .. }) if exchange => {
            metrics::exchange_denied(denied.reason());
        }
        Err(_) => {}
    }
}

/// The grant's name as a label: one of few, whatever was sent.
fn grant(form: &Form, exchange: bool) -> &'static str {
    match form.one("grant_type") {
        _ if exchange => "on_behalf_of",
        Ok(Some("authorization_code")) => "authorization_code",
        Ok(Some("refresh_token")) => "refresh_token",
        Ok(Some("client_credentials")) => "client_credentials",
        _ => "other",
    }
}
