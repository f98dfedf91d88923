//! Verify, row by row (SPEC 2.6 BR, 6.A KA).

use crate::stub::{DATA, NOON, World};
use serde_json::{Value, json};
use stead::verify::{TokenProblem, VerifyError};
use stead::{Caller, Jwt};
use stead_proto::jwt::{Algorithm, JwtError, SigningKey, Typ};

async fn verify(world: &World, changes: Value) -> Result<Caller, VerifyError> {
    world.verifier().verify(&world.sign(&world.claims_with(&changes))).await
}

async fn problem(world: &World, changes: Value) -> VerifyError {
    verify(world, changes).await.expect_err("refused")
}

#[tokio::test]
async fn a_good_token_says_who_acts_for_whom() {
    let world = World::new().await;
    let chain =
        json!({ "act": { "sub": "reports-api", "act": { "sub": "gateway" } }, "name": "Alice" });
    let caller = verify(&world, chain).await.unwrap();
    assert_eq!(caller.subject().as_str(), "alice");
    assert_eq!(caller.scopes().to_string(), "Rows.Read");
    assert_eq!(caller.actor().unwrap().as_str(), "reports-api");
    assert_eq!(
        caller.chain().map(|a| a.sub.as_str()).collect::<Vec<_>>(),
        ["reports-api", "gateway"]
    );
    assert_eq!((caller.depth(), caller.name(), caller.is_app_only()), (2, Some("Alice"), false));
    assert_eq!(caller.sid().unwrap().as_str(), "s-1");
    assert_eq!(caller.auth_time().unwrap().secs(), NOON - 60);
}

#[tokio::test]
async fn a_caller_is_never_printed_with_its_token() {
    let world = World::new().await;
    let caller = verify(&world, json!({})).await.unwrap();
    let printed = format!("{caller:?}");
    assert!(printed.contains("alice") && !printed.contains(caller.token().expose()), "{printed}");
}

#[tokio::test]
async fn scp_is_read_where_there_is_no_scope() {
    let world = World::new().await;
    let caller =
        verify(&world, json!({ "scope": null, "scp": "Rows.Read Rows.Write" })).await.unwrap();
    assert_eq!(caller.scopes().to_string(), "Rows.Read Rows.Write");
}

#[tokio::test]
async fn br_03_an_expired_token_is_refused_after_the_leeway_and_not_before() {
    let world = World::new().await;
    assert!(verify(&world, json!({ "exp": NOON - 20 })).await.is_ok());
    assert_eq!(problem(&world, json!({ "exp": NOON - 30 })).await, JwtError::Expired.into());
    assert_eq!(problem(&world, json!({ "exp": null })).await, JwtError::BadTime.into());
}

#[tokio::test]
async fn br_10_ka_19_only_our_own_name_alone_is_our_audience() {
    let world = World::new().await;
    for aud in [
        json!("api://reports-api"),
        json!("api://company-dat"),
        json!("api://company-data/"),
        json!("API://company-data"),
        json!([DATA]),
        json!([DATA, "api://evil"]),
    ] {
        let refused = problem(&world, json!({ "aud": aud })).await;
        assert_eq!(refused, TokenProblem::OtherAudience.into(), "{aud}");
    }
    for aud in [json!(7), json!({}), json!("")] {
        assert_eq!(
            problem(&world, json!({ "aud": aud })).await,
            JwtError::BadClaims.into(),
            "{aud}"
        );
    }
    assert_eq!(problem(&world, json!({ "aud": null })).await, JwtError::BadClaims.into());
}

#[tokio::test]
async fn ka_18_only_our_own_issuer_to_the_byte_is_ours() {
    let world = World::new().await;
    let ours = world.issuer().to_owned();
    for iss in [
        format!("{ours}/"),
        ours.to_uppercase(),
        ours.replace("127.0.0.1", "127.0.0.1.evil.example"),
        ours.replace("http://", "http://user@"),
        ours.replace("acme", "%61cme"),
    ] {
        let refused = problem(&world, json!({ "iss": iss })).await;
        assert_eq!(refused, TokenProblem::OtherIssuer.into(), "{iss}");
    }
    for iss in [json!(null), json!(1), json!([ours])] {
        assert_eq!(problem(&world, json!({ "iss": iss })).await, TokenProblem::OtherIssuer.into());
    }
}

