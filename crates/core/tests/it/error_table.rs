//! The error table of both dialects, cell by cell: what a client may key on (SPEC §2.0), as it stands in
//! the body. Numbers and sentences may change; these may not.

use stead_core::denied::{Denied, Unproven};
use stead_core::model::revocation::Ancestor;
use stead_proto::acr::{Acr, StepUp};
use stead_proto::error::{Dialect, ErrorResponse, Trace};
use stead_proto::form::FormError;
use stead_proto::grants::{ParseError, TargetError};
use stead_proto::jwt::JwtError;
use stead_proto::scope::{ScopeRequestError, ScopeSet};
use stead_proto::time::{Seconds, Timestamp};

/// `error`, and `suberror` after a slash where there is one.
fn said(denied: &Denied, dialect: Dialect) -> String {
    let trace = Trace {
        trace_id: "t".parse().unwrap(),
        correlation_id: None,
        at: Timestamp::from_secs(1_795_435_200),
    };
    let body = ErrorResponse::new(&denied.refusal(dialect), dialect, &trace);
    match body.suberror {
        Some(suberror) => format!("{}/{suberror}", body.error),
        None => body.error,
    }
}

/// Conditions that are said in the same words to everybody.
fn alike() -> Vec<(Denied, &'static str)> {
    use Denied as D;
    let scopes = || ScopeSet::parse("Rows.Write").unwrap();
    let form = |error| D::RequestMalformed(ParseError::Form(error));
    vec![
        // wrong client secret / assertion
        (D::ClientUnproven(Unproven::Unknown), "invalid_client"),
        (D::ClientUnproven(Unproven::NoProof), "invalid_client"),
        (D::ClientUnproven(Unproven::SecretWrong), "invalid_client"),
        (D::ClientUnproven(Unproven::AssertionReplayed), "invalid_client"),
        (D::ClientDisabled, "invalid_client"),
        // grant not enabled for client
        (D::GrantNotAllowed, "unauthorized_client"),
        (D::ClientNotConfidential, "unauthorized_client"),
        (D::NotAResource, "unauthorized_client"),
        // parameter repeated / missing
        (form(FormError::Repeated("scope".into())), "invalid_request"),
        (form(FormError::Missing("assertion")), "invalid_request"),
        (D::RequestMalformed(ParseError::MixedDialects), "invalid_request"),
        (D::TargetMissing, "invalid_request"),
        (D::RequestMalformed(ParseError::UnsupportedGrantType), "unsupported_grant_type"),
        // unknown scope
        (D::RequestMalformed(ParseError::Scope(ScopeRequestError::Bad)), "invalid_scope"),
        (D::ScopeUnknown(scopes()), "invalid_scope"),
        (D::ScopeNotPermitted(scopes()), "invalid_scope"),
        (D::ScopeNotAssigned(scopes()), "invalid_scope"),
        (D::ScopeEmpty, "invalid_scope"),
        (D::RefreshExceeds(scopes()), "invalid_scope"),
        // codes and refresh tokens
        (D::CodeUnknown, "invalid_grant"),
        (D::CodeExpired, "invalid_grant"),
        (D::CodeSpent, "invalid_grant"),
        (D::CodeNotForClient, "invalid_grant"),
        (D::RedirectUriMismatch, "invalid_grant"),
        (D::VerifierWrong, "invalid_grant"),
        (D::RefreshNotForClient, "invalid_grant"),
        (D::AssertionIssuerUntrusted, "invalid_grant"),
        // tokens in use
        (D::TokenNotClients, "unauthorized_client"),
        (D::AccessTokenInvalid(JwtError::Expired), "invalid_token"),
        (D::AccessTokenScope, "insufficient_scope"),
        (D::AccessTokenMissing, "invalid_request"),
    ]
}

