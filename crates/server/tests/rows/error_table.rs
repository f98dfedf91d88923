//! The error table: what each condition is called in Entra's dialect, in RFC 8693 and in RFC 7523 (rows ER).
//!
//! The third column is a JWT as authorization grant. Nobody's assertions are accepted as grants yet, so a
//! condition can be met there only where it lies in the assertion, the client or the form.

use crate::obo::{
    A, BOTH, Client, DAEMON, Dialect, Form, ID_TOKEN, JWT_BEARER, Tried, allowed, and, application,
    ask, edge_to_b, refused, tried, with, without,
};
use serde_json::{Value, json};
use stead_core::admin::{Desired, DesiredPassword};
use stead_core::model::permission::ConsentRule;
use stead_proto::acr::Acr;
use stead_proto::jwt::Typ;
use stead_proto::scope::ScopeSet;
use stead_proto::secret::Password;
use stead_proto::time::Seconds;
use testkit::{Auth, World};

/// A row of the table for a subject token: `error` and reason in each column.
async fn for_token(world: &World, token: &str, [entra, exchange, bearer]: [[&str; 2]; 3]) {
    let what = ("api://b", "B.read");
    for (dialect, [error, reason]) in BOTH.into_iter().zip([entra, exchange]) {
        let asking = dialect.ask(world.t1(), A, (token, what.0, what.1));
        assert_eq!(tried(world, asking).await.said(), refused(400, error, reason), "{dialect:?}");
    }
    let [error, reason] = bearer;
    assert_eq!(as_grant(world, A, token).await.said(), refused(400, error, reason));
}

/// The third column: the token as authorization grant of RFC 7523.
async fn as_grant(world: &World, client: Client, assertion: &str) -> Tried {
    tried(world, ask(world.t1(), client, &grant(assertion))).await
}

fn grant(assertion: &str) -> Form {
    vec![
        ("grant_type", JWT_BEARER.into()),
        ("assertion", assertion.into()),
        ("scope", "api://b/B.read".into()),
    ]
}

/// The twin of every refusal: the very request, with nothing wrong about it.
async fn works(world: &World, token: &str) {
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), A, (token, "api://b", "B.read"));
        assert_eq!(tried(world, asking).await.said(), allowed(), "{dialect:?}");
    }
}

#[tokio::test]
async fn er_01_a_subject_token_that_is_not_genuine() {
    let world = World::new().await;
    let forge = world.forge("t1");
    let now = world.clock().now().secs();
    works(&world, &forge.token(&json!({}))).await;

    let invalid = "subject-token-invalid";
    let untrusted = "assertion-issuer-untrusted";
    let bad = [["invalid_grant", invalid], ["invalid_request", invalid]];
    let [entra, exchange] = bad;
    let act_is_text = forge.token(&json!({ "act": "api-a" }));
    for malformed in ["opaque", "a.b", "a.b.c", "....", "eyJhbGciOiJub25lIn0.e30.", &act_is_text] {
        for_token(&world, malformed, [entra, exchange, ["invalid_grant", invalid]]).await;
    }
    for genuine_but in [
        forge.by_a_stranger(&json!({})),
        forge.token(&json!({ "exp": now })),
        forge.token(&json!({ "exp": now - 1, "iat": now - 3600, "nbf": now - 3600 })),
        forge.token(&json!({ "nbf": now + 60 })),
        forge.token(&json!({ "exp": null })),
    ] {
        for_token(&world, &genuine_but, [entra, exchange, ["invalid_grant", untrusted]]).await;
    }
    let stranger = "subject-token-issuer-untrusted";
    for issuer in ["https://issuer.example", &format!("{}/", world.t1().issuer())] {
        let token = forge.token(&json!({ "iss": issuer }));
        let row = [
            ["invalid_grant", stranger],
            ["invalid_request", stranger],
            ["invalid_grant", untrusted],
        ];
        for_token(&world, &token, row).await;
    }
}

#[tokio::test]
async fn er_02_a_subject_token_addressed_to_another_client() {
    let world = World::new().await;
    let scope = [("scope", "openid api://c/C.use")];
    let for_c = world.t1().tokens("alice", &scope).await.access_token();

    let reason = "subject-token-not-for-client";
    let row = [
        ["invalid_grant", reason],
        ["invalid_request", reason],
        ["invalid_grant", "assertion-issuer-untrusted"],
    ];
    for_token(&world, &for_c, row).await;
    works(&world, &world.t1().token_for_a("alice").await).await;
}

/// An application's own token for `api-a`.
pub(crate) async fn app_only(world: &World) -> String {
    let form = [("grant_type", "client_credentials".into()), ("scope", "api://a/.default".into())];
    ask(world.t1(), DAEMON, &form).await.access_token()
}

