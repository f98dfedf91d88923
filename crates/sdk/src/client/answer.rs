//! What an answer of the token endpoint means.

use super::error::{Consent, EntraReason};
use super::{AcquireError, Denied};
use crate::challenge::Challenge;
use crate::transport::Answer;
use http::StatusCode;
use serde::Deserialize;
use stead_proto::error::{ErrorCode, ErrorResponse, Suberror};
use stead_proto::json;
use stead_proto::token_response::ReceivedToken;
use stead_proto::token_type::TokenType;

/// Why an answer holds no token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoToken {
    /// The token endpoint refused, perhaps with a challenge.
    Refused(AcquireError),
    /// It cannot answer now: 429 or 5xx.
    Later(AcquireError),
    /// What came is no answer of a token endpoint.
    Nonsense(String),
}

/// The token of an answer, if it is complete and of a kind that can be sent to a resource.
pub(super) fn read(answer: &Answer) -> Result<ReceivedToken, NoToken> {
    if answer.status != StatusCode::OK || names_an_error(&answer.body) {
        return Err(refusal(answer));
    }
    let received: ReceivedToken = json::from_slice(&answer.body)
        .map_err(|error| NoToken::Nonsense(format!("the answer is no token: {error}")))?;
    let unusable = |what: &str| {
        let problem = format!("the provider's token is {what}");
        Err(NoToken::Refused(AcquireError::Config(problem)))
    };
    if received.access_token.is_empty() {
        return Err(NoToken::Nonsense("the answer holds no token".to_owned()));
    }
    if !received.token_type.eq_ignore_ascii_case("bearer") {
        return unusable("no bearer token");
    }
    let issued = received.issued_token_type.as_deref().map(TokenType::parse);
    if !matches!(issued, None | Some(Some(TokenType::AccessToken | TokenType::Jwt))) {
        return unusable("no access token");
    }
    Ok(received)
}

/// Some providers refuse with a 200 and an `error` in the body.
fn names_an_error(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Named {
        error: String,
    }
    json::from_slice::<Named>(body).is_ok_and(|named| !named.error.is_empty())
}

fn refusal(answer: &Answer) -> NoToken {
    let unavailable = AcquireError::Unavailable { retry_after: answer.retry_after };
    if answer.is_passing_trouble() {
        return NoToken::Later(unavailable);
    }
    let Ok(body) = json::from_slice::<ErrorResponse>(&answer.body) else {
        return no_endpoint(answer.status);
    };
    let is = |codes: &[ErrorCode]| codes.iter().any(|code| code.as_str() == body.error);
    if is(&[ErrorCode::TemporarilyUnavailable, ErrorCode::ServerError]) {
        // It may be about this user alone, so that the circuit breaker does not count it.
        return NoToken::Refused(unavailable);
    }
    if consent(&body) == Consent::NotTheReason
        && let Some(challenge) = Challenge::from_refusal(&body)
    {
        return NoToken::Refused(AcquireError::Challenge(challenge));
    }
    // No user can help that the provider does not take our own name, secret or permissions.
    let ours = is(&[
        ErrorCode::InvalidClient,
        ErrorCode::UnauthorizedClient,
        ErrorCode::UnsupportedGrantType,
    ]);
    let denied = denied(body);
    NoToken::Refused(if ours {
        AcquireError::Config(denied.to_string())
    } else {
        AcquireError::Denied(denied)
    })
}

fn denied(body: ErrorResponse) -> Denied {
    Denied {
        consent: consent(&body),
        code: body.error,
        description: body.error_description,
        reason_uri: body.error_uri,
        trace_id: body.trace_id.map(|trace| trace.to_string()),
        entra: EntraReason { suberror: body.suberror, error_codes: body.error_codes }.into(),
    }
}

/// An answer that is not OAuth's: there is no token endpoint at this URL, or something in front of it is in trouble.
fn no_endpoint(status: StatusCode) -> NoToken {
    let problem = format!("the token endpoint answers {status}");
    match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => {
            NoToken::Refused(AcquireError::Config(problem))
        }
        _ if status.is_redirection() => NoToken::Refused(AcquireError::Config(problem)),
        _ => NoToken::Nonsense(problem),
    }
}

