//! RFC 8414 and OpenID Connect Discovery (rows MD, OD): what is said of the server, and that it is so.

use crate::steps::{AS_WEB, WEB, last, lasting, of_web, opened, refresh, refresh_token, sent_back};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{Answer, Auth, World};

const PLACES: [&str; 3] = [
    "/t1/v2.0/.well-known/openid-configuration",
    "/.well-known/openid-configuration/t1/v2.0",
    "/.well-known/oauth-authorization-server/t1/v2.0",
];

async fn document(world: &World) -> Answer {
    world.t1().get(PLACES[0]).await
}

fn listed(document: &Answer, name: &str) -> BTreeSet<String> {
    serde_json::from_value(document.member(name)).unwrap()
}

#[tokio::test]
async fn md_01_metadata_is_at_every_well_known_place_with_the_issuer_byte_by_byte() {
    let world = World::new().await;
    let first = document(&world).await;
    for place in PLACES {
        let answer = world.t1().get(place).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/json"),
            "{place}"
        );
        assert_eq!(answer.json(), first.json(), "{place}");
    }
    // Other ways to write the tenant lead to the same issuer, written in the one way.
    for tenant in ["T1", "00000000-0000-4000-8000-000000000001"] {
        let answer = world.t1().get(&PLACES[0].replace("/t1/", &format!("/{tenant}/"))).await;
        assert_eq!(answer.json(), first.json(), "{tenant}");
    }
    let issuer = world.t1().issuer();
    assert_eq!(first.member("issuer"), json!(issuer));
    assert!(!issuer.contains(['?', '#']) && issuer.starts_with("https://"));
    for (name, value) in first.json().as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let url = value.as_str().unwrap();
            assert!(url.starts_with(&format!("{}/t1/", world.base())), "{name}: {url}");
        }
    }
    let claims = world.t1().tokens("alice", &[]).await.claims();
    assert_eq!(claims["iss"], json!(issuer));
}

#[tokio::test]
async fn md_02_an_unknown_tenant_is_404_and_falls_back_on_nothing() {
    let world = World::new().await;
    for tenant in ["nobody", "common", "t1%2F..%2Ft2", "t", ""] {
        for place in PLACES {
            let path = place.replace("/t1/", &format!("/{tenant}/"));
            let answer = world.t1().get(&path).await;
            assert_eq!((answer.status, answer.member("issuer")), (404, Value::Null), "{path}");
        }
    }
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        assert_eq!(world.t1().get(path).await.status, 404, "no tenant is the default one");
    }
    let answer = world.t1().get("/t2/v2.0/.well-known/openid-configuration").await;
    assert_eq!(answer.member("issuer"), json!(world.t2().issuer()));
}

#[tokio::test]
async fn md_03_forged_host_headers_change_nothing() {
    let world = World::new().await;
    let honest = document(&world).await.json();
    let url = format!("{}{}", world.base(), PLACES[0]);
    for (name, value) in FORGED {
        let answer = world.send(Method::GET, &url, &[(name, value)], "").await;
        if answer.status == 200 {
            assert_eq!(answer.json(), honest, "{name}");
        } else {
            assert!([400, 421].contains(&answer.status), "{name}: {}", answer.status);
        }
    }
    let all: Vec<_> = FORGED.into_iter().filter(|(name, _)| *name != "host").collect();
    assert_eq!(world.send(Method::GET, &url, &all, "").await.json(), honest);
}

const FORGED: [(&str, &str); 7] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-port", "81"),
    ("x-forwarded-prefix", "/evil"),
    ("forwarded", "host=evil.example;proto=http"),
    ("x-original-url", "/evil"),
];

#[tokio::test]
async fn md_04_every_grant_advertised_is_known_and_no_other() {
    let world = World::new().await;
    let document = document(&world).await;
    let grants = listed(&document, "grant_types_supported");
    let more = ["password", "urn:ietf:params:oauth:grant-type:device_code", "implicit", "x"];
    for grant in grants.iter().map(String::as_str).chain(more) {
        let answer = world.t1().token(WEB, &[("grant_type", grant)]).await;
        let unknown = answer.refusal().1 == "unsupported_grant_type";
        assert_eq!(unknown, !grants.contains(grant), "{grant}: {}", answer.text);
    }
    // And each really gives a token.
    let tokens = lasting(&world).await;
    let again = refresh(&world, Auth::Public("spa"), &refresh_token(&tokens), &[]).await;
    assert_eq!(again.status, 200);
    for answer in [
        world.t1().obo_exchange(&tokens.access_token(), "api://b", "B.read").await,
        world.t1().obo_entra(&tokens.access_token(), "api://b/B.read").await,
    ] {
        assert_eq!(answer.claims()["aud"], "api://b");
    }
    let daemon = Auth::Basic("daemon", testkit::DAEMON_SECRET);
    let pairs = [("grant_type", "client_credentials"), ("scope", "api://a/.default")];
    assert_eq!(world.t1().token(daemon, &pairs).await.status, 200);
}

