//! Several issuers, each by its own rules (SPEC 6.A).

use crate::forgery::{Raw, header, world};
use crate::stub::{DATA, NOON, World};
use serde_json::{Map, Value, json};
use stead::verify::{Profile, TokenProblem, Trust, VerifierBuilder, VerifyError};
use stead::{Caller, SetupError, Verifier};
use stead_proto::jwt::{JwtError, Typ};

fn trusting(all: impl IntoIterator<Item = Trust>) -> Verifier {
    all.into_iter().fold(Verifier::builder(), VerifierBuilder::trust).build().unwrap()
}

#[tokio::test]
async fn a_token_is_judged_by_the_keys_and_names_of_the_issuer_it_names() {
    let (one, other) = (World::new().await, World::new().await);
    let verifier = trusting([
        Trust::new(one.provider(), DATA),
        Trust::new(other.provider(), "api://theirs").audience("api://theirs-too"),
    ]);
    let caller = verifier.verify(&one.sign(&one.claims())).await.unwrap();
    assert_eq!(caller.issuer().as_str(), one.issuer());
    for aud in ["api://theirs", "api://theirs-too"] {
        let token = other.sign(&other.claims_with(&json!({ "aud": aud })));
        for _ in 0..2 {
            let caller = verifier.verify(&token).await.unwrap();
            assert_eq!(caller.issuer().as_str(), other.issuer());
        }
    }
    let crossed = other.sign(&other.claims());
    assert_eq!(verifier.verify(&crossed).await.unwrap_err(), TokenProblem::OtherAudience.into());
    let forged = other.sign(&one.claims());
    assert_eq!(verifier.verify(&forged).await.unwrap_err(), JwtError::UnknownKey.into());
    let third = one.sign(&one.claims_with(&json!({ "iss": "https://else.example" })));
    assert_eq!(verifier.verify(&third).await.unwrap_err(), TokenProblem::OtherIssuer.into());
}

#[tokio::test]
async fn an_issuer_that_is_away_does_not_keep_out_the_users_of_another() {
    let (one, other) = (World::new().await, World::new().await);
    other.withhold_keys();
    let verifier = trusting([Trust::new(one.provider(), DATA), Trust::new(other.provider(), DATA)]);
    assert!(verifier.verify(&one.sign(&one.claims())).await.is_ok());
    let away = verifier.verify(&other.sign(&other.claims())).await.unwrap_err();
    assert_eq!(away, VerifyError::Unavailable { retry_after: None });
}

#[tokio::test]
async fn an_issuer_has_one_set_of_rules() {
    let world = World::new().await;
    let trust = || Trust::new(world.provider(), DATA);
    let twice = Verifier::builder().trust(trust()).trust(trust()).build();
    assert!(matches!(twice, Err(SetupError::Twice(_))));
    let also = Verifier::builder().trust(trust()).provider(world.provider()).audience(DATA).build();
    assert!(matches!(also, Err(SetupError::Twice(_))));
    assert!(matches!(Verifier::builder().build(), Err(SetupError::Missing("the issuer"))));
}

/// What each provider writes in an access token of Alice's, besides what all of them do.
fn access(profile: Profile) -> Value {
    match profile {
        Profile::EntraV2 => json!({
            "ver": "2.0", "azp": "dashboard", "azpacr": "0", "scp": "Rows.Read", "oid": "alice",
        }),
        Profile::EntraV1 => json!({
            "ver": "1.0", "appid": "dashboard", "appidacr": "0", "scp": "Rows.Read",
        }),
        Profile::Okta => json!({
            "ver": 1, "cid": "dashboard", "uid": "00u1", "scp": ["openid", "Rows.Read"],
        }),
        Profile::Auth0 => json!({ "azp": "dashboard", "scope": "openid Rows.Read" }),
        Profile::Keycloak => json!({ "typ": "Bearer", "azp": "dashboard", "scope": "Rows.Read" }),
        _ => json!({ "client_id": "dashboard", "scope": "Rows.Read" }),
    }
}

/// What each of them writes in an ID token of hers, for an API that is a client too.
fn id_token(profile: Profile) -> Value {
    match profile {
        Profile::EntraV2 => json!({ "ver": "2.0", "nonce": "n", "roles": ["Admin"] }),
        Profile::EntraV1 => json!({ "ver": "1.0", "nonce": "n", "roles": ["Admin"] }),
        Profile::Okta => json!({ "ver": 1, "amr": ["pwd"], "at_hash": "x" }),
        Profile::Keycloak => json!({ "typ": "ID", "azp": "dashboard", "at_hash": "x" }),
        _ => json!({ "nonce": "n", "at_hash": "x", "azp": "dashboard" }),
    }
}

const FOREIGN: [Profile; 5] =
    [Profile::EntraV2, Profile::EntraV1, Profile::Okta, Profile::Auth0, Profile::Keycloak];

/// Claims that every provider writes, and these.
fn claims(world: &World, more: &Value) -> String {
    let all = json!({
        "iss": world.issuer(), "sub": "alice", "aud": DATA, "exp": NOON + 3600, "iat": NOON,
    });
    let mut all: Map<String, Value> = all.as_object().unwrap().clone();
    all.extend(more.as_object().unwrap().clone());
    Value::Object(all).to_string()
}