#[tokio::test]
async fn ka_17_a_jwt_of_any_other_kind_is_no_access_token() {
    let world = World::new().await;
    for typ in Typ::ALL {
        let token = world.sign_as(typ, &world.claims());
        let verified = world.verifier().verify(&token).await;
        if typ == Typ::AccessToken {
            assert!(verified.is_ok());
        } else {
            assert_eq!(verified.unwrap_err(), TokenProblem::NotAnAccessToken.into(), "{typ}");
        }
    }
}

#[tokio::test]
async fn ka_21_an_edited_payload_is_refused_also_after_the_original_was_taken() {
    let world = World::new().await;
    let verifier = world.verifier();
    let good = world.sign(&world.claims());
    verifier.verify(&good).await.unwrap();
    let other = world.sign(&world.claims_with(&json!({ "sub": "mallory" })));
    let (header_and_claims, _) = other.expose().rsplit_once('.').unwrap();
    let (_, signature) = good.expose().rsplit_once('.').unwrap();
    let forged = Jwt::new(format!("{header_and_claims}.{signature}"));
    assert_eq!(verifier.verify(&forged).await.unwrap_err(), JwtError::BadSignature.into());
}

#[tokio::test]
async fn ka_14_garbage_is_refused_without_asking_the_issuer() {
    let world = World::new().await;
    let dots = ".".repeat(1_000_000);
    for garbage in ["", "a", "a.b", "a.b.c", "a.b.c.d", "....", "eyJhbGciOiJub25lIn0.e30.", &dots] {
        let refused = world.verifier().verify(&Jwt::new(garbage)).await.unwrap_err();
        assert!(matches!(refused, VerifyError::InvalidToken(TokenProblem::Jwt(_))));
    }
    assert_eq!(world.keys_fetched(), 0);
}

#[tokio::test]
async fn a_stranger_with_our_issuer_in_the_token_is_refused() {
    let world = World::new().await;
    let (stranger, _) = SigningKey::generate(Algorithm::Es256).unwrap();
    let token = stranger.sign(Typ::AccessToken, &world.claims()).unwrap();
    assert_eq!(world.verifier().verify(&token).await.unwrap_err(), JwtError::UnknownKey.into());
}

#[tokio::test]
async fn dp_07_a_bound_token_is_not_taken_from_whoever_holds_it() {
    let world = World::new().await;
    for cnf in [json!({ "jkt": "x" }), json!({ "x5t#S256": "x" }), json!({})] {
        assert_eq!(problem(&world, json!({ "cnf": cnf })).await, TokenProblem::Bound.into());
    }
}

#[tokio::test]
async fn an_actor_named_by_another_issuer_means_nothing_here() {
    let world = World::new().await;
    let foreign = json!({ "act": { "sub": "reports-api", "iss": "https://else.example" } });
    assert_eq!(problem(&world, foreign).await, TokenProblem::ForeignActor.into());
    let own = json!({ "act": { "sub": "reports-api", "iss": world.issuer() } });
    assert!(verify(&world, own).await.is_ok());
    let inner = json!({ "act": { "sub": "reports-api", "act": { "sub": "x", "iss": "https://else.example" } } });
    assert!(verify(&world, inner).await.is_ok());
}

#[tokio::test]
async fn at_02_an_application_as_itself_is_seen_as_such() {
    let world = World::new().await;
    let by_kind = json!({ "idtyp": "app", "act": null });
    assert!(verify(&world, by_kind).await.unwrap().is_app_only());
    let by_name = json!({ "sub": "reports-api", "act": null });
    assert!(verify(&world, by_name).await.unwrap().is_app_only());
}
