//! RFC 8693 §4: whose token it is, who may act, and who acted before (rows TX).

use crate::obo::{
    A, ACCESS_TOKEN, B, BOTH, C, Dialect, allowed, and, application, ask, refused, tried,
};
use serde_json::{Value, json};
use stead_core::admin::Desired;
use stead_proto::digest::sha256;
use stead_proto::id::ClientId;
use testkit::{API_A_SECRET, Auth, World};

/// How a bad subject token is called.
fn bad_subject(dialect: Dialect) -> &'static str {
    dialect.pick(["invalid_grant", "invalid_request"])
}

/// Both dialects refuse this token of `api-a` for this reason.
async fn both_refuse(world: &World, token: &str, reason: &str) {
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), A, (token, "api://b", "B.read"));
        let said = tried(world, asking).await.said();
        assert_eq!(said, refused(400, bad_subject(dialect), reason), "{dialect:?}");
    }
}

/// Both dialects allow it; the `act` of what they issue.
async fn both_allow(world: &World, token: &str) -> Value {
    let mut acts = Vec::new();
    for dialect in BOTH {
        let tried = tried(world, dialect.ask(world.t1(), A, (token, "api://b", "B.read"))).await;
        assert_eq!(tried.said(), allowed(), "{}", tried.answer.text);
        let claims = tried.answer.claims();
        assert_eq!(claims["may_act"], json!(null), "no right to act is handed on");
        acts.push(claims["act"].clone());
    }
    assert_eq!(acts[0], acts[1]);
    acts.remove(0)
}

/// `spa`'s tokens for `api-a` may be exchanged by this client alone.
fn exchange_by(t1: &mut Desired, client: &str) {
    application(t1, "spa").permissions[0].exchange_by = Some(ClientId::parse(client).unwrap());
}

#[tokio::test]
async fn tx_18_a_subject_token_for_another_client() {
    let world = World::new().await;
    let answer = world.t1().tokens("alice", &[]).await;
    let token = answer.access_token();
    for other in [B, C] {
        for dialect in BOTH {
            let asking = dialect.ask(world.t1(), other, (&token, "api://c", "C.use"));
            let tried = tried(&world, asking).await;
            let expected = refused(400, bad_subject(dialect), "subject-token-not-for-client");
            assert_eq!(tried.said(), expected);
            // The record says who tried it, with whose token, and which.
            let event = tried.event();
            assert_eq!(event.client.as_ref().unwrap().as_str(), other.0);
            assert_eq!(event.subject.as_ref().unwrap().as_str(), "user-alice");
            assert_eq!(json!(event.from.as_ref().unwrap().as_str()), answer.claims()["jti"]);
        }
    }
    both_allow(&world, &token).await;
}

#[tokio::test]
async fn tx_20_a_second_hop_nests_the_first() {
    let world = World::new().await;
    let first = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        let second = dialect.ask(world.t1(), A, (&first, "api://b", "B.read")).await;
        let second = second.access_token();
        let asking = dialect.ask(world.t1(), B, (&second, "api://c", "C.use"));
        let tried = tried(&world, asking).await;
        let claims = tried.answer.claims();
        assert_eq!(claims["act"], json!({ "sub": "api-b", "act": { "sub": "api-a" } }));
        assert_eq!((&claims["sub"], &claims["aud"]), (&json!("user-alice"), &json!("api://c")));
        let through: Vec<&str> = tried.event().through.iter().map(ClientId::as_str).collect();
        assert_eq!(through, ["spa", "api-a"]);
    }
}

/// The same at the server: who acted before, also somebody unknown, neither allows nor forbids.
#[tokio::test]
async fn tx_21_an_inner_actor_neither_allows_nor_forbids() {
    let world = World::new().await;
    let forge = world.forge("t1");
    for inner in ["nobody", "daemon", "api-b"] {
        let token = forge.token(&json!({ "act": { "sub": "api-c", "act": { "sub": inner } } }));
        let act = both_allow(&world, &token).await;
        assert_eq!(act["act"]["act"], json!({ "sub": inner }));
    }
    // An inner actor that could do it does not lend that to the one who asks.
    let token = forge.token(&json!({ "aud": "api://b", "act": { "sub": "api-a" } }));
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), B, (&token, "api://a", "A.use"));
        let error = dialect.pick(["invalid_resource", "invalid_target"]);
        assert_eq!(tried(&world, asking).await.said(), refused(400, error, "edge-missing"));
    }
}

