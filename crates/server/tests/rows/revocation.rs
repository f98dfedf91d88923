//! RFC 7009, revocation (rows RV).

use http::Method;
use serde_json::{Value, json};
use stead_core::record::{Event, Outcome};
use testkit::{API_A_SECRET, API_B_SECRET, API_C_SECRET, Answer, Auth, Pairs, WEB_SECRET, World};

const SPA: Auth<'_> = Auth::Public("spa");
const OFFLINE: Pairs<'_> = &[("scope", "openid offline_access api://a/A.use")];

async fn revoke(world: &World, auth: Auth<'_>, pairs: Pairs<'_>) -> Answer {
    world.t1().post("revoke", auth, pairs).await
}

async fn is_active(world: &World, token: &str) -> bool {
    let answer = world.t1().introspect(("api-a", API_A_SECRET), token).await;
    assert_eq!(answer.status, 200);
    answer.member("active") == true
}

async fn refresh(world: &World, token: &str) -> Answer {
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
    world.t1().token(SPA, &pairs).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn rv_01_a_client_ends_its_refresh_token_and_all_that_came_of_it() {
    let world = World::new().await;
    let first = world.t1().tokens("alice", OFFLINE).await;
    let second = refresh(&world, &text(&first.member("refresh_token"))).await;
    let exchanged = world.t1().obo_entra(&second.access_token(), "api://b/B.read").await;
    let other = world.t1().token_for_a("alice").await;
    assert!(is_active(&world, &first.access_token()).await);

    let latest = text(&second.member("refresh_token"));
    let answer = revoke(&world, SPA, &[("token", &latest)]).await;

    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    let refused = refresh(&world, &latest).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant".into()));
    assert!(!is_active(&world, &first.access_token()).await);
    assert!(!is_active(&world, &second.access_token()).await);
    assert!(!is_active(&world, &exchanged.access_token()).await);
    assert!(is_active(&world, &other).await, "another sign-in goes on");
}

#[tokio::test]
async fn rv_03_what_is_unknown_or_revoked_already_is_fine_as_it_is() {
    let world = World::new().await;
    let first = world.t1().tokens("alice", OFFLINE).await;
    let expired = world.forge("t1").token(&json!({ "exp": 1, "iat": 1, "nbf": 1 }));
    let id_token = text(&first.member("id_token"));
    let stranger = world.forge("t1").by_a_stranger(&json!({}));

    for garbage in ["x", "a.b.c", "' OR 1=1--", &expired, &id_token, &stranger] {
        let answer = revoke(&world, SPA, &[("token", garbage)]).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{garbage}");
    }
    assert!(is_active(&world, &first.access_token()).await, "nothing else ended");

    for token in [first.access_token(), text(&first.member("refresh_token"))] {
        for _ in 0..2 {
            assert_eq!(revoke(&world, SPA, &[("token", &token)]).await.status, 200);
        }
    }
    assert!(!is_active(&world, &first.access_token()).await);
}

#[tokio::test]
async fn rv_04_a_client_cannot_end_what_was_given_to_another() {
    let world = World::new().await;
    let tokens = world.t1().tokens("alice", OFFLINE).await;
    let (access, held) = (tokens.access_token(), text(&tokens.member("refresh_token")));

    let others = [
        Auth::Basic("web", WEB_SECRET),
        // Also not the API it is addressed to.
        Auth::Basic("api-a", API_A_SECRET),
        Auth::Public("cli"),
    ];
    for auth in others {
        for token in [&access, &held] {
            let answer = revoke(&world, auth, &[("token", token)]).await;
            assert_eq!(answer.refusal(), (400, "unauthorized_client".into()), "{auth:?}");
            assert_eq!(world.last_reason().await, "token-not-clients");
        }
    }
    assert!(is_active(&world, &access).await);
    assert_eq!(refresh(&world, &held).await.status, 200);

    assert_eq!(revoke(&world, SPA, &[("token", &access)]).await.status, 200);
    assert!(!is_active(&world, &access).await);
}

#[tokio::test]
async fn rv_05_revocation_needs_the_client_to_prove_who_it_is() {
    let world = World::new().await;
    let user = world.t1().token_for_a("alice").await;
    let token = world.t1().obo_exchange(&user, "api://b", "B.read").await.access_token();
    let by_b = async || {
        world.t1().introspect(("api-b", API_B_SECRET), &token).await.member("active") == true
    };

    for auth in [
        Auth::None,
        Auth::Public("api-a"),
        Auth::Public("nobody"),
        Auth::Basic("api-a", "wrong"),
        Auth::Post("api-a", "wrong"),
        Auth::Basic("nobody", API_A_SECRET),
    ] {
        let answer = revoke(&world, auth, &[("token", &token)]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{auth:?}");
        assert!(answer.header("www-authenticate").starts_with("Basic "));
        assert!(world.last_reason().await.starts_with("client-"), "{auth:?}");
        assert!(by_b().await);
    }
    for (auth, active) in
        [(Auth::Basic("api-a", API_A_SECRET), false), (Auth::Post("api-a", API_A_SECRET), false)]
    {
        assert_eq!(revoke(&world, auth, &[("token", &token)]).await.status, 200);
        assert_eq!(by_b().await, active);
    }
}

#[tokio::test]
async fn rv_06_a_wrong_or_unknown_hint_does_not_matter() {
    let world = World::new().await;
    for hint in ["access_token", "refresh_token", "id_token", "\u{fc}", ""] {
        let tokens = world.t1().tokens("alice", OFFLINE).await;
        let held = text(&tokens.member("refresh_token"));
        let other = world.t1().token_for_a("alice").await;

        let pair = |token| [("token", token), ("token_type_hint", hint)];
        assert_eq!(revoke(&world, SPA, &pair(&held)).await.status, 200, "{hint}");
        assert_eq!(revoke(&world, SPA, &pair(&other)).await.status, 200, "{hint}");

        assert_eq!(refresh(&world, &held).await.refusal(), (400, "invalid_grant".into()));
        assert!(!is_active(&world, &other).await, "{hint}");
    }
}

#[tokio::test]
async fn rv_07_only_post_with_one_token_is_a_revocation() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let url = world.t1().endpoint("revoke");

    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let with_query = format!("{url}?client_id=spa&token={token}");
        let answer = world.send(method, &with_query, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    }
    for pairs in [&[][..], &[("token", "")], &[("token", &token), ("token", &token)]] {
        let answer = revoke(&world, SPA, pairs).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{pairs:?}");
        assert_eq!(world.last_reason().await, "request-malformed");
    }
    assert!(is_active(&world, &token).await);
    assert_eq!(revoke(&world, SPA, &[("token", &token)]).await.status, 200);
    assert!(!is_active(&world, &token).await);
}

#[tokio::test]
async fn rv_08_a_revoked_token_is_exchanged_no_more_in_either_dialect() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let entra = async || world.t1().obo_entra(&token, "api://b/B.read").await;
    let rfc8693 = async || world.t1().obo_exchange(&token, "api://b", "B.read").await;
    assert_eq!(entra().await.claims()["sub"], "user-alice");
    assert_eq!(rfc8693().await.claims()["sub"], "user-alice");

    assert_eq!(revoke(&world, SPA, &[("token", &token)]).await.status, 200);

    assert_eq!(entra().await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(rfc8693().await.refusal(), (400, "invalid_request".into()));
    assert_eq!(world.reasons().await, ["subject-token-revoked"; 2]);
    // The record says whose token it was, through whom, and which.
    let last = world.records().await.pop().unwrap();
    let Event::Token(event) = last.event else { unreachable!("{:?}", last.event) };
    assert_eq!(event.client.unwrap().as_str(), "api-a");
    assert_eq!(event.subject.unwrap().as_str(), "user-alice");
    assert!(event.from.is_some() && event.token.is_none());
    assert!(matches!(last.outcome, Outcome::Denied { .. }));

    let fresh = world.t1().token_for_a("alice").await;
    assert_eq!(world.t1().obo_entra(&fresh, "api://b/B.read").await.status, 200);
}

/// Our choice: what was exchanged ends with what it came from, at once; the other way round it does not.
#[tokio::test]
async fn rv_09_what_was_exchanged_from_a_revoked_token_ends_with_it() {
    let world = World::new().await;
    let user = world.t1().token_for_a("alice").await;
    let for_b = world.t1().obo_exchange(&user, "api://b", "B.read").await.access_token();
    let as_b = ("api-b", API_B_SECRET);
    let on_to_c = [("audience", "api://c"), ("scope", "C.use")];
    let for_c = world.t1().obo_exchange_as(as_b, &for_b, &on_to_c).await.access_token();
    let b_knows = async || world.t1().introspect(as_b, &for_b).await.member("active") == true;
    let c_knows = async || {
        world.t1().introspect(("api-c", API_C_SECRET), &for_c).await.member("active") == true
    };

    let by_b = Auth::Basic("api-b", API_B_SECRET);
    assert_eq!(revoke(&world, by_b, &[("token", &for_c)]).await.status, 200);
    assert_eq!(
        (c_knows().await, b_knows().await, is_active(&world, &user).await),
        (false, true, true)
    );

    assert_eq!(revoke(&world, SPA, &[("token", &user)]).await.status, 200);
    assert_eq!((b_knows().await, is_active(&world, &user).await), (false, false));
    let refused = world.t1().obo_exchange_as(as_b, &for_b, &on_to_c).await;
    assert_eq!(refused.refusal(), (400, "invalid_request".into()));
    assert_eq!(world.last_reason().await, "subject-token-revoked");
}