#[tokio::test]
async fn er_03_an_app_only_token() {
    let world = World::new().await;
    let token = app_only(&world).await;

    let reason = "subject-token-app-only";
    let row = [
        ["unauthorized_client", reason],
        ["invalid_request", reason],
        ["invalid_grant", "assertion-issuer-untrusted"],
    ];
    for_token(&world, &token, row).await;
    works(&world, &world.t1().token_for_a("alice").await).await;
}

#[tokio::test]
async fn er_04_an_id_token() {
    let world = World::new().await;
    let tokens = world.t1().tokens("alice", &[]).await;
    let id_token = tokens.member("id_token").as_str().unwrap().to_owned();

    let reason = "subject-token-is-id-token";
    let row = [
        ["invalid_request", reason],
        ["invalid_request", reason],
        ["invalid_grant", "assertion-issuer-untrusted"],
    ];
    for_token(&world, &id_token, row).await;
    // No policy allows it as what it is either.
    let form = Dialect::Exchange.form(&id_token, "api://b", "B.read");
    let as_itself = with(&form, "subject_token_type", ID_TOKEN);
    assert_eq!(
        tried(&world, ask(world.t1(), A, &as_itself)).await.said(),
        refused(400, "invalid_request", reason)
    );
    works(&world, &tokens.access_token()).await;
}

fn alice(desired: &mut Desired) -> &mut stead_core::admin::DesiredUser {
    desired.users.iter_mut().find(|one| one.user.id.as_str() == "user-alice").unwrap()
}

#[tokio::test]
async fn er_05_a_user_disabled_signed_out_or_with_a_new_password() {
    for (cause, reason) in [
        ("disabled", "user-disabled"),
        ("session", "subject-token-revoked"),
        ("password", "subject-token-revoked"),
    ] {
        let world = World::new().await;
        let answer = world.t1().tokens("alice", &[]).await;
        let token = answer.access_token();
        works(&world, &token).await;

        match cause {
            "disabled" => {
                world.files_say(|t1| alice(t1).user.enabled = false).await.unwrap();
            }
            "session" => {
                let session = answer.claims()["sid"].as_str().unwrap().to_owned();
                let path = format!("/sessions/{session}");
                assert_eq!(world.admin(reqwest::Method::DELETE, &path, None).await.0, 204);
            }
            _ => {
                let new = DesiredPassword::Plain(Password::new("another horse, another staple"));
                world.files_say(|t1| alice(t1).password = Some(new)).await.unwrap();
            }
        }
        let row = [
            ["invalid_grant", reason],
            ["invalid_request", reason],
            ["invalid_grant", "assertion-issuer-untrusted"],
        ];
        for_token(&world, &token, row).await;
        works(&world, &world.t1().token_for_a("mallory").await).await;
    }
}

/// Also where the user could consent, and did not when they signed in.
#[tokio::test]
async fn er_06_nobody_has_consented() {
    for who in [ConsentRule::Admin, ConsentRule::User] {
        let world = World::new().await;
        let token = world.t1().token_for_a("alice").await;
        works(&world, &token).await;
        world.files_say(|t1| edge_to_b(t1).consent = who).await.unwrap();

        for (dialect, said) in BOTH
            .into_iter()
            .zip([("invalid_grant", json!("consent_required")), ("invalid_scope", Value::Null)])
        {
            let asking = dialect.ask(world.t1(), A, (&token, "api://b", "B.read"));
            let tried = tried(&world, asking).await;
            assert_eq!(tried.said(), refused(400, said.0, "consent-missing"));
            assert_eq!(tried.answer.member("suberror"), said.1);
        }
    }
}

#[tokio::test]
async fn er_07_a_stronger_or_fresher_sign_in_is_needed() {
    let world = World::with(|t1| edge_to_b(t1).acr = Some(Acr::MultiFactor)).await;
    let token = world.t1().token_for_a("alice").await;

    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"urn:stead:acr:mfa"}}}"#;
    for (dialect, error) in
        BOTH.into_iter().zip(["interaction_required", "insufficient_user_authentication"])
    {
        let asking = dialect.ask(world.t1(), A, (&token, "api://b", "B.read"));
        let tried = tried(&world, asking).await;
        assert_eq!(tried.said(), refused(400, error, "enrolment-required"));
        assert_eq!(tried.answer.member("acr_values"), "urn:stead:acr:mfa");
        let asked = tried.answer.member("claims");
        assert_eq!(asked, json!(claims), "{}", tried.answer.text);
    }
    // Too old is like too weak.
    world.files_say(|t1| edge_to_b(t1).max_age = Some(Seconds(60))).await.unwrap();
    works(&world, &token).await;
    world.advance(Seconds(61));
    for (dialect, error) in
        BOTH.into_iter().zip(["interaction_required", "insufficient_user_authentication"])
    {
        let asking = dialect.ask(world.t1(), A, (&token, "api://b", "B.read"));
        let tried = tried(&world, asking).await;
        assert_eq!(tried.said(), refused(400, error, "step-up-required"));
        assert_eq!(tried.answer.member("max_age"), 60);
    }
}

