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

/// Lets every node notice whose turn it is, as it does of its own accord every few seconds: the clock of
/// tests stands still.
async fn notice(world: &World) {
    let keys = world.running().keys(&TenantName::parse("t1").unwrap()).unwrap();
    keys.renew(&world.clock().moment()).await.unwrap();
}

/// Of each key of an algorithm that the admin API lists, oldest first, its name and its stage.
async fn stages(world: &World, algorithm: &str) -> Vec<(String, String)> {
    let (status, answer) = world.admin(Method::GET, "/keys", None).await;
    assert_eq!(status, 200);
    let keys = answer["items"].as_array().unwrap().iter();
    let of_it = keys.filter(|key| key["algorithm"] == algorithm);
    of_it.map(|key| (text(&key["kid"]), text(&key["stage"]))).collect()
}

fn staged(keys: &[(&str, &str)]) -> Vec<(String, String)> {
    keys.iter().map(|(kid, stage)| ((*kid).to_owned(), (*stage).to_owned())).collect()
}

/// Both dialects and introspection take it.
async fn is_taken(world: &World, token: &str) -> bool {
    let exchanged = world.t1().obo_entra(token, "api://b/B.read").await.status == 200;
    let said = world.t1().introspect(("api-a", API_A_SECRET), token).await;
    assert_eq!(said.member("active"), exchanged);
    exchanged
}

const DAY: Seconds = Seconds(86_400);

#[tokio::test]
async fn jk_04_a_new_key_is_published_before_it_signs_and_the_old_one_kept_after() {
    let world = World::new().await;
    world.advance(Seconds(1));
    let before = keys(world.t1(), "t1").await;
    let old = kid_of(&world.t1().token_for_a("alice").await);

    let rotate = json!({ "algorithm": "ES256" });
    let (status, answer) = world.admin(Method::POST, "/keys/rotate", Some(rotate.clone())).await;

    assert_eq!((status, &answer["verifiers_within"]), (201, &json!(300)));
    let both = keys(world.t1(), "t1").await;
    let new: Vec<String> = kids(&both).difference(&kids(&before)).cloned().collect();
    let [new] = new.as_slice() else { panic!("one new key: {new:?}") };
    assert!(kids(&both).is_superset(&kids(&before)));
    assert_eq!(stages(&world, "ES256").await, staged(&[(&old, "signing"), (new, "next")]));
    // Asked for again, it is the same one.
    let (_, again) = world.admin(Method::POST, "/keys/rotate", Some(rotate)).await;
    assert_eq!(again, answer);

    // Published, but not in use before everybody knows it …
    world.advance(Seconds(DAY.0 - 1));
    notice(&world).await;
    let last = world.t1().token_for_a("alice").await;
    assert_eq!(kid_of(&last), old);

    // … and in use from then on, while what the old one signed is good until it ends.
    world.advance(Seconds(1));
    notice(&world).await;
    let first = world.t1().token_for_a("alice").await;
    assert_eq!(&kid_of(&first), new);
    assert_eq!(stages(&world, "ES256").await, staged(&[(&old, "verifying"), (new, "signing")]));
    assert!(is_taken(&world, &last).await && is_taken(&world, &first).await);
    assert_eq!(kids(&keys(world.t1(), "t1").await), kids(&both));

    world.advance(DAY);
    notice(&world).await;
    assert!(kids(&keys(world.t1(), "t1").await).contains(&old));
    world.advance(Seconds(3600));
    notice(&world).await;
    let left = kids(&keys(world.t1(), "t1").await);
    assert!(!left.contains(&old) && left.contains(new));
    assert_eq!(stages(&world, "ES256").await, staged(&[(&old, "retired"), (new, "signing")]));
    // Nobody can sign with it any more, whatever they steal.
    let on_file = world.sts("t1").store.keys().await.unwrap();
    let private: Vec<&str> =
        on_file.iter().filter_map(|key| key.sealed.as_ref().map(|_| key.kid.as_str())).collect();
    assert!(!private.contains(&old.as_str()) && private.contains(&new.as_str()));
}

