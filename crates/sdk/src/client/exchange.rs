//! One request to the token endpoint, and what its answer means.

use super::error::Consent;
use super::{AccessToken, AcquireError, Credential, Denied};
use crate::challenge::Challenge;
use crate::issuer::Provider;
use crate::transport::Answer;
use http::StatusCode;
use stead_proto::error::{ErrorCode, ErrorResponse, Suberror};
use stead_proto::form;
use stead_proto::grants::OnBehalfOf;
use stead_proto::id::ClientId;
use stead_proto::json;
use stead_proto::secret::Jwt;
use stead_proto::time::{Seconds, Timestamp};
use stead_proto::token_response::ReceivedToken;
use stead_proto::token_type::TokenType;

/// What is assumed of a token whose lifetime the provider does not tell.
const UNTOLD_LIFETIME: Seconds = Seconds(60);

/// Asks for tokens in the name of one application.
pub(super) struct Exchange {
    client_id: ClientId,
    credential: Credential,
}

impl Exchange {
    pub(super) fn new(client_id: ClientId, credential: Credential) -> Self {
        Self { client_id, credential }
    }

    /// Asks once. No token is relied on past `limit`, the end of the token it came from.
    pub(super) async fn run(
        &self,
        provider: &Provider,
        request: &OnBehalfOf,
        limit: Timestamp,
    ) -> Result<AccessToken, AcquireError> {
        let metadata = provider.metadata().await?;
        let url = provider.endpoint("token_endpoint", metadata.token_endpoint.as_deref())?;
        let now = provider.clock().now();
        let proof = self
            .credential
            .prove(&self.client_id, provider.issuer(), now)
            .map_err(|error| AcquireError::Config(error.to_string()))?;
        let params: Vec<_> = request.to_form().into_iter().chain(proof.params).collect();
        let pairs: Vec<_> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();

        let (http, body) = (provider.transport(), form::write(&pairs));
        let answer = http.post_form(&url, body, proof.header.as_ref()).await?;
        if answer.status == StatusCode::OK {
            token(&answer, now, limit)
        } else {
            Err(match refusal(&answer) {
                AcquireError::Challenge(challenge) => {
                    AcquireError::Challenge(challenge.at(metadata.authorization_endpoint.clone()))
                }
                other => other,
            })
        }
    }
}

fn token(answer: &Answer, now: Timestamp, limit: Timestamp) -> Result<AccessToken, AcquireError> {
    let no_token = |why: &str| AcquireError::Config(format!("the token endpoint's answer {why}"));
    let received: ReceivedToken = json::from_slice(&answer.body)
        .map_err(|error| no_token(&format!("is no token: {error}")))?;
    if !received.token_type.eq_ignore_ascii_case("bearer") {
        return Err(no_token("is no bearer token"));
    }
    let issued = received.issued_token_type.as_deref().map(TokenType::parse);
    if !matches!(issued, None | Some(Some(TokenType::AccessToken | TokenType::Jwt))) {
        return Err(no_token("is no access token"));
    }
    let told = received.expires_in.map(|secs| Seconds(u32::try_from(secs).unwrap_or(u32::MAX)));
    let expires = limit.min(now + told.unwrap_or(UNTOLD_LIFETIME));
    Ok(AccessToken::new(Jwt::new(received.access_token), expires, received.scope))
}

fn refusal(answer: &Answer) -> AcquireError {
    let unavailable = AcquireError::Unavailable { retry_after: answer.retry_after };
    if answer.is_passing_trouble() {
        return unavailable;
    }
    let Ok(body) = json::from_slice::<ErrorResponse>(&answer.body) else {
        return AcquireError::Config(format!("the token endpoint answers {}", answer.status));
    };
    let is = |codes: &[ErrorCode]| codes.iter().any(|code| code.as_str() == body.error);
    if is(&[ErrorCode::TemporarilyUnavailable, ErrorCode::ServerError]) {
        return unavailable;
    }
    let consent = consent(&body);
    if consent == Consent::NotTheReason
        && let Some(challenge) = Challenge::from_refusal(&body)
    {
        return AcquireError::Challenge(challenge);
    }
    let denied = Denied {
        code: body.error.clone(),
        description: body.error_description.clone(),
        reason_uri: body.error_uri.clone(),
        trace_id: body.trace_id.as_ref().map(ToString::to_string),
        consent,
    };
    // What no user can help: our own name, secret or permissions at the provider.
    if is(&[
        ErrorCode::InvalidClient,
        ErrorCode::UnauthorizedClient,
        ErrorCode::UnsupportedGrantType,
    ]) {
        return AcquireError::Config(denied.to_string());
    }
    AcquireError::Denied(denied)
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

    fn answer(status: u16, body: &Value) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, retry_after: Some(Seconds(7)), body: body.to_string().into_bytes() }
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn a_token_ends_with_its_lifetime_or_with_the_token_it_came_from() {
        let body = |lifetime: Value| json!({"access_token": "a.b.c", "token_type": "bearer", "expires_in": lifetime});
        let expires = |lifetime, limit| {
            token(&answer(200, &body(lifetime)), at(1000), at(limit)).unwrap().expires()
        };
        assert_eq!(expires(json!(300), 9000), at(1300));
        assert_eq!(expires(json!(300), 1100), at(1100));
        assert_eq!(expires(json!(null), 9000), at(1060));
    }

    #[test]
    fn what_is_no_bearer_access_token_is_not_taken() {
        for body in [
            json!({"access_token": "a", "token_type": "DPoP", "expires_in": 1}),
            json!({"access_token": "a", "token_type": "N_A", "issued_token_type": "urn:x"}),
            json!({"access_token": "a", "token_type": "Bearer", "issued_token_type": TokenType::IdToken.as_str()}),
            json!({"token_type": "Bearer"}),
            json!("a"),
        ] {
            let taken = token(&answer(200, &body), at(0), at(9));
            assert!(matches!(taken, Err(AcquireError::Config(_))), "{body}");
        }
    }

    #[test]
    fn trouble_that_passes_is_told_from_refusals() {
        let unavailable = AcquireError::Unavailable { retry_after: Some(Seconds(7)) };
        for (status, error) in
            [(500, "x"), (503, "invalid_grant"), (429, "x"), (400, "temporarily_unavailable")]
        {
            assert_eq!(refusal(&answer(status, &json!({"error": error}))), unavailable, "{status}");
        }
        for (status, error) in [(401, "invalid_client"), (400, "unauthorized_client")] {
            let read = refusal(&answer(status, &json!({"error": error})));
            assert!(matches!(read, AcquireError::Config(_)), "{read:?}");
        }
        assert!(matches!(refusal(&answer(302, &json!(""))), AcquireError::Config(_)));
    }

    #[test]
    fn missing_consent_is_a_refusal_and_says_so() {
        for body in [
            json!({"error": "consent_required", "trace_id": "t-1"}),
            json!({"error": "invalid_grant", "suberror": "consent_required", "trace_id": "t-1"}),
            json!({"error": "interaction_required", "suberror": "consent_required", "trace_id": "t-1", "claims": "{}"}),
        ] {
            let AcquireError::Denied(denied) = refusal(&answer(400, &body)) else {
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
            let AcquireError::Challenge(challenge) = refusal(&answer(400, &body)) else {
                panic!("{body}")
            };
            assert_eq!(
                (challenge.claims(), challenge.acr_values()),
                (claims, &["urn:stead:acr:mfa".to_owned()][..])
            );
        }
    }
}