#[tokio::test]
async fn er_08_a_target_unknown_disabled_or_not_allowed() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    works(&world, &token).await;
    world
        .files_say(|t1| {
            application(t1, "api-b").enabled = false;
            application(t1, "api-a").may_act.retain(|edge| edge.towards.as_str() == "api://b");
        })
        .await
        .unwrap();

    for (audience, reason) in [
        ("api://nobody", "target-unknown"),
        ("api://b", "target-unknown"),
        ("api://c", "edge-missing"),
    ] {
        for (dialect, error) in BOTH.into_iter().zip(["invalid_resource", "invalid_target"]) {
            let asking = dialect.ask(world.t1(), A, (&token, audience, "X.y"));
            assert_eq!(tried(&world, asking).await.said(), refused(400, error, reason));
        }
    }
}

#[tokio::test]
async fn er_09_a_scope_unknown() {
    let world = World::with(|t1| {
        edge_to_b(t1).scopes = ScopeSet::parse("B.read").unwrap();
    })
    .await;
    let token = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        for (scope, reason) in [
            ("B.nothing", "scope-unknown"),
            ("b.read", "scope-unknown"),
            ("B.write", "scope-not-permitted"),
            ("B.\"", "request-malformed"),
        ] {
            let asking = dialect.ask(world.t1(), A, (&token, "api://b", scope));
            let said = tried(&world, asking).await.said();
            assert_eq!(said, refused(400, "invalid_scope", reason), "{dialect:?} {scope}");
        }
    }
    let bad = with(&grant(&token), "scope", "B.\"");
    let said = tried(&world, ask(world.t1(), A, &bad)).await.said();
    assert_eq!(said, refused(400, "invalid_scope", "request-malformed"));
    works(&world, &token).await;
}

#[tokio::test]
async fn er_10_a_wrong_secret_or_assertion() {
    let world = World::new().await;
    let forge = world.forge("t1");
    let token = world.t1().token_for_a("alice").await;
    let forms = [
        Dialect::Entra.form(&token, "api://b", "B.read"),
        Dialect::Exchange.form(&token, "api://b", "B.read"),
        grant(&token),
    ];
    // The right claims, but signed with a key that is not the client's.
    let assertion = forge.typed(
        Typ::ClientAuthentication,
        &forge.claims(&json!({ "iss": "api-a", "sub": "api-a", "aud": world.t1().issuer() })),
    );
    for form in &forms {
        let wrong = ask(world.t1(), ("api-a", "wrong"), form);
        let said = tried(&world, wrong).await.said();
        assert_eq!(said, refused(401, "invalid_client", "client-unproven"));

        let jwt = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let form = and(&and(form, "client_assertion_type", jwt), "client_assertion", &assertion);
        let pairs: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let said = tried(&world, world.t1().token(Auth::None, &pairs)).await.said();
        assert_eq!(said, refused(401, "invalid_client", "client-unproven"));
    }
    works(&world, &token).await;
}

/// Who may exchange: a confidential client with an edge. Who may send an assertion as a grant: any
/// confidential client.
#[tokio::test]
async fn er_11_a_grant_that_is_not_the_clients() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), DAEMON, (&token, "api://b", "B.read"));
        let said = tried(&world, asking).await.said();
        assert_eq!(said, refused(400, "unauthorized_client", "grant-not-allowed"), "{dialect:?}");
    }
    let form = grant(&token);
    let pairs: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let said = tried(&world, world.t1().token(Auth::Public("spa"), &pairs)).await.said();
    assert_eq!(said, refused(400, "unauthorized_client", "grant-not-allowed"));
    works(&world, &token).await;
}

#[tokio::test]
async fn er_12_a_parameter_repeated_or_missing() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let forms = [
        (Dialect::Entra.form(&token, "api://b", "B.read"), vec!["assertion", "scope"]),
        (
            Dialect::Exchange.form(&token, "api://b", "B.read"),
            vec!["subject_token", "subject_token_type", "audience"],
        ),
        (grant(&token), vec!["assertion"]),
    ];
    for (form, needed) in &forms {
        for name in needed.iter().chain(&["grant_type"]) {
            let said = tried(&world, ask(world.t1(), A, &without(form, name))).await.said();
            assert_eq!((said.0, said.1.as_str()), (400, "invalid_request"), "without {name}");
        }
        // RFC 8693 lets `audience` repeat.
        let once = form.iter().filter(|(name, _)| *name != "audience");
        let again = once.flat_map(|(name, value)| [(*name, value.as_str()), (*name, "another")]);
        for (name, value) in again {
            let said = tried(&world, ask(world.t1(), A, &and(form, name, value))).await.said();
            let expected = refused(400, "invalid_request", "request-malformed");
            assert_eq!(said, expected, "{name} twice");
        }
    }
    works(&world, &token).await;
}