#[tokio::test]
async fn md_04_every_way_of_asking_for_a_sign_in_advertised_works_and_no_other() {
    let world = World::new().await;
    let document = document(&world).await;
    for (name, parameter, more) in [
        ("response_types_supported", "response_type", &["token", "code id_token"][..]),
        ("response_modes_supported", "response_mode", &["web_message", "jwt", "query.jwt"]),
        ("code_challenge_methods_supported", "code_challenge_method", &["plain", "S512"]),
        ("acr_values_supported", "acr_values", &["gold", "urn:stead:acr:gold"]),
    ] {
        let advertised = listed(&document, name);
        for value in advertised.iter().map(String::as_str).chain(more.iter().copied()) {
            let page = opened(&world, &[(parameter, value)]).await;
            assert_eq!(page.shows("login"), advertised.contains(value), "{parameter}={value}");
        }
    }
    assert_eq!(
        listed(&document, "prompt_values_supported"),
        ["consent", "login", "none", "select_account"].map(str::to_owned).into()
    );
    for (name, parameter, error) in [
        ("request_parameter_supported", "request", "request_not_supported"),
        ("request_uri_parameter_supported", "request_uri", "request_uri_not_supported"),
    ] {
        assert_eq!(document.member(name), false);
        let page = opened(&world, &[(parameter, "https://spa.example/request")]).await;
        assert_eq!(sent_back(&world, &page), error);
        assert_eq!(last(&world).await, "authorize-malformed");
    }
    for scope in listed(&document, "scopes_supported") {
        let wanted = format!("openid {scope}");
        let answer = world.t1().tokens("alice", &[("scope", &wanted)]).await;
        assert!(answer.member("id_token").is_string(), "{scope}: {}", answer.text);
    }
    // `claims` carries what a challenge of an API asks of the sign-in.
    assert_eq!(document.member("claims_parameter_supported"), true);
    let claims =
        json!({ "access_token": { "acrs": { "essential": true, "value": "urn:stead:acr:mfa" } } });
    let page = opened(&world, &[("claims", &claims.to_string())]).await;
    assert!(page.shows("login"), "{}", page.text);
}

#[tokio::test]
async fn md_04_every_way_to_authenticate_and_every_algorithm_advertised_is_meant() {
    let world = World::new().await;
    let document = document(&world).await;
    assert_eq!(
        listed(&document, "token_endpoint_auth_methods_supported"),
        ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"]
            .map(str::to_owned)
            .into()
    );
    let code = world.t1().code("alice", &AS_WEB).await;
    let post = Auth::Post("web", testkit::WEB_SECRET);
    assert_eq!(world.t1().token(post, &of_web(&code)).await.status, 200);
    let keys = world.t1().get("/t1/discovery/v2.0/keys").await;
    let published: BTreeSet<String> = keys
        .member("keys")
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["alg"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed(&document, "id_token_signing_alg_values_supported"), published);
    for methods in ["introspection_endpoint", "revocation_endpoint"] {
        let methods = listed(&document, &format!("{methods}_auth_methods_supported"));
        assert!(methods.contains("client_secret_basic") && methods.contains("private_key_jwt"));
    }
    for (name, algorithms) in document.json().as_object().unwrap() {
        if name.ends_with("_signing_alg_values_supported") {
            let text = algorithms.to_string();
            assert!(!text.contains("none") && !text.contains("HS"), "{name}: {text}");
        }
    }
    // The same user is the same `sub` to everybody, so nothing else is promised.
    assert_eq!(document.member("subject_types_supported"), json!(["public"]));
}

#[tokio::test]
async fn md_05_both_grants_and_the_iss_parameter_are_advertised() {
    let world = World::new().await;
    let document = document(&world).await;
    let grants = listed(&document, "grant_types_supported");
    for grant in ["token-exchange", "jwt-bearer"] {
        assert!(
            grants.contains(&format!("urn:ietf:params:oauth:grant-type:{grant}")),
            "{grants:?}"
        );
    }
    assert_eq!(document.member("authorization_response_iss_parameter_supported"), true);
    let page = opened(&world, &[("prompt", "none")]).await;
    assert_eq!(page.parameter("iss"), Some(world.t1().issuer()));
    // Client ID metadata documents come later, and are not promised.
    assert_eq!(document.member("client_id_metadata_document_supported"), Value::Null);
}

#[tokio::test]
async fn od_01_the_discovery_document_has_all_required_members_and_rs256() {
    let world = World::new().await;
    let document = document(&world).await;
    let issuer = document.member("issuer").as_str().unwrap().to_owned();
    let url = format!("{}{}", world.base(), PLACES[0]);
    assert_eq!(url.strip_suffix("/.well-known/openid-configuration"), Some(issuer.as_str()));
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
        assert!(document.member(name).is_string(), "{name}");
    }
    assert_eq!(document.member("response_types_supported"), json!(["code"]));
    assert!(listed(&document, "subject_types_supported").contains("public"));
    assert!(listed(&document, "id_token_signing_alg_values_supported").contains("RS256"));
    assert!(listed(&document, "scopes_supported").contains("openid"));

    let tokens = world.t1().tokens("alice", &[]).await;
    let id_token = tokens.member("id_token").as_str().unwrap().to_owned();
    let header = stead_proto::digest::from_base64url(id_token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header["alg"], "RS256");
}
