//! `POST /{tenant}/oauth2/v2.0/token`

use crate::app::App;
use crate::error::{json, refused, unavailable_to_one};
use crate::metrics;
use crate::oauth::token_span;
use crate::request::{Addressed, At, Within, authorization, form_body, origin};
use axum::RequestExt;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::time::Instant;
use stead_core::error::TokenError;
use stead_core::model::tenant::Named;
use stead_core::moment::Moment;
use stead_core::sts::Sts;
use stead_core::token::{Issued, TokenRequest};
use stead_proto::error::{Dialect, ErrorCode, Suberror};
use stead_proto::form::Form;
use stead_proto::grants::{GrantKind, dialect_of};
use stead_proto::token_response::TokenBody;
use stead_telemetry::Span;

/// Where MSAL says what it is.
const SKU: &str = "x-client-sku";

/// Issues a token, or says why not.
pub(crate) async fn token(
    Addressed(sts, tenant): Addressed,
    (At(moment), Within(trace)): (At, Within),
    State(app): State<App>,
    request: Request,
) -> Response {
    let span = token_span::begin(app.telemetry(), &trace);
    answer((&sts, tenant), request, (&moment, span)).await
}

/// The same for a tenant that is known already.
pub(crate) async fn answer(
    (sts, tenant): (&Sts, Named),
    request: Request,
    (moment, mut span): (&Moment, Span),
) -> Response {
    let (parts, body) = request.with_limited_body().into_parts();
    let body = match form_body((sts, moment), &parts, body).await {
        Ok(body) => body,
        Err(unfit) => return unfit,
    };
    let began = Instant::now();
    let headers = &parts.headers;
    let (authorization, origin) = (authorization(headers), origin(headers));
    let request = TokenRequest { authorization, tenant, origin, body: &body };
    let answer = sts.token(request, moment).await;
    count(&body, &answer, began);
    token_span::tell(&mut span, &body, &answer);
    match answer {
        Ok(issued) => json(StatusCode::OK, &TokenBody::from(&issued.response)),
        Err(TokenError::Failed(error)) if is_msal_for_a_user(headers, &body) => {
            let refused = unavailable_to_one(sts, &error, moment);
            if is_msal_python(headers) { at_once(refused) } else { refused }
        }
        Err(error) => patient(refused(sts, &error), headers, &error),
    }
}

/// Whether MSAL asks, for one of many users: it says what it is in a header, MSAL.js in the body.
fn is_msal_for_a_user(headers: &HeaderMap, body: &[u8]) -> bool {
    let Ok(form) = Form::parse(body) else { return false };
    let one = |name| form.one(name).ok().flatten().unwrap_or_default();
    let in_header = headers.get(SKU).is_some_and(|sku| sku.as_bytes().starts_with(b"MSAL"));
    let is_msal = in_header || one("x-client-SKU").starts_with("msal");
    is_msal && one("grant_type") != "client_credentials"
}

fn is_msal_python(headers: &HeaderMap) -> bool {
    headers.get(SKU).is_some_and(|sku| sku.as_bytes().starts_with(b"MSAL.Python"))
}

/// To look again at once.
fn at_once(mut response: Response) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("0"));
    response
}

/// MSAL Python keeps a refusal for a minute, also after the user has done what was asked. It looks
/// again at once if told to; nobody else is told, for MSAL.js would stop asking for all users.
fn patient(response: Response, headers: &HeaderMap, error: &TokenError) -> Response {
    let TokenError::Denied { denied, dialect, .. } = error else { return response };
    let refusal = denied.refusal(*dialect);
    let user_can_help = refusal.code == ErrorCode::InteractionRequired
        || refusal.suberror == Some(Suberror::ConsentRequired);
    if user_can_help && is_msal_python(headers) { at_once(response) } else { response }
}

fn count(body: &[u8], answer: &Result<Issued, TokenError>, began: Instant) {
    let exchange = match answer {
        Ok(issued) => {
            metrics::issued(issued);
            issued.grant == GrantKind::OnBehalfOf
        }
        Err(TokenError::Denied { dialect, .. }) => is_exchange(*dialect),
        Err(TokenError::Failed(_)) => {
            Form::parse(body).is_ok_and(|form| is_exchange(dialect_of(&form)))
        }
    };
    if !exchange {
        return;
    }
    metrics::exchange_took(began.elapsed());
    if let Err(TokenError::Denied { denied, .. }) = answer {
        metrics::exchange_denied(denied.reason());
    }
}

fn is_exchange(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Entra | Dialect::Rfc8693)
}
