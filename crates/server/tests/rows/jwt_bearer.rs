//! A JWT as authorization grant, RFC 7523 §2.1 (rows AG). Nobody's assertions are taken as grants yet: what
//! is held here is that none passes for one, and that the grant and on-behalf-of are never mixed up.

use serde_json::{Value, json};
use stead_core::model::tenant::TrustedIssuer;
use stead_core::record::Event;
use stead_proto::id::{Audience, Issuer};
use stead_proto::jwt::{Algorithm, Typ};
use testkit::{API_A_SECRET, Answer, Auth, RawKey, World};

const PARTNER: &str = "https://partner.example";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A world that trusts a partner, and the partner's key.
async fn with_partner(enabled: bool) -> (World, RawKey) {
    let key = RawKey::generate(Algorithm::Es256);
    let keys = key.set();
    let world = World::with(|t1| {
        t1.trusted_issuers.push(TrustedIssuer {
            issuer: Issuer::parse(PARTNER).unwrap(),
            audience: Audience::parse("api://a").unwrap(),
            keys,
            enabled,
        });
    })
    .await;
    (world, key)
}

/// What the partner says of alice, with these claims instead; `null` leaves one out.
fn claims(world: &World, changes: &Value) -> Value {
    let now = world.clock().now().secs();
    let said = json!({
        "iss": PARTNER, "sub": "user-alice", "aud": world.t1().issuer(), "iat": now,
        "exp": now + 300, "jti": "partner-1", "client_id": "api-a",
    });
    crate::places::changed(said, changes)
}

async fn grant(world: &World, assertion: &str) -> Answer {
    let form = [("grant_type", GRANT), ("assertion", assertion), ("scope", "api://b/B.read")];
    world.t1().token(Auth::Post("api-a", API_A_SECRET), &form).await
}

async fn refused(world: &World, assertion: &str, reason: &str) {
    let answer = grant(world, assertion).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "{}", answer.text);
    for name in ["access_token", "refresh_token", "id_token"] {
        assert_eq!(answer.member(name), Value::Null, "{name}");
    }
    assert_eq!(world.last_reason().await, reason);
    let Event::Token(event) = world.records().await.pop().unwrap().event else { unreachable!() };
    assert_eq!((event.client.unwrap().as_str(), event.token), ("api-a", None));
}

#[tokio::test]
async fn ag_02_an_assertion_addressed_elsewhere_gives_no_token() {
    let (world, partner) = with_partner(true).await;
    for aud in [json!("https://other.example"), json!("api://a"), json!(world.t2().issuer())] {
        let assertion = partner.jwt(Typ::IdJag, &claims(&world, &json!({ "aud": aud })));
        refused(&world, &assertion, "assertion-issuer-untrusted").await;
    }
}

#[tokio::test]
async fn ag_03_an_issuer_that_is_unknown_disabled_or_of_another_tenant_gives_no_token() {
    for enabled in [false, true] {
        let (world, partner) = with_partner(enabled).await;
        for iss in [json!("https://nobody.example"), json!(world.t2().issuer())] {
            let assertion = partner.jwt(Typ::IdJag, &claims(&world, &json!({ "iss": iss })));
            refused(&world, &assertion, "assertion-issuer-untrusted").await;
        }
        if !enabled {
            let assertion = partner.jwt(Typ::IdJag, &claims(&world, &json!({})));
            refused(&world, &assertion, "assertion-issuer-untrusted").await;
        }
    }
}

#[tokio::test]
async fn ag_06_an_assertion_without_a_true_signature_gives_no_token() {
    let (world, partner) = with_partner(true).await;
    for alg in ["none", "HS256"] {
        let header = json!({ "alg": alg, "kid": partner.kid(), "typ": "oauth-id-jag+jwt" });
        let text = claims(&world, &json!({})).to_string();
        let signed = partner.sign(&header.to_string(), &text);
        refused(&world, &signed, "subject-token-invalid").await;
        let unsigned = signed.get(..=signed.rfind('.').unwrap()).unwrap();
        refused(&world, unsigned, "subject-token-invalid").await;
    }
}

#[tokio::test]
async fn ag_09_an_access_token_of_ours_without_its_use_is_never_taken_as_on_behalf_of() {
    let world = World::new().await;
    let user = world.t1().token_for_a("alice").await;

    refused(&world, &user, "assertion-issuer-untrusted").await;
    let other_uses = ["", "on_behalf_of ", "ON_BEHALF_OF", "other"];
    for value in other_uses {
        let form = [
            ("grant_type", GRANT),
            ("requested_token_use", value),
            ("assertion", &user),
            ("scope", "api://b/B.read"),
        ];
        let answer = world.t1().token(Auth::Post("api-a", API_A_SECRET), &form).await;
        assert_eq!(answer.status, 400, "{value:?}");
        assert_eq!(answer.member("access_token"), Value::Null);
    }
    assert_eq!(world.t1().obo_entra(&user, "api://b/B.read").await.claims()["sub"], "user-alice");
}

#[tokio::test]
async fn ag_10_on_behalf_of_takes_no_assertion_of_a_partner() {
    let (world, partner) = with_partner(true).await;
    let kinds = [Typ::IdJag, Typ::AccessToken, Typ::IdToken, Typ::TxnToken];
    let auds = [world.t1().issuer(), "api://a".to_owned()];
    for (typ, aud) in kinds.iter().flat_map(|typ| auds.iter().map(move |aud| (*typ, aud))) {
        let assertion = partner.jwt(typ, &claims(&world, &json!({ "aud": aud })));
        let entra = world.t1().obo_entra(&assertion, "api://b/B.read").await;
        assert_eq!(entra.refusal(), (400, error_for(typ).to_owned()), "{typ}");
        let rfc8693 = world.t1().obo_exchange(&assertion, "api://b", "B.read").await;
        assert_eq!(rfc8693.refusal(), (400, "invalid_request".into()), "{typ}");
        assert!(world.last_reason().await.starts_with("subject-token-"));
    }
    let user = world.t1().token_for_a("alice").await;
    assert_eq!(world.t1().obo_entra(&user, "api://b/B.read").await.status, 200);
}

/// An ID token is told apart in Entra's words (ER-04).
fn error_for(typ: Typ) -> &'static str {
    if typ == Typ::IdToken { "invalid_request" } else { "invalid_grant" }
}