#[tokio::test]
async fn jk_04_keys_rotate_by_themselves_as_often_as_is_configured_and_each_change_is_on_record() {
    let world = World::with_settings(|settings| {
        settings.signing.rotate_every = Some(Seconds(7 * DAY.0));
        settings.signing.publish_ahead = Seconds(3600);
    })
    .await;
    let first = kid_of(&world.t1().token_for_a("alice").await);
    world.advance(Seconds(7 * DAY.0 - 3601));
    notice(&world).await;
    assert_eq!(keys(world.t1(), "t1").await.len(), 3);
    world.advance(Seconds(1));
    notice(&world).await;
    assert_eq!(keys(world.t1(), "t1").await.len(), 6);
    assert_eq!(kid_of(&world.t1().token_for_a("alice").await), first);

    world.advance(Seconds(3600));
    notice(&world).await;
    let second = kid_of(&world.t1().token_for_a("alice").await);
    assert_ne!(second, first);
    let listed = stages(&world, "ES256").await;
    assert_eq!(listed, staged(&[(&first, "verifying"), (&second, "signing")]));

    let (_, records) = world.admin(Method::GET, "/records?limit=200", None).await;
    let changes: Vec<String> = records["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["record"]["event"]["by"] == "server")
        .flat_map(|item| item["record"]["event"]["changes"].as_array().unwrap().clone())
        .map(|line| text(&line))
        .collect();
    let takes_over = world.clock().moment().now;
    let line = format!("key {second} (ES256) published; it signs from {takes_over}");
    assert!(changes.contains(&line), "{changes:?}");
    assert_eq!(changes.len(), 6);
}

#[tokio::test]
async fn jk_04_in_haste_a_key_signs_at_once_and_one_that_waits_is_taken_first() {
    let world = World::new().await;
    let old = world.t1().token_for_a("alice").await;
    let now = json!({ "algorithm": "ES256", "at_once": true });
    world.advance(Seconds(1));

    let (status, _) = world.admin(Method::POST, "/keys/rotate", Some(now.clone())).await;
    assert_eq!(status, 201);
    let fresh = world.t1().token_for_a("alice").await;
    assert_ne!(kid_of(&fresh), kid_of(&old));
    assert!(is_taken(&world, &old).await && is_taken(&world, &fresh).await);

    // One that everybody may have read already is better than one that nobody can know.
    world.advance(Seconds(60));
    let (_, answer) =
        world.admin(Method::POST, "/keys/rotate", Some(json!({ "algorithm": "ES256" }))).await;
    let waiting = text(&answer["keys"][1]["kid"]);
    assert_eq!(answer["keys"][1]["stage"], "next");
    world.admin(Method::POST, "/keys/rotate", Some(now)).await;
    assert_eq!(kid_of(&world.t1().token_for_a("alice").await), waiting);

    // All of them, where none is named.
    let before = kids(&keys(world.t1(), "t1").await);
    let (_, answer) = world.admin(Method::POST, "/keys/rotate", Some(json!({}))).await;
    assert_eq!(answer["keys"].as_array().unwrap().len(), 6);
    assert_eq!(kids(&keys(world.t1(), "t1").await).difference(&before).count(), 3);

    let unknown = json!({ "algorithm": "HS256" });
    assert_eq!(world.admin(Method::POST, "/keys/rotate", Some(unknown)).await.0, 422);
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
    world.advance(Seconds(1));

    let path = format!("/keys/{leaked}/revoke");
    let (status, answer) =
        world.admin(Method::POST, &path, Some(json!({ "why": "it leaked" }))).await;

    assert_eq!(status, 201);
    let successor = text(&answer["keys"][0]["kid"]);
    assert_eq!(
        (answer["keys"].as_array().unwrap().len(), &answer["keys"][0]["stage"]),
        (1, &json!("signing"))
    );
    let entra = world.t1().obo_entra(&token, "api://b/B.read").await;
    assert_eq!(entra.refusal(), (400, "invalid_grant".into()));
    let rfc8693 = world.t1().obo_exchange(&token, "api://b", "B.read").await;
    assert_eq!(rfc8693.refusal(), (400, "invalid_request".into()));
    assert_eq!(world.reasons().await, ["subject-token-invalid"; 2]);
    assert!(!b_knows(&for_b).await);
    // Whoever verifies reads a key set without it after five minutes at most.
    assert!(!kids(&keys(world.t1(), "t1").await).contains(&leaked));

    let fresh = world.t1().token_for_a("alice").await;
    assert_eq!(kid_of(&fresh), successor);
    assert!(kids(&keys(world.t1(), "t1").await).contains(&successor));
    assert!(is_taken(&world, &fresh).await);
    assert_eq!(
        stages(&world, "ES256").await,
        staged(&[(&leaked, "revoked"), (&successor, "signing")])
    );
}

#[tokio::test]
async fn jk_05_a_key_is_revoked_alike_by_either_path_and_only_for_a_reason() {
    let world = World::new().await;
    world.advance(Seconds(1));
    let (_, answer) =
        world.admin(Method::POST, "/keys/rotate", Some(json!({ "algorithm": "ES256" }))).await;
    let [signs, waits] = [0, 1].map(|place| text(&answer["keys"][place]["kid"]));
    let unknown = ("nothing".to_owned(), json!({ "why": "it leaked" }), 404);
    let for_no_reason = (signs.clone(), json!({ "why": " " }), 422);
    for (kid, body, expected) in [unknown, for_no_reason] {
        let path = format!("/keys/{kid}/revoke");
        assert_eq!(world.admin(Method::POST, &path, Some(body)).await.0, expected);
    }
    assert_eq!(stages(&world, "ES256").await, staged(&[(&signs, "signing"), (&waits, "next")]));

    // The one that waits takes over: verifiers know it.
    let body = json!({ "kind": "key", "id": signs, "why": "it leaked" });
    assert_eq!(world.admin(Method::POST, "/revocations", Some(body)).await.0, 201);

    assert_eq!(stages(&world, "ES256").await, staged(&[(&signs, "revoked"), (&waits, "signing")]));
    assert_eq!(kid_of(&world.t1().token_for_a("alice").await), waits);
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
