//! Attacks on who acts for whom: subjects, actors, tenants, proofs (rows KB).

use crate::error_table::app_only;
use crate::obo::{
    A, ACCESS_TOKEN, B, BOTH, C, DAEMON, Dialect, Form, ID_TOKEN, allowed, and, application, ask,
    edge_to_b, refused, tried, with, without,
};
use serde_json::{Value, json};
use stead_core::admin::Desired;
use stead_core::model::application::Credential;
use stead_core::model::tenant::TrustedIssuer;
use stead_proto::acr::Acr;
use stead_proto::digest::sha256;
use stead_proto::id::{Audience, ClientId, Issuer, Subject};
use stead_proto::jwt::{Algorithm, Typ};
use stead_proto::secret::ClientSecret;
use stead_proto::time::Seconds;
use testkit::{API_A_SECRET, RawKey, World};

/// Both dialects refuse this subject token, as a bad one, for this reason.
async fn both_refuse(world: &World, token: &str, reason: &str) {
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), A, (token, "api://b", "B.read"));
        let error = dialect.pick(["invalid_grant", "invalid_request"]);
        assert_eq!(tried(world, asking).await.said(), refused(400, error, reason), "{dialect:?}");
    }
}

/// The twin: alice's own token passes in both.
async fn both_allow(world: &World, token: &str) {
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), A, (token, "api://b", "B.read"));
        assert_eq!(tried(world, asking).await.said(), allowed(), "{dialect:?}");
    }
}

fn with_actor(form: &Form, actor: &str) -> Form {
    and(&and(form, "actor_token", actor), "actor_token_type", ACCESS_TOKEN)
}

#[tokio::test]
async fn kb_01_a_siblings_token() {
    let world = World::new().await;
    let scope = [("scope", "openid api://c/C.use")];
    let for_c = world.t1().tokens("alice", &scope).await.access_token();
    both_refuse(&world, &for_c, "subject-token-not-for-client").await;
    both_allow(&world, &world.t1().token_for_a("alice").await).await;
}

#[tokio::test]
async fn kb_04_an_id_token_as_assertion_or_called_an_access_token() {
    let world = World::new().await;
    let tokens = world.t1().tokens("alice", &[]).await;
    let id_token = tokens.member("id_token").as_str().unwrap().to_owned();
    let form = Dialect::Exchange.form(&id_token, "api://b", "B.read");
    for form in [
        Dialect::Entra.form(&id_token, "api://b", "B.read"),
        form.clone(),
        with(&form, "subject_token_type", ID_TOKEN),
    ] {
        let said = tried(&world, ask(world.t1(), A, &form)).await.said();
        assert_eq!(said, refused(400, "invalid_request", "subject-token-is-id-token"));
    }
    both_allow(&world, &tokens.access_token()).await;
}

#[tokio::test]
async fn kb_07_a_token_already_exchanged_by_who_exchanged_it() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let exchanged = world.t1().obo_exchange(&token, "api://b", "B.read").await.access_token();
    both_refuse(&world, &exchanged, "subject-token-not-for-client").await;
    for dialect in BOTH {
        let by_b = dialect.ask(world.t1(), B, (&exchanged, "api://c", "C.use"));
        assert_eq!(tried(&world, by_b).await.said(), allowed());
    }
}

/// No `act` ever names a user.
#[tokio::test]
async fn kb_09_subject_and_actor_swapped() {
    let world = World::new().await;
    let alice = world.t1().token_for_a("alice").await;
    let bob = world.t1().token_for_a("bob").await;
    let daemon = app_only(&world).await;
    for (subject, actor, reason) in [
        (&daemon, &alice, "subject-token-app-only"),
        (&alice, &bob, "actor-token-not-clients"),
        (&alice, &daemon, "actor-token-not-clients"),
    ] {
        let form = with_actor(&Dialect::Exchange.form(subject, "api://b", "B.read"), actor);
        let said = tried(&world, ask(world.t1(), A, &form)).await.said();
        assert_eq!(said, refused(400, "invalid_request", reason));
    }
    both_allow(&world, &alice).await;
}

#[tokio::test]
async fn kb_11_a_user_as_actor_for_an_application() {
    let world = World::new().await;
    let (alice, daemon) = (world.t1().token_for_a("alice").await, app_only(&world).await);
    let form = with_actor(&Dialect::Exchange.form(&daemon, "api://b", "B.read"), &alice);
    let said = tried(&world, ask(world.t1(), A, &form)).await.said();
    assert_eq!(said, refused(400, "invalid_request", "subject-token-app-only"));
    both_allow(&world, &alice).await;
}

