//! RFC 7662, introspection (rows IN).

use http::Method;
use serde_json::{Value, json};
use stead_proto::time::Seconds;
use testkit::{API_A_SECRET, API_B_SECRET, API_C_SECRET, Auth, DAEMON_SECRET, World};

const A: (&str, &str) = ("api-a", API_A_SECRET);
const B: (&str, &str) = ("api-b", API_B_SECRET);
const C: (&str, &str) = ("api-c", API_C_SECRET);

async fn for_b(world: &World) -> String {
    let user = world.t1().token_for_a("alice").await;
    world.t1().obo_exchange(&user, "api://b", "B.read").await.access_token()
}

/// The whole answer.
async fn said(world: &World, who: (&str, &str), token: &str) -> Value {
    let answer = world.t1().introspect(who, token).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.header("content-type").starts_with("application/json"));
    assert!(answer.header("cache-control").contains("no-store"));
    answer.json()
}

fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn in_01_nobody_learns_anything_without_proving_who_they_are() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    for auth in [
        Auth::None,
        Auth::Public("api-a"),
        // A public client has nothing to prove itself with, not even for its own token.
        Auth::Public("spa"),
        Auth::Public("nobody"),
        Auth::Basic("api-a", "wrong"),
        Auth::Post("api-a", "wrong"),
    ] {
        let answer = world.t1().post("introspect", auth, &[("token", &token)]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{auth:?}");
        assert_eq!(answer.member("active"), Value::Null);
        assert!(world.last_reason().await.starts_with("client-"), "{auth:?}");
    }
    let url = world.t1().endpoint("introspect");
    let bearer = format!("Bearer {token}");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [("authorization", bearer.as_str()), form];
    let answer = world.send(Method::POST, &url, &headers, format!("token={token}")).await;
    assert_eq!(answer.refusal(), (401, "invalid_client".into()));

    assert_eq!(said(&world, A, &token).await["active"], true);
}

#[tokio::test]
async fn in_02_the_audience_sees_who_acts_for_whom_and_until_when() {
    let world = World::new().await;
    let token = for_b(&world).await;
    let now = world.clock().now().secs();

    let said = said(&world, B, &token).await;

    let expected = json!({
        "active": true, "token_type": "Bearer", "iss": world.t1().issuer(), "sub": "user-alice",
        "aud": "api://b", "scope": "B.read", "client_id": "api-a", "iat": now, "nbf": now,
        "exp": now + 3600, "act": { "sub": "api-a", "client_id": "api-a" },
    });
    for (name, value) in expected.as_object().unwrap() {
        if name != "act" {
            assert_eq!(said[name], *value, "{name}");
        }
    }
    assert_eq!(said["act"]["sub"], "api-a");
    assert_eq!(said["act"].get("act"), None);
    assert!(said["jti"].is_string());
    assert_eq!(said.get("cnf"), None);
}

#[tokio::test]
async fn in_02_a_chain_of_two_and_a_bound_token_are_shown_as_they_are() {
    let world = World::new().await;
    let on_to_c = [("audience", "api://c"), ("scope", "C.use")];
    let for_c = world.t1().obo_exchange_as(B, &for_b(&world).await, &on_to_c).await.access_token();
    let chain = said(&world, C, &for_c).await;
    assert_eq!(
        (&chain["act"]["sub"], &chain["act"]["act"]["sub"]),
        (&json!("api-b"), &json!("api-a"))
    );

    let cnf = json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" });
    let bound = world.forge("t1").token(&json!({ "cnf": cnf }));
    let said = said(&world, A, &bound).await;
    assert_eq!(
        (&said["active"], &said["cnf"], &said["token_type"]),
        (&json!(true), &cnf, &json!("DPoP"))
    );
}

/// Our choice: also the client that a token was issued to may ask about it.
#[tokio::test]
async fn in_02_the_client_it_was_issued_to_may_ask_too() {
    let world = World::new().await;
    assert_eq!(said(&world, A, &for_b(&world).await).await["active"], true);
    let pairs = [("grant_type", "client_credentials"), ("scope", "api://a/.default")];
    let as_itself = world.t1().token(Auth::Post("daemon", DAEMON_SECRET), &pairs).await;
    let said = said(&world, ("daemon", DAEMON_SECRET), &as_itself.access_token()).await;
    assert_eq!((&said["active"], &said["sub"]), (&json!(true), &json!("daemon")));
}