#[tokio::test]
async fn tx_25_may_act_that_names_the_client_lets_it() {
    let world = World::with(|t1| exchange_by(t1, "api-a")).await;
    let answer = world.t1().tokens("alice", &[]).await;
    assert_eq!(answer.claims()["may_act"], json!({ "sub": "api-a" }));
    let act = both_allow(&world, &answer.access_token()).await;
    assert_eq!(act, json!({ "sub": "api-a" }));
}

#[tokio::test]
async fn tx_26_another_client_with_that_token() {
    let world = World::with(|t1| exchange_by(t1, "api-a")).await;
    let token = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), C, (&token, "api://b", "B.read"));
        let said = tried(&world, asking).await.said();
        let expected = refused(400, bad_subject(dialect), "subject-token-not-for-client");
        assert_eq!(said, expected);
    }
    both_allow(&world, &token).await;
}

/// Without an actor token the actor is the client that asks, and `may_act` is matched against it. There
/// is no way to a token without `act`.
#[tokio::test]
async fn tx_27_may_act_without_an_actor_token_is_matched_against_the_client() {
    let world = World::with(|t1| exchange_by(t1, "api-c")).await;
    let token = world.t1().token_for_a("alice").await;
    both_refuse(&world, &token, "may-act-mismatch").await;

    world.files_say(|t1| exchange_by(t1, "api-a")).await.unwrap();
    let token = world.t1().token_for_a("alice").await;
    assert_eq!(both_allow(&world, &token).await, json!({ "sub": "api-a" }));
}

#[tokio::test]
async fn tx_29_junk_in_may_act_is_ignored_and_a_malformed_one_refused() {
    let world = World::new().await;
    let forge = world.forge("t1");
    let junk = json!({ "sub": "api-a", "exp": 1, "aud": "api://else", "x": [{}] });
    let act = both_allow(&world, &forge.token(&json!({ "may_act": junk }))).await;
    assert_eq!(act, json!({ "sub": "api-a" }));
    for malformed in [
        json!(["api-a"]),
        json!([{ "sub": "api-a" }]),
        json!("api-a"),
        json!({}),
        json!({ "sub": ["api-a"] }),
        json!({ "sub": "api-a", "iss": 1 }),
        json!(true),
    ] {
        let token = forge.token(&json!({ "may_act": malformed }));
        both_refuse(&world, &token, "subject-token-invalid").await;
    }
}

#[tokio::test]
async fn tx_30_an_existing_chain_is_extended_and_never_dropped() {
    let world = World::new().await;
    let before = json!({ "sub": "api-c", "act": { "sub": "web" } });
    let token = world.forge("t1").token(&json!({ "act": before, "client_id": "api-c" }));
    let act = both_allow(&world, &token).await;
    assert_eq!(act, json!({ "sub": "api-a", "act": before }));
}

/// No proofs are read yet at the token endpoint, so every bound token is refused.
#[tokio::test]
async fn tx_36_a_bound_token_never_becomes_a_bearer_token() {
    let world = World::new().await;
    let key = sha256(b"somebody's key").to_string();
    for cnf in [json!({ "jkt": key }), json!({ "x5t#S256": key })] {
        let token = world.forge("t1").token(&json!({ "cnf": cnf }));
        both_refuse(&world, &token, "proof-missing").await;
    }
    let unknown = world.forge("t1").token(&json!({ "cnf": { "kid": "1" } }));
    both_refuse(&world, &unknown, "subject-token-invalid").await;
    both_allow(&world, &world.forge("t1").token(&json!({}))).await;
}

#[tokio::test]
async fn tx_41_a_token_of_another_tenant() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        let answer = dialect.ask(world.t2(), A, (&token, "api://b", "B.read")).await;
        assert_eq!(answer.refusal(), (400, bad_subject(dialect).into()));
    }
    both_allow(&world, &token).await;
    let of_t2 = world.t2().token_for_a("eve").await;
    let form = Dialect::Exchange.form(&of_t2, "api://b", "B.read");
    let pairs: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let there = world.t2().token(Auth::Post("api-a", API_A_SECRET), &pairs).await;
    assert_eq!(there.claims()["iss"], world.t2().issuer());
    // An actor token from there is none here either.
    let form = Dialect::Exchange.form(&token, "api://b", "B.read");
    let form = and(&and(&form, "actor_token", &of_t2), "actor_token_type", ACCESS_TOKEN);
    let said = tried(&world, ask(world.t1(), A, &form)).await.said();
    assert_eq!(said, refused(400, "invalid_request", "actor-token-invalid"));
}