#[tokio::test]
async fn kb_12_subject_and_actor_token_the_same() {
    let world = World::new().await;
    let (alice, daemon) = (world.t1().token_for_a("alice").await, app_only(&world).await);
    for (token, reason) in
        [(&alice, "actor-token-not-clients"), (&daemon, "subject-token-app-only")]
    {
        let form = with_actor(&Dialect::Exchange.form(token, "api://b", "B.read"), token);
        let said = tried(&world, ask(world.t1(), A, &form)).await.said();
        assert_eq!(said, refused(400, "invalid_request", reason));
    }
    both_allow(&world, &alice).await;
}

#[tokio::test]
async fn kb_13_may_act_that_nearly_matches() {
    let world = World::new().await;
    let forge = world.forge("t1");
    let ours = world.t1().issuer();
    for nearly in [
        json!({ "sub": "api-a", "iss": "https://issuer.example" }),
        json!({ "sub": "api-a", "iss": format!("{ours}/") }),
        json!({ "sub": "api-a", "iss": world.t2().issuer() }),
        json!({ "sub": "API-A" }),
        json!({ "sub": "api" }),
        json!({ "sub": "api-aa" }),
        json!({ "sub": "api://a" }),
    ] {
        let token = forge.token(&json!({ "may_act": nearly }));
        both_refuse(&world, &token, "may-act-mismatch").await;
    }
    for exactly in [json!({ "sub": "api-a" }), json!({ "sub": "api-a", "iss": ours })] {
        both_allow(&world, &forge.token(&json!({ "may_act": exactly }))).await;
    }
}

#[tokio::test]
async fn kb_14_may_act_for_somebody_else_without_an_actor_token() {
    let world = World::with(|t1| {
        application(t1, "spa").permissions[0].exchange_by = Some(ClientId::parse("web").unwrap());
    })
    .await;
    let token = world.t1().token_for_a("alice").await;
    both_refuse(&world, &token, "may-act-mismatch").await;
    world.files_say(|_| {}).await.unwrap();
    both_allow(&world, &world.t1().token_for_a("alice").await).await;
}

