//! Keys, and the JWTs that are signed with them, as issued (rows JK).

use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use stead_core::model::application::Application;
use stead_proto::digest::from_base64url;
use stead_proto::id::TenantName;
use stead_proto::jwt::{Algorithm, Typ};
use stead_proto::time::Seconds;
use stead_server::moment::Moments as _;
use testkit::{API_A_SECRET, API_B_SECRET, At, Auth, DAEMON_SECRET, World};

/// The published keys.
async fn keys(at: At<'_>, tenant: &str) -> Vec<Value> {
    let answer = at.get(&format!("/{tenant}/discovery/v2.0/keys")).await;
    assert_eq!(answer.status, 200);
    answer.member("keys").as_array().unwrap().clone()
}

fn kids(keys: &[Value]) -> BTreeSet<String> {
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&from_base64url(part).unwrap()).unwrap()
}

fn kid_of(token: &str) -> String {
    part(token, 0)["kid"].as_str().unwrap().to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn jk_01_the_key_set_is_public_and_holds_nothing_private() {
    let world = World::new().await;
    let metadata = world.t1().get("/t1/v2.0/.well-known/openid-configuration").await;
    let url = text(&metadata.member("jwks_uri"));
    assert_eq!(url, format!("{}/t1/discovery/v2.0/keys", world.base()));

    let answer = world.send(Method::GET, &url, &[], "").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["keys"]);
    for key in answer.member("keys").as_array().unwrap() {
        let members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let expected: &[&str] = match key["kty"].as_str().unwrap() {
            "EC" => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            "OKP" => &["alg", "crv", "kid", "kty", "use", "x"],
            "RSA" => &["alg", "e", "kid", "kty", "n", "use"],
            other => panic!("a key of type {other}"),
        };
        let mut members = members;
        members.sort_unstable();
        assert_eq!(members, expected);
    }
    assert_eq!(world.send(Method::POST, &url, &[], "").await.status, 405);
}

#[tokio::test]
async fn jk_02_each_key_has_a_name_one_use_one_algorithm_and_enough_bits() {
    let world = World::new().await;
    let keys = keys(world.t1(), "t1").await;
    assert_eq!(kids(&keys).len(), keys.len());
    let mut algorithms = BTreeSet::new();
    for key in &keys {
        assert_eq!(key["use"], "sig");
        let alg = key["alg"].as_str().unwrap();
        algorithms.insert(alg);
        let fits = match alg {
            "ES256" => key["kty"] == "EC" && key["crv"] == "P-256",
            "EdDSA" => key["kty"] == "OKP" && key["crv"] == "Ed25519",
            "RS256" => from_base64url(key["n"].as_str().unwrap()).unwrap().len() * 8 >= 2048,
            _ => false,
        };
        assert!(fits, "{key}");
    }
    assert_eq!(algorithms, BTreeSet::from(["ES256", "EdDSA", "RS256"]));
}

/// One JWT of each sort that is issued.
async fn issued(world: &World) -> Vec<(Typ, String)> {
    let scope = [("scope", "openid offline_access api://a/A.use")];
    let signed_in = world.t1().tokens("alice", &scope).await;
    let again = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &text(&signed_in.member("refresh_token"))),
    ];
    let refreshed = world.t1().token(Auth::Public("spa"), &again).await;
    let as_itself = [("grant_type", "client_credentials"), ("scope", "api://a/.default")];
    let daemon = world.t1().token(Auth::Post("daemon", DAEMON_SECRET), &as_itself).await;
    let user = signed_in.access_token();
    let entra = world.t1().obo_entra(&user, "openid api://b/B.read").await;
    let rfc8693 = world.t1().obo_exchange(&user, "api://b", "B.read").await;
    let for_userinfo = world.t1().tokens("alice", &[("scope", "openid")]).await;
    let mut issued = Vec::new();
    for answer in [&signed_in, &refreshed, &daemon, &entra, &rfc8693, &for_userinfo] {
        issued.push((Typ::AccessToken, answer.access_token()));
    }
    for answer in [&signed_in, &entra, &for_userinfo] {
        issued.push((Typ::IdToken, text(&answer.member("id_token"))));
    }
    issued
}

async fn sign_with(world: &World, alg: Algorithm) {
    let set = |app: &mut Application| app.tokens.algorithm = alg;
    world.change_application("api-a", set).await;
    world.change_application("api-b", set).await;
}

#[tokio::test]
async fn jk_03_what_is_issued_names_its_kind_an_advertised_algorithm_and_a_published_key() {
    let world = World::new().await;
    let keys = keys(world.t1(), "t1").await;
    let metadata = world.t1().get("/t1/v2.0/.well-known/openid-configuration").await;
    let advertised = metadata.member("id_token_signing_alg_values_supported");
    for alg in [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa] {
        sign_with(&world, alg).await;
        for (typ, token) in issued(&world).await {
            let header = part(&token, 0);
            let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
            assert_eq!(
                header,
                json!({ "alg": key["alg"], "kid": key["kid"], "typ": typ.as_str() })
            );
            assert!(advertised.as_array().unwrap().contains(&header["alg"]), "{header}");
        }
        let to_a = world.t1().token_for_a("alice").await;
        assert_eq!(part(&to_a, 0)["alg"], alg.as_str());
    }
}

