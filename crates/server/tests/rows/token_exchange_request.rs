//! RFC 8693 §2.1: what a request for an exchange may and may not say (rows TX).

use crate::error_table::app_only;
use crate::obo::{
    A, ACCESS_TOKEN, Dialect, Form, ID_TOKEN, JWT, TOKEN_EXCHANGE, allowed, and, application, ask,
    refused, tried, with, without,
};
use reqwest::Method;
use serde_json::json;
use stead_core::admin::Desired;
use stead_core::model::permission::{ActsAs, ConsentRule, Permission};
use stead_proto::id::Audience;
use stead_proto::jwt::Typ;
use stead_proto::scope::ScopeSet;
use testkit::{API_A_SECRET, Auth, World};

const REFRESH_TOKEN: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const SAML2: &str = "urn:ietf:params:oauth:token-type:saml2";

/// A request of `api-a` for alice with nothing wrong about it.
async fn sound(world: &World) -> Form {
    Dialect::Exchange.form(&world.t1().token_for_a("alice").await, "api://b", "B.read")
}

/// Each of these forms is refused with this error and one of these reasons; the sound one works.
async fn all_refused(world: &World, sound: &Form, error: &str, forms: &[(Form, &str)]) {
    for (form, reason) in forms {
        let said = tried(world, ask(world.t1(), A, form)).await.said();
        assert_eq!(said, refused(400, error, reason), "{:?}", names(form, sound));
    }
    assert_eq!(tried(world, ask(world.t1(), A, sound)).await.said(), allowed());
}

/// What is different about a form.
fn names<'f>(form: &'f Form, sound: &Form) -> Vec<&'f (&'static str, String)> {
    form.iter().filter(|pair| !sound.contains(pair)).collect()
}

/// Gives `api-a` something to ask for as itself, too.
fn with_roles(t1: &mut Desired) {
    application(t1, "api-a").permissions.push(Permission {
        towards: Audience::parse("api://c").unwrap(),
        scopes: ScopeSet::parse("C.use").unwrap(),
        acts_as: ActsAs::Itself,
        consent: ConsentRule::None,
        exchange_by: None,
    });
}

/// `api-a`'s own token, as it would send it as actor token.
async fn own_token(world: &World) -> String {
    let form = [("grant_type", "client_credentials".into()), ("scope", "api://c/.default".into())];
    ask(world.t1(), A, &form).await.access_token()
}