#[tokio::test]
async fn kb_16_act_sub_and_claims_as_parameters() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        let mut form = dialect.form(&token, "api://b", "B.read");
        for (name, value) in [
            ("act", r#"{"sub":"daemon"}"#),
            ("may_act", r#"{"sub":"daemon"}"#),
            ("sub", "user-mallory"),
            ("oid", "user-mallory"),
            ("roles", "admin"),
            ("claims", r#"{"access_token":{"sub":{"value":"user-mallory"},"roles":null}}"#),
        ] {
            form = and(&form, name, value);
        }
        let tried = tried(&world, ask(world.t1(), A, &form)).await;
        assert_eq!(tried.said(), allowed());
        let claims = tried.answer.claims();
        assert_eq!(claims["act"], json!({ "sub": "api-a" }));
        assert_eq!((&claims["sub"], &claims["oid"]), (&json!("user-alice"), &json!("user-alice")));
        assert_eq!((&claims["may_act"], &claims["roles"]), (&Value::Null, &Value::Null));
    }
}

/// An issuer that the files name as trusted. What its claims mean here nobody can write down yet, so
/// its tokens are refused.
fn trusting(key: &RawKey) -> impl Fn(&mut Desired) {
    let keys = key.set();
    move |t1| {
        t1.trusted_issuers.push(TrustedIssuer {
            issuer: Issuer::parse("https://idp.example").unwrap(),
            audience: Audience::parse("api://a").unwrap(),
            keys: keys.clone(),
            enabled: true,
        });
    }
}

#[tokio::test]
async fn kb_17_claims_of_a_foreign_issuer() {
    let key = RawKey::generate(Algorithm::Es256);
    let world = World::with(trusting(&key)).await;
    let foreign = key.jwt(
        Typ::AccessToken,
        &world.forge("t1").claims(&json!({
            "iss": "https://idp.example", "act": { "sub": "api-a" }, "roles": ["admin"],
            "scp": "A.use B.write", "tid": "00000000-0000-4000-8000-000000000001",
        })),
    );
    both_refuse(&world, &foreign, "subject-token-issuer-untrusted").await;
    // Nor does its key sign for us.
    let as_ours = key.jwt(Typ::AccessToken, &world.forge("t1").claims(&json!({})));
    both_refuse(&world, &as_ours, "subject-token-invalid").await;
    both_allow(&world, &world.t1().token_for_a("alice").await).await;
}

/// Two things that cannot be told apart are not registered; a display name decides nothing.
#[tokio::test]
async fn kb_27_a_user_named_like_a_client() {
    let world = World::with(|t1| t1.users[0].user.name = "api-a".into()).await;
    let named = |t1: &mut Desired| t1.users[0].user.id = Subject::parse("api-a").unwrap();
    let error = world.files_say(named).await.unwrap_err();
    assert!(error.contains("could not be told apart"), "{error}");
    let named = |t1: &mut Desired| {
        application(t1, "cli").id = ClientId::parse("user-alice").unwrap();
    };
    let error = world.files_say(named).await.unwrap_err();
    assert!(error.contains("could not be told apart"), "{error}");

    let answer = world.t1().tokens("alice", &[]).await;
    let issued = world.t1().obo_exchange(&answer.access_token(), "api://b", "B.read").await;
    let claims = issued.claims();
    assert_eq!((&claims["name"], &claims["sub"]), (&json!("api-a"), &json!("user-alice")));
    assert_eq!((&claims["act"], &claims["idtyp"]), (&json!({ "sub": "api-a" }), &Value::Null));
    let form = [("grant_type", "client_credentials".into()), ("scope", "api://a/.default".into())];
    let own = ask(world.t1(), DAEMON, &form).await.claims();
    assert_eq!((&own["sub"], &own["idtyp"]), (&json!("daemon"), &json!("app")));
    assert_eq!((&own["scp"], &own["preferred_username"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn kb_28_a_user_of_another_tenant() {
    let world = World::new().await;
    let eve = world.t2().token_for_a("eve").await;
    both_refuse(&world, &eve, "subject-token-issuer-untrusted").await;
    // With our name on it, it is still signed with the other tenant's key.
    let renamed = world.forge("t2").token(&json!({
        "iss": world.t1().issuer(), "tid": "00000000-0000-4000-8000-000000000001",
    }));
    both_refuse(&world, &renamed, "subject-token-invalid").await;
    both_allow(&world, &world.t1().token_for_a("alice").await).await;
}

/// Stead has no guests: a user is known by issuer, tenant and id, and each of the three must be ours.
#[tokio::test]
async fn kb_30_a_guest_whose_id_collides() {
    let world = World::new().await;
    let forge = world.forge("t1");
    let guest = forge.token(&json!({ "tid": "00000000-0000-4000-8000-000000000002" }));
    both_refuse(&world, &guest, "subject-token-issuer-untrusted").await;
    let same_id = world.forge("t2").token(&json!({}));
    both_refuse(&world, &same_id, "subject-token-issuer-untrusted").await;
    both_allow(&world, &forge.token(&json!({}))).await;
}

#[tokio::test]
async fn kb_34_a_secret_just_rotated_or_expired() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let end = world.clock().now() + Seconds(60);
    let old_ends = |t1: &mut Desired| {
        application(t1, "api-a").credentials = vec![
            Credential::Secret { hash: ClientSecret::new(API_A_SECRET).hash(), expires: Some(end) },
            Credential::Secret {
                hash: ClientSecret::new("the-next-secret-of-128-bits-or-so").hash(),
                expires: None,
            },
        ];
    };
    world.files_say(old_ends).await.unwrap();
    let next = ("api-a", "the-next-secret-of-128-bits-or-so");
    both_allow(&world, &token).await;
    world.advance(Seconds(60));
    let only_next = |t1: &mut Desired| {
        application(t1, "api-a").credentials =
            vec![Credential::Secret { hash: ClientSecret::new(next.1).hash(), expires: None }];
    };
    for rotated in [false, true] {
        if rotated {
            world.files_say(only_next).await.unwrap();
        }
        for dialect in BOTH {
            let old = dialect.ask(world.t1(), A, (&token, "api://b", "B.read"));
            let said = tried(&world, old).await.said();
            assert_eq!(said, refused(401, "invalid_client", "client-unproven"));
            let new = dialect.ask(world.t1(), next, (&token, "api://b", "B.read"));
            assert_eq!(tried(&world, new).await.said(), allowed());
        }
    }
}

#[tokio::test]
async fn kb_35_on_behalf_of_nobody_is_not_on_ones_own_behalf() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let own: Form =
        vec![("grant_type", "client_credentials".into()), ("scope", "api://a/.default".into())];
    for (name, value) in [
        ("requested_token_use", "on_behalf_of"),
        ("assertion", token.as_str()),
        ("subject_token", token.as_str()),
        ("actor_token", token.as_str()),
    ] {
        let said = tried(&world, ask(world.t1(), DAEMON, &and(&own, name, value))).await.said();
        assert_eq!(said, refused(400, "invalid_request", "request-malformed"), "{name}");
    }
    let nobody = without(&Dialect::Entra.form(&token, "api://b", "B.read"), "assertion");
    let said = tried(&world, ask(world.t1(), A, &nobody)).await.said();
    assert_eq!(said, refused(400, "invalid_request", "request-malformed"));
    assert_eq!(tried(&world, ask(world.t1(), DAEMON, &own)).await.said(), allowed());
    both_allow(&world, &token).await;
}

#[tokio::test]
async fn kb_37_strength_and_age_of_the_sign_in_are_never_changed_by_an_exchange() {
    let world = World::new().await;
    let tokens = world.t1().tokens("alice", &[]).await;
    world.advance(Seconds(300));
    let said_of =
        |claims: &Value| ["acr", "amr", "auth_time", "sid"].map(|name| claims[name].clone());
    let laundering = [
        ("acr_values", "urn:stead:acr:mfa"),
        ("acr", "urn:stead:acr:mfa"),
        ("amr", "mfa"),
        ("auth_time", "4102444800"),
        ("max_age", "0"),
        ("claims", r#"{"access_token":{"acrs":{"essential":true,"value":"urn:stead:acr:mfa"}}}"#),
    ];
    let asked = |dialect: Dialect, subject: &str, audience: &str, scope: &str| {
        let form = dialect.form(subject, audience, scope);
        laundering.iter().fold(form, |form, (name, value)| and(&form, name, value))
    };
    for dialect in BOTH {
        let first = asked(dialect, &tokens.access_token(), "api://b", "B.read");
        let first = ask(world.t1(), A, &first).await;
        let second = asked(dialect, &first.access_token(), "api://c", "C.use");
        let second = ask(world.t1(), B, &second).await;
        for hop in [&first, &second] {
            assert_eq!(said_of(&hop.claims()), said_of(&tokens.claims()));
        }
    }
    world.files_say(|t1| edge_to_b(t1).acr = Some(Acr::MultiFactor)).await.unwrap();
    for dialect in BOTH {
        let form = asked(dialect, &tokens.access_token(), "api://b", "B.read");
        let error = dialect.pick(["interaction_required", "insufficient_user_authentication"]);
        let said = tried(&world, ask(world.t1(), A, &form)).await.said();
        assert_eq!(said, refused(400, error, "enrolment-required"));
    }
}

/// No proofs are read yet at the token endpoint: what is bound stays where it is.
#[tokio::test]
async fn kb_39_a_bound_token_in_a_bearer_token_out() {
    let world = World::new().await;
    let jkt = sha256(b"somebody's key").to_string();
    let bound = world.forge("t1").token(&json!({ "cnf": { "jkt": jkt } }));
    both_refuse(&world, &bound, "proof-missing").await;
    let further = world.forge("t1").token(&json!({
        "cnf": { "jkt": jkt }, "aud": "api://c", "act": { "sub": "api-a" },
    }));
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), C, (&further, "api://b", "B.read"));
        let error = dialect.pick(["invalid_grant", "invalid_request"]);
        assert_eq!(tried(&world, asking).await.said(), refused(400, error, "proof-missing"));
    }
    both_allow(&world, &world.forge("t1").token(&json!({}))).await;
}

/// Naming an issuer, known or not, leads nowhere: the token itself says whose it is.
#[tokio::test]
async fn kb_43_an_exchange_for_an_issuer_without_permission() {
    let key = RawKey::generate(Algorithm::Es256);
    let world = World::with(trusting(&key)).await;
    let claims = world.forge("t1").claims(&json!({ "iss": "https://idp.example" }));
    let foreign = key.jwt(Typ::AccessToken, &claims);
    let alice = world.t1().token_for_a("alice").await;
    for alias in ["https://idp.example", "idp", &world.t2().issuer()] {
        let form =
            and(&Dialect::Exchange.form(&foreign, "api://b", "B.read"), "subject_issuer", alias);
        let said = tried(&world, ask(world.t1(), A, &form)).await.said();
        let expected = refused(400, "invalid_request", "subject-token-issuer-untrusted");
        assert_eq!(said, expected);
        let form =
            and(&Dialect::Exchange.form(&alice, "api://b", "B.read"), "requested_issuer", alias);
        let tried = tried(&world, ask(world.t1(), A, &form)).await;
        assert_eq!(tried.answer.claims()["iss"], world.t1().issuer());
    }
}