struct Foreign {
    world: World,
    raw: Raw,
    verifier: Verifier,
}

impl Foreign {
    async fn new(trust: impl FnOnce(Trust) -> Trust) -> Self {
        let (world, raw) = world().await;
        let verifier = trusting([trust(Trust::new(world.provider(), DATA))]);
        Self { world, raw, verifier }
    }

    async fn verify(&self, typ: Value, more: &Value) -> Result<Caller, VerifyError> {
        let token = self.raw.sign(&header(&json!({ "typ": typ })), &claims(&self.world, more));
        self.verifier.verify(&token).await
    }
}

#[tokio::test]
async fn a_provider_without_at_jwt_is_taken_by_its_profile_and_not_without() {
    for profile in FOREIGN {
        let foreign = Foreign::new(|trust| trust.profile(profile)).await;
        for typ in [json!("JWT"), json!(null), json!("at+jwt")] {
            let caller = foreign.verify(typ, &access(profile)).await.unwrap();
            assert_eq!(caller.client_id().as_str(), "dashboard", "{profile:?}");
            assert!(caller.scopes().iter().any(|scope| scope.as_str() == "Rows.Read"));
            assert!(!caller.is_app_only(), "{profile:?}");
        }
        let strict = Foreign::new(|trust| trust).await;
        let refused = strict.verify(json!("JWT"), &access(profile)).await.unwrap_err();
        assert_eq!(refused, TokenProblem::NotAnAccessToken.into());
    }
}

#[tokio::test]
async fn ka_17_an_id_token_is_no_access_token_of_any_provider() {
    for profile in FOREIGN {
        let foreign = Foreign::new(|trust| trust.profile(profile)).await;
        for typ in [json!("JWT"), json!(null)] {
            let refused = foreign.verify(typ, &id_token(profile)).await.unwrap_err();
            assert_eq!(refused, TokenProblem::NotAnAccessToken.into(), "{profile:?}");
        }
        for typ in Typ::ALL {
            let fits = matches!(typ, Typ::AccessToken | Typ::IdToken);
            let verified = foreign.verify(json!(typ.as_str()), &access(profile)).await;
            assert_eq!(verified.is_ok(), fits, "{profile:?} {typ}");
        }
        assert!(foreign.verify(json!("JWT"), &access(profile)).await.is_ok());
    }
}

#[tokio::test]
async fn one_provider_s_marks_are_not_another_s() {
    for profile in FOREIGN {
        let foreign = Foreign::new(|trust| trust.profile(profile)).await;
        for other in FOREIGN.into_iter().filter(|other| *other != profile) {
            // What Keycloak writes besides its mark is what Auth0 writes.
            let fits = (profile, other) == (Profile::Auth0, Profile::Keycloak);
            let verified = foreign.verify(json!("JWT"), &access(other)).await;
            assert_eq!(verified.is_ok(), fits, "{profile:?} was shown {other:?}'s");
        }
    }
}

#[tokio::test]
async fn at_02_an_application_as_itself_is_seen_as_such_whoever_writes_it() {
    for (profile, more) in [
        (Profile::EntraV2, json!({ "ver": "2.0", "azp": "job", "idtyp": "app" })),
        (Profile::EntraV1, json!({ "ver": "1.0", "appid": "job", "idtyp": "app" })),
        (Profile::Okta, json!({ "cid": "job", "sub": "job", "scp": ["Rows.Read"] })),
        (
            Profile::Auth0,
            json!({ "azp": "job", "sub": "job@clients", "gty": "client-credentials" }),
        ),
        (
            Profile::Keycloak,
            json!({ "typ": "Bearer", "azp": "job", "preferred_username": "service-account-job" }),
        ),
    ] {
        let foreign = Foreign::new(|trust| trust.profile(profile)).await;
        assert!(foreign.verify(json!("JWT"), &more).await.unwrap().is_app_only(), "{profile:?}");
    }
}

#[tokio::test]
async fn ka_19_who_else_a_token_may_be_for_is_agreed_beforehand() {
    let with = |aud: Value| {
        let mut more = access(Profile::Keycloak);
        more["aud"] = aud;
        more
    };
    let alone = Foreign::new(|trust| trust.profile(Profile::Keycloak)).await;
    let beside = |trust: Trust| trust.profile(Profile::Keycloak).beside("account");
    let agreed = Foreign::new(beside).await;
    for (aud, fits) in [
        (json!(DATA), true),
        (json!([DATA, "account"]), true),
        (json!(["account", DATA]), true),
        (json!([DATA, "account", "api://evil"]), false),
        (json!(["account"]), false),
        (json!("account"), false),
        (json!([]), false),
    ] {
        let verified = agreed.verify(json!("JWT"), &with(aud.clone())).await;
        assert_eq!(verified.is_ok(), fits, "{aud}");
        let verified = alone.verify(json!("JWT"), &with(aud.clone())).await;
        assert_eq!(verified.is_ok(), aud == json!(DATA), "{aud}");
    }
}
