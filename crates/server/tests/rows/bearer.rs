//! RFC 6750 at user info (rows BR); the same rows for resources are tests of the SDK.

use http::Method;
use serde_json::json;
use testkit::{Answer, Auth, Pairs, World};

/// Alice's token for user info.
async fn token(world: &World) -> String {
    world.t1().tokens("alice", &[("scope", "openid profile")]).await.access_token()
}

async fn ask(world: &World, method: Method, query: &str, headers: Pairs<'_>, body: &str) -> Answer {
    let url = format!("{}{query}", world.t1().endpoint("userinfo"));
    world.send(method, &url, headers, body.to_owned()).await
}

async fn get(world: &World, headers: Pairs<'_>) -> Answer {
    ask(world, Method::GET, "", headers, "").await
}

/// What every challenge begins with.
fn challenge(world: &World) -> String {
    let metadata =
        format!("{}/.well-known/oauth-protected-resource/t1/oauth2/v2.0/userinfo", world.base());
    format!("Bearer realm=\"stead\", resource_metadata=\"{metadata}\"")
}

/// 401 with a challenge that names `invalid_token`, and the reason on record.
async fn invalid_token(world: &World, token: &str, reason: &str) {
    let before = world.reasons().await.len();
    let answer = get(world, &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(answer.refusal(), (401, "invalid_token".into()), "{reason}");
    let says = answer.header("www-authenticate");
    assert!(says.starts_with(&challenge(world)), "{says}");
    assert!(says.contains(", error=\"invalid_token\", error_description=\""), "{says}");
    assert_eq!(world.reasons().await.get(before..), Some(&[reason.to_owned()][..]));
}

async fn works(world: &World, token: &str) {
    let answer = get(world, &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!((answer.status, answer.member("sub")), (200, json!("user-alice")));
}

#[tokio::test]
async fn br_01_at_user_info_who_brings_no_token_is_told_where_to_learn_more_and_of_no_error() {
    let world = World::new().await;

    let answer = get(&world, &[]).await;

    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), challenge(&world));
    assert_eq!(world.last_reason().await, "access-token-missing");
    let metadata =
        world.t1().get("/.well-known/oauth-protected-resource/t1/oauth2/v2.0/userinfo").await;
    assert_eq!(metadata.member("resource"), world.t1().endpoint("userinfo"));
    assert_eq!(metadata.member("authorization_servers"), json!([world.t1().issuer()]));
    works(&world, &token(&world).await).await;
}

#[tokio::test]
async fn br_02_at_user_info_a_broken_header_is_a_bad_request() {
    let world = World::new().await;
    let token = token(&world).await;
    let broken = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer a b".to_owned(),
        format!("Bearer  {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer \"{token}\""),
        format!("Bearer{token}"),
        format!("Bearer token={token}"),
        format!("Token {token}"),
        token.clone(),
        "Basic YTpi".to_owned(),
        "\u{fc}".to_owned(),
        String::new(),
    ];
    for header in &broken {
        let answer = get(&world, &[("authorization", header)]).await;
        assert!([400, 401].contains(&answer.status), "{header}: {}", answer.text);
        assert!(answer.header("www-authenticate").starts_with("Bearer "), "{header}");
        let reason = world.last_reason().await;
        assert!(reason.starts_with("access-token-"), "{header}: {reason}");
    }
    assert_eq!(world.reasons().await.len(), broken.len());
    works(&world, &token).await;
}

#[tokio::test]
async fn br_03_at_user_info_a_token_that_is_not_good_is_invalid() {
    let world = World::new().await;
    let token = token(&world).await;
    works(&world, &token).await;
    let at_userinfo = json!({ "aud": world.t1().issuer(), "scope": "openid" });
    works(&world, &world.forge("t1").token(&at_userinfo)).await;

    for garbage in ["x", "a.b.c", "..", &"a".repeat(10_000)] {
        invalid_token(&world, garbage, "access-token-invalid").await;
    }
    let stranger = world.forge("t1").by_a_stranger(&at_userinfo);
    invalid_token(&world, &stranger, "access-token-invalid").await;
    let other_tenant = world.t2().tokens("eve", &[("scope", "openid")]).await.access_token();
    invalid_token(&world, &other_tenant, "access-token-invalid").await;

    let revoked = world.t1().post("revoke", Auth::Public("spa"), &[("token", &token)]).await;
    assert_eq!(revoked.status, 200);
    invalid_token(&world, &token, "access-token-invalid").await;

    let fresh = self::token(&world).await;
    world.advance(stead_proto::time::Seconds(3599));
    works(&world, &fresh).await;
    world.advance(stead_proto::time::Seconds(1));
    invalid_token(&world, &fresh, "access-token-invalid").await;
}

