//! `POST /{tenant}/oauth2/v2.0/token`

use crate::error::{json, refused};
use crate::metrics;
use crate::request::{Addressed, At, FormBody, authorization, origin};
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::time::Instant;
use stead_core::error::TokenError;
use stead_core::token::{Issued, TokenRequest};
use stead_proto::error::{Dialect, ErrorCode, Suberror};
use stead_proto::form::Form;
use stead_proto::grants::dialect_of;
use stead_proto::token_response::TokenBody;

/// Issues a token, or says why not.
pub(crate) async fn token(
    Addressed(sts, tenant): Addressed,
    At(moment): At,
    headers: HeaderMap,
    FormBody(body): FormBody,
) -> Response {
    let began = Instant::now();
    let request = TokenRequest {
        authorization: authorization(&headers),
        tenant,
        origin: origin(&headers),
        body: &body,
    };
    let answer = sts.token(request, &moment).await;
    count(&body, &answer, began);
    match answer {
        Ok(issued) => json(StatusCode::OK, &TokenBody::from(&issued.response)),
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

fn count(body: &[u8], answer: &Result<Issued, TokenError>, began: Instant) {
    if let Ok(issued) = answer {
        metrics::issued(issued);
    }
    let Ok(form) = Form::parse(body) else { return };
    if !matches!(dialect_of(&form), Dialect::Entra | Dialect::Rfc8693) {
        return;
    }
    metrics::exchange_took(began.elapsed());
    if let Err(TokenError::Denied { denied, .. }) = answer {
        metrics::exchange_denied(denied.reason());
    }
}