#[tokio::test]
async fn in_03_what_is_not_valid_here_is_inactive_and_nothing_else() {
    let world = World::new().await;
    let tokens =
        world.t1().tokens("alice", &[("scope", "openid offline_access api://a/A.use")]).await;
    let token = tokens.access_token();
    assert_eq!(said(&world, A, &token).await["active"], true);

    let now = world.clock().now().secs();
    let forge = world.forge("t1");
    let others = [
        ("garbage", "garbage".to_owned()),
        ("expired", forge.token(&json!({ "exp": now }))),
        ("not yet valid", forge.token(&json!({ "nbf": now + 60 }))),
        ("issued tomorrow", forge.token(&json!({ "iat": now + 86_400 }))),
        ("by a stranger", forge.by_a_stranger(&json!({}))),
        ("of another issuer", forge.token(&json!({ "iss": "https://issuer.evil" }))),
        ("of another tenant", world.t2().token_for_a("eve").await),
        (
            "our key, their tenant",
            forge.token(&json!({ "tid": "00000000-0000-4000-8000-000000000002" })),
        ),
        ("of an unknown user", forge.token(&json!({ "sub": "nobody", "oid": "nobody" }))),
        ("an ID token", tokens.member("id_token").as_str().unwrap().to_owned()),
        ("a refresh token", tokens.member("refresh_token").as_str().unwrap().to_owned()),
    ];
    for (what, token) in others {
        assert_eq!(said(&world, A, &token).await, inactive(), "{what}");
    }
    world.t1().post("revoke", Auth::Public("spa"), &[("token", &token)]).await;
    assert_eq!(said(&world, A, &token).await, inactive());

    let fresh = world.t1().token_for_a("alice").await;
    world.advance(Seconds(3599));
    assert_eq!(said(&world, A, &fresh).await["active"], true);
    world.advance(Seconds(1));
    assert_eq!(said(&world, A, &fresh).await, inactive());
}

#[tokio::test]
async fn in_04_somebody_elses_token_is_inactive_also_asked_for_as_a_jwt() {
    let world = World::new().await;
    let token = for_b(&world).await;
    assert_eq!(said(&world, C, &token).await, inactive());
    assert_eq!(said(&world, ("daemon", DAEMON_SECRET), &token).await, inactive());

    let url = world.t1().endpoint("introspect");
    let body = stead_proto::form::write(&[
        ("token", &token),
        ("client_id", "api-c"),
        ("client_secret", API_C_SECRET),
    ]);
    let headers = [
        ("accept", "application/token-introspection+jwt, application/jwt"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = world.send(Method::POST, &url, &headers, body).await;
    assert_eq!((answer.status, answer.json()), (200, inactive()));

    assert_eq!(said(&world, B, &token).await["active"], true);
}

#[tokio::test]
async fn in_05_a_token_ends_with_its_user_at_once() {
    let world = World::new().await;
    let (user, exchanged) = (world.t1().token_for_a("alice").await, for_b(&world).await);
    assert_eq!(said(&world, A, &user).await["active"], true);
    assert_eq!(said(&world, B, &exchanged).await["active"], true);

    world.change_user("alice", |alice| alice.enabled = false).await;

    assert_eq!(said(&world, A, &user).await, inactive());
    assert_eq!(said(&world, B, &exchanged).await, inactive());
    let mallorys = world.t1().token_for_a("mallory").await;
    assert_eq!(said(&world, A, &mallorys).await["active"], true);
}

#[tokio::test]
async fn in_06_only_post_with_one_token_is_an_introspection() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let url = world.t1().endpoint("introspect");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let query = [("token", token.as_str()), ("client_id", A.0), ("client_secret", A.1)];
        let with_query = format!("{url}?{}", stead_proto::form::write(&query));
        let answer = world.send(method, &with_query, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
        assert!(!answer.text.contains("active"));
    }
    let auth = Auth::Basic(A.0, A.1);
    for pairs in [&[][..], &[("token", "")], &[("token", &token), ("token", &token)]] {
        let answer = world.t1().post("introspect", auth, pairs).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{pairs:?}");
        assert_eq!(world.last_reason().await, "request-malformed");
    }
    assert_eq!(said(&world, A, &token).await["active"], true);
}

#[tokio::test]
async fn in_07_a_megabyte_a_nul_or_sql_is_a_token_that_is_not_active() {
    let world = World::on_sqlite().await;
    let token = world.t1().token_for_a("alice").await;
    let huge = "a".repeat(1 << 20);
    let huge_jwt = format!("{token}{}", "A".repeat(1 << 20));
    for odd in [
        huge.as_str(),
        &huge_jwt,
        "\0",
        &format!("{token}\0"),
        "' OR '1'='1",
        "'; DROP TABLE refresh_tokens; --",
        "%_*",
        "../../etc/passwd",
        "\u{202e}\u{feff}\u{10ffff}",
        "\r\nSet-Cookie: a=b",
    ] {
        assert_eq!(said(&world, A, odd).await, inactive(), "{odd:.40}");
    }
    assert_eq!(said(&world, A, &token).await["active"], true);
}