fn consent(body: &ErrorResponse) -> Consent {
    let by_code = body.error == ErrorCode::ConsentRequired.as_str();
    let by_suberror = body.suberror.as_deref() == Some(Suberror::ConsentRequired.as_str());
    if by_code || by_suberror { Consent::Missing } else { Consent::NotTheReason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use stead_proto::time::Seconds;

    fn answer(status: u16, body: &Value) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, retry_after: Some(Seconds(7)), body: body.to_string().into_bytes() }
    }

    #[test]
    fn a_token_of_another_kind_is_not_taken() {
        for body in [
            json!({"access_token": "a", "token_type": "DPoP", "expires_in": 1}),
            json!({"access_token": "a", "token_type": "N_A", "issued_token_type": "urn:x"}),
            json!({"access_token": "a", "token_type": "Bearer", "issued_token_type": TokenType::IdToken.as_str()}),
        ] {
            let taken = read(&answer(200, &body)).map(|received| received.access_token);
            let unusable = matches!(taken, Err(NoToken::Refused(AcquireError::Config(_))));
            assert!(unusable, "{body}: {taken:?}");
        }
        let body = json!({"access_token": "a", "token_type": "bearer"});
        assert_eq!(read(&answer(200, &body)).unwrap().access_token, "a");
    }

    #[test]
    fn what_no_token_endpoint_says_is_nonsense() {
        for (status, body) in [
            (200, json!({"token_type": "Bearer"})),
            (200, json!({"access_token": "", "token_type": "Bearer"})),
            (200, json!("a")),
            (200, json!({"access_token": {"a": 1}, "token_type": "Bearer"})),
            (403, json!("<html>")),
            (400, json!({"message": "no"})),
        ] {
            let taken = read(&answer(status, &body)).map(|received| received.access_token);
            assert!(matches!(taken, Err(NoToken::Nonsense(_))), "{body}: {taken:?}");
        }
    }

    #[test]
    fn a_refusal_under_a_200_is_a_refusal() {
        let body = json!({"error": "invalid_grant", "access_token": "a", "token_type": "Bearer"});
        let taken = read(&answer(200, &body)).map(|received| received.access_token);
        assert!(matches!(taken, Err(NoToken::Refused(AcquireError::Denied(_)))), "{taken:?}");
        let body = json!({"error": "", "access_token": "a", "token_type": "Bearer"});
        assert!(read(&answer(200, &body)).is_ok());
    }

    #[test]
    fn trouble_that_passes_is_told_from_refusals() {
        let unavailable = || AcquireError::Unavailable { retry_after: Some(Seconds(7)) };
        for (status, error) in [(500, "x"), (503, "invalid_grant"), (429, "x")] {
            let read = refusal(&answer(status, &json!({"error": error})));
            assert_eq!(read, NoToken::Later(unavailable()), "{status}");
        }
        let busy = refusal(&answer(400, &json!({"error": "temporarily_unavailable"})));
        assert_eq!(busy, NoToken::Refused(unavailable()));
        for (status, error) in [(401, "invalid_client"), (400, "unauthorized_client")] {
            let read = refusal(&answer(status, &json!({"error": error})));
            assert!(matches!(read, NoToken::Refused(AcquireError::Config(_))), "{read:?}");
        }
        for status in [302, 404, 405] {
            let read = refusal(&answer(status, &json!("")));
            assert!(matches!(read, NoToken::Refused(AcquireError::Config(_))), "{read:?}");
        }
    }

    #[test]
    fn missing_consent_is_a_refusal_and_says_so() {
        for body in [
            json!({"error": "consent_required", "trace_id": "t-1"}),
            json!({"error": "invalid_grant", "suberror": "consent_required", "trace_id": "t-1"}),
            json!({"error": "interaction_required", "suberror": "consent_required", "trace_id": "t-1", "claims": "{}"}),
        ] {
            let NoToken::Refused(AcquireError::Denied(denied)) = refusal(&answer(400, &body))
            else {
                panic!("{body}")
            };
            assert_eq!(
                (denied.consent, denied.trace_id.as_deref()),
                (Consent::Missing, Some("t-1"))
            );
        }
    }

    #[test]
    fn a_step_up_is_read_in_either_dialect() {
        let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"urn:stead:acr:mfa"}}}"#;
        for body in [
            json!({"error": "interaction_required", "claims": claims}),
            json!({"error": "insufficient_user_authentication", "acr_values": "urn:stead:acr:mfa"}),
        ] {
            let NoToken::Refused(AcquireError::Challenge(challenge)) = refusal(&answer(400, &body))
            else {
                panic!("{body}")
            };
            assert_eq!(
                (challenge.claims(), challenge.acr_values()),
                (claims, &["urn:stead:acr:mfa".to_owned()][..])
            );
        }
    }
}
