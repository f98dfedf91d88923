//! RFC 9068, JWT access tokens (rows AT): what is in them, and what cannot be configured.

use crate::steps::{last, opened, sent_back};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Auth, DAEMON_SECRET, World};

fn header(token: &str) -> Value {
    let head = token.split('.').next().unwrap();
    serde_json::from_slice(&stead_proto::digest::from_base64url(head).unwrap()).unwrap()
}

#[tokio::test]
async fn at_01_an_access_token_has_all_claims_of_rfc_9068() {
    let world = World::new().await;
    let answer = world.t1().tokens("alice", &[]).await;
    let head = header(&answer.access_token());
    assert_eq!((&head["typ"], &head["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let mut claims = answer.claims();
    let now = world.clock().now().secs();
    for name in ["jti", "sid", "lineage"] {
        assert!(!claims[name].is_null(), "{claims}");
        claims.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(
        claims,
        json!({
            "iss": world.t1().issuer(), "sub": "user-alice", "aud": "api://a", "client_id": "spa",
            "exp": now + 3600, "iat": now, "nbf": now, "scope": "A.use", "scp": "A.use",
            "auth_time": now, "acr": "urn:stead:acr:password", "amr": ["pwd"],
            "azp": "spa", "azpacr": "0", "oid": "user-alice",
            "tid": "00000000-0000-4000-8000-000000000001", "ver": "2.0",
            "preferred_username": "alice@example.com", "name": "alice Example",
        })
    );
    let other = world.t1().tokens("alice", &[]).await.claims();
    assert_ne!(other["jti"], answer.claims()["jti"]);
}

#[tokio::test]
async fn at_02_an_app_only_token_speaks_of_the_client_and_of_no_user() {
    let world = World::new().await;
    let pairs = [("grant_type", "client_credentials"), ("scope", "api://a/.default")];
    let answer = world.t1().token(Auth::Basic("daemon", DAEMON_SECRET), &pairs).await;
    let mut claims = answer.claims();
    let now = world.clock().now().secs();
    for name in ["jti", "lineage"] {
        assert!(!claims[name].is_null(), "{claims}");
        claims.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(
        claims,
        json!({
            "iss": world.t1().issuer(), "sub": "daemon", "aud": "api://a", "client_id": "daemon",
            "exp": now + 3600, "iat": now, "nbf": now, "scope": "A.use", "roles": ["A.use"],
            "azp": "daemon", "azpacr": "1", "oid": "daemon",
            "tid": "00000000-0000-4000-8000-000000000001", "ver": "2.0", "idtyp": "app",
        })
    );
    assert!(answer.member("id_token").is_null() && answer.member("refresh_token").is_null());
}

#[tokio::test]
async fn at_03_no_application_can_ask_for_unsigned_or_symmetric_tokens() {
    let world = World::new().await;
    let register = async |algorithm: Value| {
        let body = json!({
            "name": "D", "kind": "web-api", "audience": "api://d", "scopes": { "D.use": "Use it" },
            "tokens": { "algorithm": algorithm },
        });
        world.admin(Method::PUT, "/applications/api-d", Some(body)).await.0
    };
    for algorithm in ["none", "None", "NONE", "", "HS256", "HS512"] {
        let status = register(json!(algorithm)).await;
        assert!((400..500).contains(&status), "{algorithm}: {status}");
    }
    assert!((400..500).contains(&register(Value::Null).await));
    assert_eq!(world.admin(Method::GET, "/applications/api-d", None).await.0, 404);
    assert_eq!(register(json!("RS256")).await, 201);

    world
        .change_application("spa", |spa| {
            let mut other = spa.permissions[0].clone();
            other.towards = stead_proto::id::Audience::parse("api://d").unwrap();
            other.scopes = stead_proto::scope::ScopeSet::parse("D.use").unwrap();
            spa.permissions.push(other);
        })
        .await;
    let answer = world.t1().tokens("alice", &[("scope", "api://d/D.use")]).await;
    assert_eq!(header(&answer.access_token())["alg"], "RS256");
}

#[tokio::test]
async fn at_04_no_client_id_equals_a_users_id() {
    let world = World::new().await;
    let body = json!({ "name": "Alice?", "kind": "service" });
    let put = async |id: &str| {
        world.admin(Method::PUT, &format!("/applications/{id}"), Some(body.clone())).await
    };
    let (status, said) = put("user-alice").await;
    assert_eq!(status, 422, "{said}");
    assert!(said.to_string().contains("a user has this id"), "{said}");
    assert_eq!(put("alice-2").await.0, 201);

    // Nor the other way round.
    let refused = world
        .files_say(|t1| {
            t1.users[1].user.id = stead_proto::id::Subject::parse("daemon").unwrap();
        })
        .await;
    assert!(refused.unwrap_err().contains("daemon"));
}

#[tokio::test]
async fn at_05_a_scope_that_several_resources_could_mean_is_refused() {
    let world = World::with(|t1| {
        let shared = stead_proto::scope::Scope::parse("Shared").unwrap();
        for id in ["api-a", "api-c"] {
            let api = t1.applications.iter_mut().find(|one| one.id.as_str() == id).unwrap();
            api.scopes.insert(shared.clone(), "Use what both have".into());
        }
        let spa = t1.applications.iter_mut().find(|one| one.id.as_str() == "spa").unwrap();
        for permission in &mut spa.permissions {
            let more = [shared.clone()].into_iter().collect();
            permission.scopes = permission.scopes.union(&more);
        }
    })
    .await;
    for scope in ["Shared", "api://a/A.use api://c/C.use", "A.use C.use"] {
        let page = opened(&world, &[("scope", scope)]).await;
        assert_eq!(sent_back(&world, &page), "invalid_scope", "{scope}");
    }
    assert!(["scope-unknown", "authorize-malformed"].contains(&last(&world).await.as_str()));
    let answer = world.t1().tokens("alice", &[("scope", "api://c/Shared")]).await;
    assert_eq!(
        (&answer.claims()["aud"], &answer.claims()["scope"]),
        (&json!("api://c"), &json!("Shared"))
    );
    let answer = world.t1().tokens("alice", &[("scope", "C.use")]).await;
    assert_eq!(answer.claims()["aud"], "api://c", "only one resource has this scope");
}

#[tokio::test]
async fn at_01_a_resource_says_how_long_its_tokens_live() {
    let world = World::new().await;
    world
        .change_application("api-a", |api| {
            api.tokens.lifetime = Some(stead_proto::time::Seconds(300));
        })
        .await;
    let answer = world.t1().tokens("alice", &[]).await;
    let claims = answer.claims();
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert_eq!(answer.member("expires_in"), 300);
}