#[tokio::test]
async fn tx_02_no_subject_token_or_no_type_of_it() {
    let world = World::new().await;
    let sound = sound(&world).await;
    let forms = ["subject_token", "subject_token_type"]
        .map(|name| (without(&sound, name), "request-malformed"));
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

#[tokio::test]
async fn tx_03_an_actor_tokens_type_without_the_token() {
    let world = World::new().await;
    let sound = sound(&world).await;
    let forms = [(and(&sound, "actor_token_type", ACCESS_TOKEN), "request-malformed")];
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

#[tokio::test]
async fn tx_04_an_actor_token_without_its_type() {
    let world = World::with(with_roles).await;
    let plain = sound(&world).await;
    let untyped = and(&plain, "actor_token", &own_token(&world).await);
    let sound = and(&untyped, "actor_token_type", ACCESS_TOKEN);
    let forms = [(untyped, "request-malformed")];
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

#[tokio::test]
async fn tx_05_a_subject_token_type_nobody_knows() {
    let world = World::new().await;
    let sound = sound(&world).await;
    let forms = [
        "urn:ietf:params:oauth:token-type:unknown",
        "urn:ietf:params:oauth:token-type:ACCESS_TOKEN",
        "access_token",
        "no uri at all",
        SAML2,
    ]
    .map(|name| (with(&sound, "subject_token_type", name), "request-malformed"));
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

/// `…:jwt` for an access token: accepted only by explicit policy, and there is none.
#[tokio::test]
async fn tx_06_a_token_is_what_it_is_said_to_be() {
    let world = World::new().await;
    let tokens = world.t1().tokens("alice", &[]).await;
    let id_token = tokens.member("id_token").as_str().unwrap().to_owned();
    let sound = Dialect::Exchange.form(&tokens.access_token(), "api://b", "B.read");
    let logout = world.forge("t1").typed(Typ::LogoutToken, &world.forge("t1").claims(&json!({})));
    let forms = [
        (with(&sound, "subject_token", &id_token), "subject-token-is-id-token"),
        (with(&sound, "subject_token_type", ID_TOKEN), "subject-token-wrong-type"),
        (with(&sound, "subject_token_type", JWT), "subject-token-wrong-type"),
        (with(&sound, "subject_token", &logout), "subject-token-wrong-type"),
    ];
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

#[tokio::test]
async fn tx_07_a_subject_token_that_is_worth_nothing() {
    let world = World::new().await;
    let forge = world.forge("t1");
    let now = world.clock().now().secs();
    let sound = sound(&world).await;
    let revoked = world.t1().token_for_a("alice").await;
    let gone = world.t1().post("revoke", Auth::Public("spa"), &[("token", &revoked)]).await;
    assert_eq!(gone.status, 200);

    let forms = [
        (forge.token(&json!({ "exp": now })), "subject-token-invalid"),
        (forge.by_a_stranger(&json!({})), "subject-token-invalid"),
        (revoked, "subject-token-revoked"),
        (forge.token(&json!({ "sub": "user-nobody", "oid": "user-nobody" })), "user-unknown"),
        ("an-opaque-string".into(), "subject-token-invalid"),
        (String::new(), "request-malformed"),
    ]
    .map(|(token, reason)| (with(&sound, "subject_token", &token), reason));
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

#[tokio::test]
async fn tx_08_an_actor_token_that_is_worth_nothing() {
    let world = World::with(with_roles).await;
    let now = world.clock().now().secs();
    let plain = sound(&world).await;
    let typed = and(&plain, "actor_token_type", ACCESS_TOKEN);
    let forge = world.forge("t1");
    let itself = |changes: serde_json::Value| {
        let mut claims = json!({
            "sub": "api-a", "oid": "api-a", "client_id": "api-a", "azp": "api-a", "idtyp": "app",
            "aud": "api://c", "sid": null, "acr": null, "amr": null, "auth_time": null,
        });
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        claims
    };
    let sound = and(&typed, "actor_token", &own_token(&world).await);
    let by_hand = and(&typed, "actor_token", &forge.token(&itself(json!({}))));
    assert_eq!(tried(&world, ask(world.t1(), A, &by_hand)).await.said(), allowed());

    let forms = [
        (forge.token(&itself(json!({ "exp": now }))), "actor-token-invalid"),
        (forge.by_a_stranger(&itself(json!({}))), "actor-token-invalid"),
        ("garbage".into(), "actor-token-invalid"),
        (forge.token(&itself(json!({ "iss": "https://else" }))), "actor-token-not-clients"),
        (app_only(&world).await, "actor-token-not-clients"),
    ]
    .map(|(token, reason)| (and(&typed, "actor_token", &token), reason));
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

/// The policy on several targets: one, for a token has one audience. The same one twice is one.
#[tokio::test]
async fn tx_10_targets_may_repeat_but_are_one() {
    let world = World::new().await;
    let sound = sound(&world).await;
    let same = and(&and(&sound, "resource", "api://b"), "resource", "api://b");
    for form in [&same, &and(&same, "audience", "api://b")] {
        assert_eq!(tried(&world, ask(world.t1(), A, form)).await.said(), allowed());
    }
    let forms = [
        and(&sound, "audience", "api://c"),
        and(&sound, "resource", "api://c"),
        and(&and(&without(&sound, "audience"), "resource", "api://b"), "resource", "api://c"),
        with(&sound, "scope", "api://c/C.use"),
    ]
    .map(|form| (form, "request-malformed"));
    all_refused(&world, &sound, "invalid_target", &forms).await;
}

#[tokio::test]
async fn tx_11_unknown_and_not_permitted_targets_read_alike() {
    let world = World::with(|t1| application(t1, "api-a").may_act.truncate(1)).await;
    let sound = sound(&world).await;
    let mut bodies = Vec::new();
    for (target, reason) in [("api://nobody", "target-unknown"), ("api://c", "edge-missing")] {
        let tried = tried(&world, ask(world.t1(), A, &with(&sound, "audience", target))).await;
        assert_eq!(tried.said(), refused(400, "invalid_target", reason));
        let mut body = tried.answer.json();
        for of_the_request in ["trace_id", "correlation_id"] {
            body.as_object_mut().unwrap().remove(of_the_request);
        }
        bodies.push(body);
    }
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(tried(&world, ask(world.t1(), A, &sound)).await.said(), allowed());
}

/// The policy: a target is never guessed.
#[tokio::test]
async fn tx_14_no_target() {
    let world = World::new().await;
    let sound = sound(&world).await;
    let nowhere = without(&sound, "audience");
    let forms = [(without(&nowhere, "scope"), "target-missing"), (nowhere, "target-missing")];
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

#[tokio::test]
async fn tx_15_a_token_type_that_is_not_made_here() {
    let world = World::new().await;
    let sound = sound(&world).await;
    for wanted in [ACCESS_TOKEN, JWT] {
        let answer = ask(world.t1(), A, &and(&sound, "requested_token_type", wanted)).await;
        assert_eq!(answer.member("issued_token_type"), ACCESS_TOKEN, "{}", answer.text);
    }
    let forms = [ID_TOKEN, REFRESH_TOKEN, SAML2, "junk"]
        .map(|wanted| (and(&sound, "requested_token_type", wanted), "request-malformed"));
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

#[tokio::test]
async fn tx_17_a_client_that_proves_nothing() {
    let world = World::new().await;
    let form = sound(&world).await;
    let pairs: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for (auth, expected) in [
        (Auth::None, refused(401, "invalid_client", "client-auth-malformed")),
        (Auth::Public("api-a"), refused(401, "invalid_client", "client-unproven")),
        (Auth::Public("spa"), refused(400, "unauthorized_client", "client-not-confidential")),
        (Auth::Post("api-a", API_A_SECRET), allowed()),
    ] {
        assert_eq!(tried(&world, world.t1().token(auth, &pairs)).await.said(), expected);
    }
}

#[tokio::test]
async fn tx_31_a_refresh_token_is_no_subject_token() {
    let world = World::new().await;
    let scope = [("scope", "openid offline_access api://a/A.use")];
    let tokens = world.t1().tokens("alice", &scope).await;
    let refresh = tokens.member("refresh_token").as_str().unwrap().to_owned();
    let sound = Dialect::Exchange.form(&tokens.access_token(), "api://b", "B.read");
    let sent = with(&sound, "subject_token", &refresh);
    let forms = [
        (with(&sent, "subject_token_type", REFRESH_TOKEN), "request-malformed"),
        (sent, "subject-token-invalid"),
    ];
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

/// An ID token made for the middle tier itself, as Entra's dialect answers `openid`: still none to exchange.
#[tokio::test]
async fn tx_32_an_id_token_is_no_subject_token() {
    let world = World::new().await;
    let sound = sound(&world).await;
    let user = world.t1().token_for_a("alice").await;
    let answer = world.t1().obo_entra(&user, "openid api://b/B.read").await;
    let id_token = answer.member("id_token").as_str().unwrap().to_owned();
    let sent = with(&sound, "subject_token", &id_token);
    let forms = [
        (with(&sent, "subject_token_type", ID_TOKEN), "subject-token-is-id-token"),
        (sent, "subject-token-is-id-token"),
    ];
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

#[tokio::test]
async fn tx_37_a_json_body() {
    let world = World::new().await;
    let form = sound(&world).await;
    let mut body = serde_json::Map::new();
    for (name, value) in form
        .iter()
        .chain(&[("client_id", "api-a".to_owned()), ("client_secret", API_A_SECRET.to_owned())])
    {
        body.insert((*name).to_owned(), json!(value));
    }
    let url = world.t1().endpoint("token");
    let json = [("content-type", "application/json")];
    let body = serde_json::to_string(&body).unwrap();
    let answer = world.send(Method::POST, &url, &json, body).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".into()));
    assert_eq!(tried(&world, ask(world.t1(), A, &form)).await.said(), allowed());
}

#[tokio::test]
async fn tx_38_tokens_and_the_grant_type_come_once() {
    let world = World::with(with_roles).await;
    let actor = own_token(&world).await;
    let plain = sound(&world).await;
    let sound = and(&and(&plain, "actor_token", &actor), "actor_token_type", ACCESS_TOKEN);
    let forms = [
        and(&sound, "subject_token", "another"),
        and(&sound, "actor_token", &actor),
        and(&sound, "actor_token_type", ACCESS_TOKEN),
        and(&sound, "grant_type", TOKEN_EXCHANGE),
        and(&sound, "grant_type", "client_credentials"),
    ]
    .map(|form| (form, "request-malformed"));
    all_refused(&world, &sound, "invalid_request", &forms).await;
}

#[tokio::test]
async fn tx_39_nothing_for_a_user_never_becomes_the_client_itself() {
    let world = World::with(with_roles).await;
    let sound = sound(&world).await;
    for nothing in ["", " ", "\t", "\u{a0}", "null"] {
        for dialect in crate::obo::BOTH {
            let form = dialect.form(nothing, "api://c", "C.use");
            let tried = tried(&world, ask(world.t1(), A, &form)).await;
            assert_eq!(tried.answer.status, 400, "{nothing:?}");
            assert_eq!(tried.answer.member("access_token"), json!(null));
            assert_eq!(tried.records.len(), 1);
        }
    }
    assert_eq!(tried(&world, ask(world.t1(), A, &sound)).await.said(), allowed());
    assert!(!own_token(&world).await.is_empty());
}

#[tokio::test]
async fn tx_40_other_servers_extensions_never_change_the_subject() {
    let world = World::new().await;
    let sound = sound(&world).await;
    let extended = and(&and(&sound, "requested_subject", "user-mallory"), "subject_issuer", "t2");
    let tried = tried(&world, ask(world.t1(), A, &extended)).await;
    assert_eq!(tried.said(), allowed());
    let claims = tried.answer.claims();
    assert_eq!((&claims["sub"], &claims["oid"]), (&json!("user-alice"), &json!("user-alice")));
    assert_eq!(tried.event().subject.as_ref().unwrap().as_str(), "user-alice");
}

#[tokio::test]
async fn tx_42_both_dialects_at_once() {
    let world = World::new().await;
    let sound = sound(&world).await;
    let token = world.t1().token_for_a("alice").await;
    let entra = Dialect::Entra.form(&token, "api://b", "B.read");
    let forms = [
        and(&sound, "assertion", &token),
        and(&sound, "requested_token_use", "on_behalf_of"),
        and(&entra, "subject_token", &token),
        and(&entra, "actor_token", &token),
    ]
    .map(|form| (form, "request-malformed"));
    all_refused(&world, &sound, "invalid_request", &forms).await;
    assert_eq!(tried(&world, ask(world.t1(), A, &entra)).await.said(), allowed());
}