/// The tenant's keys are rotated as the server itself would: from outside nobody can ask for it yet.
#[tokio::test]
async fn jk_04_a_new_key_is_published_before_it_signs_and_the_old_one_kept_after() {
    let world = World::new().await;
    let rotated = world.running().keys(&TenantName::parse("t1").unwrap()).unwrap();
    let before = keys(world.t1(), "t1").await;
    let old = world.t1().token_for_a("alice").await;

    rotated.rotate(Algorithm::Es256, &world.clock().moment()).await.unwrap();

    let both = keys(world.t1(), "t1").await;
    let new: Vec<String> = kids(&both).difference(&kids(&before)).cloned().collect();
    assert_eq!((new.len(), kids(&both).is_superset(&kids(&before))), (1, true));
    // Published, but not in use before everybody may know it …
    assert_eq!(kid_of(&world.t1().token_for_a("alice").await), kid_of(&old));

    world.advance(Seconds(30));
    rotated.renew(&world.clock().moment()).await.unwrap();

    // … and in use within a minute, while what the old one signed is good until it ends.
    let fresh = world.t1().token_for_a("alice").await;
    assert_eq!(kid_of(&fresh), new[0]);
    for token in [&old, &fresh] {
        assert_eq!(world.t1().obo_entra(token, "api://b/B.read").await.status, 200);
        let said = world.t1().introspect(("api-a", API_A_SECRET), token).await;
        assert_eq!(said.member("active"), true);
    }
    assert_eq!(kids(&keys(world.t1(), "t1").await), kids(&both));
    world.advance(Seconds(24 * 3600));
    rotated.renew(&world.clock().moment()).await.unwrap();
    assert!(kids(&keys(world.t1(), "t1").await).contains(&kid_of(&old)));
    world.advance(Seconds(2 * 3600));
    rotated.renew(&world.clock().moment()).await.unwrap();
    let left = kids(&keys(world.t1(), "t1").await);
    assert!(!left.contains(&kid_of(&old)) && left.contains(&new[0]));
}

#[tokio::test]
async fn jk_05_a_key_removed_in_an_emergency_is_refused_at_once_and_published_no_more() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let for_b = world.t1().obo_exchange(&token, "api://b", "B.read").await.access_token();
    let b_knows = async |token: &str| {
        let answer = world.t1().introspect(("api-b", API_B_SECRET), token).await;
        answer.member("active") == true
    };
    assert!(b_knows(&for_b).await);
    let leaked = kid_of(&token);

    let body = json!({ "kind": "key", "id": leaked, "why": "it leaked" });
    let (status, _) = world.admin(Method::POST, "/revocations", Some(body)).await;

    assert_eq!(status, 201);
    let entra = world.t1().obo_entra(&token, "api://b/B.read").await;
    assert_eq!(entra.refusal(), (400, "invalid_grant".into()));
    let rfc8693 = world.t1().obo_exchange(&token, "api://b", "B.read").await;
    assert_eq!(rfc8693.refusal(), (400, "invalid_request".into()));
    assert_eq!(world.reasons().await, ["subject-token-invalid"; 2]);
    assert!(!b_knows(&for_b).await);
    // Whoever verifies reads a key set without it after five minutes at most.
    assert!(!kids(&keys(world.t1(), "t1").await).contains(&leaked));

    let fresh = world.t1().token_for_a("alice").await;
    assert_ne!(kid_of(&fresh), leaked);
    assert!(kids(&keys(world.t1(), "t1").await).contains(&kid_of(&fresh)));
    assert_eq!(world.t1().obo_entra(&fresh, "api://b/B.read").await.status, 200);
}

#[tokio::test]
async fn jk_06_times_are_whole_numbers() {
    let world = World::new().await;
    for (typ, token) in issued(&world).await {
        let claims = part(&token, 1);
        for name in ["exp", "iat", "nbf", "auth_time"] {
            let there = claims.get(name).is_some();
            assert!(there || ["nbf", "auth_time"].contains(&name), "{typ} has no {name}");
            assert!(!there || claims[name].is_i64(), "{typ} {name}: {}", claims[name]);
        }
        assert!(claims["exp"].as_i64() > claims["iat"].as_i64());
    }
}

#[tokio::test]
async fn jk_07_tenants_share_neither_issuer_nor_keys() {
    let world = World::new().await;
    let (ours, theirs) = (keys(world.t1(), "t1").await, keys(world.t2(), "t2").await);
    assert!(kids(&ours).is_disjoint(&kids(&theirs)));
    assert_ne!(world.t1().issuer(), world.t2().issuer());
    let eves = world.t2().token_for_a("eve").await;
    assert_eq!(part(&eves, 1)["iss"], world.t2().issuer());

    // A key of t1 over everything that a token of t2 says, under either name.
    let claims = part(&eves, 1);
    let key = world.own_key("t1", Algorithm::Es256).await;
    let mut header = key.header(Typ::AccessToken);
    let under_its_own = key.sign(&header.to_string(), &claims.to_string());
    header["kid"] = json!(kid_of(&eves));
    let under_theirs = key.sign(&header.to_string(), &claims.to_string());
    for forged in [&under_its_own, &under_theirs] {
        let entra = world.t2().obo_entra(forged, "api://b/B.read").await;
        assert_eq!(entra.refusal(), (400, "invalid_grant".into()));
        let rfc8693 = world.t2().obo_exchange(forged, "api://b", "B.read").await;
        assert_eq!(rfc8693.refusal(), (400, "invalid_request".into()));
        let said = world.t2().introspect(("api-a", API_A_SECRET), forged).await;
        assert_eq!(said.json(), json!({ "active": false }));
    }
    // And a true token of t2 is nothing at t1.
    assert_eq!(world.t1().obo_entra(&eves, "api://b/B.read").await.status, 400);
    assert_eq!(world.last_reason().await, "subject-token-issuer-untrusted");
    assert_eq!(world.t2().obo_entra(&eves, "api://b/B.read").await.status, 200);
}
