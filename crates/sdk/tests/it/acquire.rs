//! Acquire: what is sent, and what comes of the answers.

use crate::stub::{NOON, World, says};
use serde_json::json;
use stead::client::Consent;
use stead::{AcquireError, AcquireOptions, Credential, Dialect, Obo, Seconds, Target};
use stead_proto::grants::{ActorToken, TOKEN_EXCHANGE};
use stead_proto::jwt::{Accept, AcceptTyp, Algorithm, KeySet, SigningKey, Times, Typ, Unverified};
use stead_proto::time::Timestamp;
use stead_proto::token_type::TokenType;

const ROWS: &str = "api://company-data/Rows.Read";

#[tokio::test]
async fn a_token_is_asked_for_as_rfc_8693_writes_it() {
    let world = World::new().await;
    let caller = world.caller("alice");
    let token = world.obo().token(&caller, ROWS).await.unwrap();
    assert_eq!(token.expose(), "alice|api://company-data Rows.Read|0");
    assert_eq!(token.expires(), Timestamp::from_secs(NOON + 300));
    let asked = world.last_asked();
    let expected = [
        ("audience", "api://company-data"),
        ("grant_type", TOKEN_EXCHANGE),
        ("requested_token_type", TokenType::AccessToken.as_str()),
        ("scope", "Rows.Read"),
        ("subject_token", caller.token().expose()),
        ("subject_token_type", TokenType::AccessToken.as_str()),
    ];
    assert_eq!(
        asked.form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>(),
        expected
    );
    assert_eq!(asked.authorization.as_deref(), Some("Basic cmVwb3J0cy1hcGk6czNjcmV0"));
}

#[tokio::test]
async fn a_private_key_signs_a_statement_for_the_issuer_alone() {
    let world = World::new().await;
    let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
    let keys = KeySet::from_jwks(&[key.public_jwk()].into_iter().collect());
    let obo = world.obo_with(Credential::private_key(key));
    obo.token(&world.caller("alice"), ROWS).await.unwrap();

    let asked = world.last_asked();
    assert_eq!((asked.get("client_id"), asked.authorization.as_ref()), ("reports-api", None));
    let assertion = stead::Jwt::new(asked.get("client_assertion"));
    let accept = Accept {
        typ: AcceptTyp::Exactly(Typ::ClientAuthentication),
        algorithms: &[Algorithm::Es256],
        now: Timestamp::from_secs(NOON),
        leeway: Seconds(0),
        times: Times::Required,
    };
    let verified =
        Unverified::parse(&assertion).unwrap().verify::<serde_json::Value>(&keys, &accept);
    let mut claims = verified.unwrap().into_claims();
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(jti.as_str().unwrap().len(), 32);
    assert_eq!(
        claims,
        json!({
            "iss": "reports-api", "sub": "reports-api", "aud": world.issuer(),
            "iat": NOON, "exp": NOON + 60,
        })
    );
}

#[tokio::test]
async fn a_private_key_goes_by_the_name_it_was_given() {
    let world = World::new().await;
    let (key, pkcs8) = SigningKey::generate(Algorithm::Es256).unwrap();
    let thumbprint = key.kid().to_string();
    let again = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).unwrap();
    let named = Credential::private_key_named("2026-11", again).unwrap();
    for (credential, name) in
        [(named, "2026-11"), (Credential::private_key(key), thumbprint.as_str())]
    {
        world.obo_with(credential).token(&world.caller("alice"), ROWS).await.unwrap();
        let assertion = stead::Jwt::new(world.last_asked().get("client_assertion"));
        let kid = Unverified::parse(&assertion).unwrap().header().kid().map(ToString::to_string);
        assert_eq!(kid.as_deref(), Some(name));
    }
    let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
    let nameless = Credential::private_key_named("", key);
    assert!(matches!(nameless, Err(stead::SetupError::Name(_))), "{nameless:?}");
}