/// Conditions each dialect has its own words for: Entra's on-behalf-of, RFC 8693, RFC 7523.
fn by_dialect() -> Vec<(Denied, [&'static str; 3])> {
    use Denied as D;
    let scopes = || ScopeSet::parse("Rows.Read").unwrap();
    let session = Ancestor::Session("s".parse().unwrap());
    let step_up = StepUp { acr: Some(Acr::MultiFactor), max_age: Some(Seconds(300)) };
    let not_a_uri = D::RequestMalformed(ParseError::Target(TargetError::NotAUri));
    let bad_subject = ["invalid_grant", "invalid_request", "invalid_grant"];
    let no_target = ["invalid_resource", "invalid_target", "invalid_target"];
    let not_for_user = ["invalid_grant/message_only", "invalid_target", "invalid_target"];
    let no_consent = ["invalid_grant/consent_required", "invalid_scope", "invalid_scope"];
    let relay = [
        "interaction_required/basic_action",
        "insufficient_user_authentication",
        "insufficient_user_authentication",
    ];
    vec![
        // bad signature / malformed / expired / nbf / unknown iss
        (D::SubjectTokenInvalid(JwtError::BadSignature), bad_subject),
        (D::SubjectTokenInvalid(JwtError::NotCompact), bad_subject),
        (D::SubjectTokenInvalid(JwtError::Expired), bad_subject),
        (D::SubjectTokenInvalid(JwtError::NotYetValid), bad_subject),
        (D::SubjectTokenIssuerUntrusted, bad_subject),
        (D::SubjectTokenWrongType, bad_subject),
        // aud ≠ calling client
        (D::SubjectTokenNotForClient, bad_subject),
        // app-only token as user assertion
        (D::SubjectTokenAppOnly, ["unauthorized_client", "invalid_request", "invalid_grant"]),
        // id_token as assertion
        (D::SubjectTokenIsIdToken, ["invalid_request", "invalid_request", "invalid_grant"]),
        // user disabled / session revoked / password changed
        (D::UserUnknown, bad_subject),
        (D::UserDisabled, bad_subject),
        (
            D::SubjectTokenRevoked(session),
            ["invalid_grant/bad_token", "invalid_request", "invalid_grant"],
        ),
        (D::ChainClientDisabled, bad_subject),
        (D::ProofMissing, bad_subject),
        (D::MayActMismatch, bad_subject),
        (D::ActorTokenInvalid(JwtError::Expired), bad_subject),
        (D::ActorTokenNotClients, bad_subject),
        (D::ChainTooDeep, bad_subject),
        (D::NothingLeft, bad_subject),
        // delegated permission not consented
        (D::ConsentMissing(scopes()), no_consent),
        (D::EdgeRequires(scopes()), ["invalid_grant", "invalid_scope", "invalid_scope"]),
        // MFA / step-up needed
        (D::StepUpRequired(step_up), relay),
        (D::EnrolmentRequired(step_up), relay),
        // unknown / not allowed target
        (D::TargetUnknown, no_target),
        (D::EdgeMissing, no_target),
        (not_a_uri, no_target),
        (D::EdgeNotForUser, not_for_user),
        (D::EdgeNotVia, ["invalid_grant", "invalid_target", "invalid_target"]),
    ]
}

#[test]
fn every_cell_of_the_error_table_says_what_clients_key_on() {
    let dialects = [Dialect::Entra, Dialect::Rfc8693, Dialect::Rfc7523];
    for (denied, cells) in by_dialect() {
        assert_eq!(dialects.map(|dialect| said(&denied, dialect)), cells, "{denied:?}");
    }
    for (denied, cell) in alike() {
        assert_eq!(dialects.map(|dialect| said(&denied, dialect)), [cell; 3], "{denied:?}");
    }
}

/// MSAL asks the user again when it sees these on a refresh token.
#[test]
fn a_refresh_token_of_no_use_is_a_bad_token_to_entras_readers() {
    for denied in [Denied::RefreshUnknown, Denied::RefreshExpired, Denied::RefreshReused] {
        assert_eq!(said(&denied, Dialect::Plain), "invalid_grant/bad_token");
        assert_eq!(said(&denied, Dialect::Rfc8693), "invalid_grant");
    }
}

#[test]
fn a_step_up_demand_travels_in_claims_and_as_rfc_9470_writes_it() {
    let ask = StepUp { acr: Some(Acr::MultiFactor), max_age: Some(Seconds(300)) };
    for dialect in [Dialect::Entra, Dialect::Rfc8693] {
        let trace = Trace {
            trace_id: "t".parse().unwrap(),
            correlation_id: None,
            at: Timestamp::from_secs(0),
        };
        let refusal = Denied::StepUpRequired(ask).refusal(dialect);
        let body = ErrorResponse::new(&refusal, dialect, &trace);
        assert_eq!(StepUp::from_claims(&body.claims.unwrap()), Some(ask));
        assert_eq!(body.acr_values.as_deref(), Some("urn:stead:acr:mfa"));
        assert_eq!(body.max_age, Some(300));
    }
    let other = Denied::NothingLeft.refusal(Dialect::Entra);
    assert_eq!(other.step_up, None, "and in no other refusal");
}
