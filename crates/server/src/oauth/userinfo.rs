//! `GET` and `POST /{tenant}/oauth2/v2.0/userinfo` (OpenID Connect Core §5.3, RFC 6750)

use crate::app::App;
use crate::error::Unfit;
use crate::error::{json, said, status, unavailable};
use crate::request::{At, Sent, Tenant};
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use stead_core::denied::Denied;
use stead_core::error::TokenError;
use stead_core::moment::Moment;
use stead_core::sts::Sts;
use stead_proto::error::ErrorCode;
use stead_proto::form::Form;
use stead_proto::secret::Jwt;

/// Answers with what the user allowed the client to see of them.
pub(crate) async fn userinfo(
    Tenant(sts): Tenant,
    At(moment): At,
    presented: Presented,
) -> Response {
    let answer = match presented {
        Presented::Token(token) => sts.userinfo(&token, &moment).await,
        Presented::Nothing => return nothing(&sts, &moment).await,
        Presented::Unclear => Err(sts.refuse_userinfo(Denied::AccessTokenMissing, &moment).await),
    };
    match answer {
        Ok(info) => json(StatusCode::OK, &info),
        Err(error) => refuse(&sts, &error),
    }
}

/// What a request presents (RFC 6750 §2): a token in the header or in the body, never in the query.
#[derive(Debug)]
pub(crate) enum Presented {
    Token(Jwt),
    Nothing,
    /// More than one, or something that is none.
    Unclear,
}

impl FromRequest<App> for Presented {
    type Rejection = Unfit;
    async fn from_request(mut request: Request, app: &App) -> Result<Self, Unfit> {
        let header = in_header(request.headers());
        if request.method() != Method::POST || !request.headers().contains_key(CONTENT_TYPE) {
            return Ok(header);
        }
        // A token in the query is not looked at.
        *request.uri_mut() = http::Uri::default();
        let Sent(form) = Sent::from_request(request, app).await?;
        Ok(match (header, form.as_ref().map(in_body)) {
            (header, Ok(Self::Nothing)) => header,
            (Self::Nothing, Ok(body)) => body,
            _ => Self::Unclear,
        })
    }
}

fn in_header(headers: &HeaderMap) -> Presented {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (all.next(), all.next());
    let Some(value) = first else { return Presented::Nothing };
    let token = value.to_str().ok().and_then(|value| value.split_once(' '));
    match token {
        Some((scheme, token)) if second.is_none() && scheme.eq_ignore_ascii_case("bearer") => {
            one_token(token)
        }
        _ => Presented::Unclear,
    }
}

fn in_body(form: &Form) -> Presented {
    match form.one("access_token") {
        Ok(Some(token)) => one_token(token),
        Ok(None) => Presented::Nothing,
        Err(_) => Presented::Unclear,
    }
}

/// `b64token` of RFC 6750 §2.1.
fn one_token(text: &str) -> Presented {
    let sound = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if !text.is_empty() && text.bytes().all(sound) {
        Presented::Token(Jwt::new(text))
    } else {
        Presented::Unclear
    }
}

/// Who brings nothing is told how to come, not what is wrong (RFC 6750 §3.1).
async fn nothing(sts: &Sts, moment: &Moment) -> Response {
    let refused = sts.refuse_userinfo(Denied::AccessTokenMissing, moment).await;
    match said(sts, &refused) {
        Ok((_, body)) => challenged(StatusCode::UNAUTHORIZED, &body, &challenge(sts, "")),
        Err(error) => unavailable(error),
    }
}

fn refuse(sts: &Sts, error: &TokenError) -> Response {
    let (code, body) = match said(sts, error) {
        Ok(said) => said,
        Err(error) => return unavailable(error),
    };
    // Whatever became of the token's user or session, for its holder the token is no good.
    let code = match code {
        ErrorCode::InvalidRequest | ErrorCode::InsufficientScope => code,
        _ => ErrorCode::InvalidToken,
    };
    let description = body.error_description.clone().unwrap_or_default();
    let scope = if code == ErrorCode::InsufficientScope { ", scope=\"openid\"" } else { "" };
    let detail = format!(", error=\"{code}\", error_description=\"{description}\"{scope}");
    let body = stead_proto::error::ErrorResponse { error: code.to_string(), ..body };
    challenged(status(code), &body, &challenge(sts, &detail))
}

fn challenge(sts: &Sts, detail: &str) -> String {
    let userinfo = sts.endpoints.oauth("userinfo");
    let about = crate::oauth::metadata::resource_metadata(&userinfo);
    format!("Bearer realm=\"stead\", resource_metadata=\"{about}\"{detail}")
}

fn challenged(status: StatusCode, body: &impl serde::Serialize, challenge: &str) -> Response {
    let mut response = json(status, body);
    if let Ok(challenge) = HeaderValue::from_str(challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(lines: &[&'static str]) -> Presented {
        in_header(
            &lines.iter().map(|line| (AUTHORIZATION, HeaderValue::from_static(line))).collect(),
        )
    }

    #[test]
    fn a_token_in_the_header_is_found_in_any_case_of_the_scheme() {
        for line in ["Bearer abc.def-_", "bearer abc.def-_", "BEARER abc.def-_"] {
            assert!(
                matches!(sent(&[line]), Presented::Token(token) if token.expose() == "abc.def-_")
            );
        }
        assert!(matches!(sent(&[]), Presented::Nothing));
    }

    #[test]
    fn two_tokens_or_something_that_is_none_are_unclear() {
        for lines in [
            &["Bearer"][..],
            &["Bearer "],
            &["Bearer a b"],
            &["Bearer a, Bearer b"],
            &["Basic YTpi"],
            &["Bearer a", "Bearer b"],
        ] {
            assert!(matches!(sent(lines), Presented::Unclear), "{lines:?}");
        }
    }
}