#[tokio::test]
async fn a_secret_goes_into_the_body_where_the_provider_wants_it_there() {
    let world = World::new().await;
    world
        .obo_with(Credential::secret_in_body("s3cret"))
        .token(&world.caller("a"), ROWS)
        .await
        .unwrap();
    let asked = world.last_asked();
    assert_eq!((asked.get("client_id"), asked.get("client_secret")), ("reports-api", "s3cret"));
    assert_eq!(asked.authorization, None);
}

#[tokio::test]
async fn claims_and_an_actor_token_go_along_when_given() {
    let world = World::new().await;
    let actor = ActorToken { token: stead::Jwt::new("x.y.z"), token_type: TokenType::Jwt };
    let options = AcquireOptions {
        claims: Some("{}".into()),
        actor_token: Some(actor),
        ..AcquireOptions::default()
    };
    let target = Target::new("api://company-data").unwrap();
    world.obo().token_with(&world.caller("alice"), &target, options).await.unwrap();
    let asked = world.last_asked();
    assert_eq!(
        (asked.get("claims"), asked.get("actor_token"), asked.get("scope")),
        ("{}", "x.y.z", "")
    );
}

#[tokio::test]
async fn a_step_up_comes_back_as_a_challenge_to_pass_on() {
    let world = World::new().await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"urn:stead:acr:mfa"}}}"#;
    world.answers(move |_| {
        says(
            400,
            json!({ "error": "interaction_required", "claims": claims, "error_codes": [50076] }),
        )
    });
    let refused = world.obo().token(&world.caller("alice"), ROWS).await.unwrap_err();
    let AcquireError::Challenge(challenge) = refused else { panic!("{refused:?}") };
    assert_eq!(challenge.claims(), claims);
}

#[tokio::test]
async fn a_refusal_keeps_its_code_and_its_trace() {
    let world = World::new().await;
    world.answers(|_| {
        says(400, json!({
            "error": "invalid_target", "error_description": "there is no edge", "trace_id": "t-7",
            "error_uri": "https://id.example/errors#no_edge",
        }))
    });
    let refused = world.obo().token(&world.caller("alice"), ROWS).await.unwrap_err();
    let AcquireError::Denied(denied) = refused else { panic!("{refused:?}") };
    assert_eq!(denied.to_string(), "invalid_target: there is no edge (trace t-7)");
    assert_eq!(denied.reason_uri.as_deref(), Some("https://id.example/errors#no_edge"));
    assert_eq!(denied.consent, Consent::NotTheReason);
}

#[tokio::test]
async fn kb_35_an_application_without_a_user_asks_nobody() {
    let world = World::new().await;
    let claims = world.claims_with(&json!({ "idtyp": "app", "sub": "daemon", "act": null }));
    let token = world.sign(&claims);
    let daemon = stead::Caller::from_verified(token, serde_json::from_value(claims).unwrap());
    let refused = world.obo().token(&daemon, ROWS).await.unwrap_err();
    assert!(matches!(refused, AcquireError::Denied(_)));
    assert_eq!(world.exchanges(), 0);
}

#[tokio::test]
async fn a_target_that_cannot_be_meant_asks_nobody() {
    let world = World::new().await;
    let refused = world.obo().token(&world.caller("alice"), "Rows.Read").await.unwrap_err();
    assert!(matches!(refused, AcquireError::Config(_)));
    assert_eq!(world.exchanges(), 0);
}

#[tokio::test]
async fn an_actor_token_is_not_dropped_in_silence_where_the_dialect_has_none() {
    let world = World::new().await;
    let actor = ActorToken { token: stead::Jwt::new("x.y.z"), token_type: TokenType::Jwt };
    let options = AcquireOptions { actor_token: Some(actor), ..AcquireOptions::default() };
    let builder = Obo::builder().provider(world.provider()).client_id("reports-api");
    let obo = builder.credential(Credential::secret("s")).dialect(Dialect::Entra).build().unwrap();
    let refused = obo.token_with(&world.caller("alice"), ROWS, options).await.unwrap_err();
    assert!(matches!(refused, AcquireError::Config(_)));
    assert_eq!(world.exchanges(), 0);
}