#[tokio::test]
async fn br_04_at_user_info_a_token_without_the_scope_is_told_which_it_needs() {
    let world = World::new().await;
    let with_scope = |scope: &str| {
        world.forge("t1").token(&json!({ "aud": world.t1().issuer(), "scope": scope }))
    };

    for scope in ["profile", "", "A.use", "openid2"] {
        let header = format!("Bearer {}", with_scope(scope));
        let answer = get(&world, &[("authorization", &header)]).await;
        assert_eq!(answer.refusal(), (403, "insufficient_scope".into()), "{scope:?}");
        let says = answer.header("www-authenticate");
        assert!(says.contains(", error=\"insufficient_scope\", "), "{says}");
        assert!(says.ends_with(", scope=\"openid\""), "{says}");
        assert_eq!(world.last_reason().await, "access-token-scope");
    }
    works(&world, &with_scope("openid")).await;
}

#[tokio::test]
async fn br_05_at_user_info_two_tokens_at_once_are_a_bad_request() {
    let world = World::new().await;
    let token = token(&world).await;
    let header = format!("Bearer {token}");
    let joined = format!("Bearer {token}, Bearer {token}");
    let listed = format!("Bearer {token},{token}");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = format!("access_token={token}");
    let twice = format!("{body}&{body}");

    let refused = [
        get(&world, &[("authorization", &header), ("authorization", &header)]).await,
        get(&world, &[("authorization", &joined)]).await,
        get(&world, &[("authorization", &listed)]).await,
        ask(&world, Method::POST, "", &[("authorization", &header), form], &body).await,
        ask(&world, Method::POST, "", &[form], &twice).await,
    ];
    for answer in refused {
        assert_eq!(answer.refusal(), (400, "invalid_request".into()));
        assert!(answer.header("www-authenticate").contains(", error=\"invalid_request\", "));
    }
    assert_eq!(world.reasons().await, ["access-token-missing"; 5]);
    works(&world, &token).await;
}

#[tokio::test]
async fn br_06_a_token_in_the_address_is_not_looked_at() {
    let world = World::new().await;
    let token = token(&world).await;
    let query = format!("?access_token={token}");
    let form = ("content-type", "application/x-www-form-urlencoded");

    for (method, headers) in [(Method::GET, &[][..]), (Method::POST, &[]), (Method::POST, &[form])]
    {
        let answer = ask(&world, method.clone(), &query, headers, "").await;
        assert_eq!(answer.status, 401, "{method}");
        assert_eq!(answer.header("www-authenticate"), challenge(&world));
    }
    // Beside a header it changes nothing either.
    let header = format!("Bearer {token}");
    let answer =
        ask(&world, Method::GET, "?access_token=x", &[("authorization", &header)], "").await;
    assert_eq!((answer.status, answer.member("sub")), (200, json!("user-alice")));
}

#[tokio::test]
async fn br_07_at_user_info_the_scheme_is_read_in_any_case() {
    let world = World::new().await;
    let token = token(&world).await;
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let answer = get(&world, &[("authorization", &format!("{scheme} {token}"))]).await;
        assert_eq!((answer.status, answer.member("sub")), (200, json!("user-alice")), "{scheme}");
    }
    let answer = get(&world, &[("authorization", &format!("Bearers {token}"))]).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".into()));
}

/// Our choice: a token in the body is taken.
#[tokio::test]
async fn br_08_a_token_in_the_body_is_taken_at_user_info_from_a_form_alone() {
    let world = World::new().await;
    let token = token(&world).await;
    let post = async |kind: &'static str, body: String| {
        ask(&world, Method::POST, "", &[("content-type", kind)], &body).await
    };

    let answer = post("application/x-www-form-urlencoded", format!("access_token={token}")).await;
    assert_eq!((answer.status, answer.member("sub")), (200, json!("user-alice")));

    let json = post("application/json", json!({ "access_token": token }).to_string()).await;
    assert_eq!(json.status, 400);
    let none = post("application/x-www-form-urlencoded", String::new()).await;
    assert_eq!(none.status, 401);
    assert_eq!(none.header("www-authenticate"), challenge(&world));
    let broken = post("application/x-www-form-urlencoded", "access_token=%".into()).await;
    assert_eq!(broken.refusal(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn br_10_at_user_info_a_token_for_an_api_opens_nothing() {
    let world = World::new().await;
    let for_a = world.t1().token_for_a("alice").await;
    let for_b = world.t1().obo_exchange(&for_a, "api://b", "B.read").await.access_token();
    for token in [&for_a, &for_b] {
        invalid_token(&world, token, "access-token-invalid").await;
    }
    works(&world, &token(&world).await).await;
}
