//! `/token` and `/introspect`.

use super::{OverSocket, claims, rows, says, told};
use crate::support::strict;
use serde_json::{Value, json};
use stead::Challenge;
use stead_gateway::config::{Exchange, GatewayConfig};

#[tokio::test]
async fn an_application_gets_a_token_on_behalf_of_its_caller() {
    let api = OverSocket::new().await;
    let alice = api.stage.token("alice").await;
    let (status, given) = api.json("/token", rows(&alice)).await;
    assert_eq!(
        (status, &given["token_type"], &given["scope"]),
        (200, &json!("Bearer"), &json!("B.read"))
    );
    assert!(given["expires_in"].as_i64().unwrap() > 0, "{given}");
    let says = says(&given);
    assert_eq!(
        (&says["sub"], &says["aud"], &says["act"]["sub"]),
        (&json!("user-alice"), &json!("api://b"), &json!("api-a"))
    );
}

#[tokio::test]
async fn however_it_is_asked_it_is_one_question_to_one_cache() {
    let api = OverSocket::new().await;
    let alice = api.stage.token("alice").await;
    api.stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    let seen = api.stage.upstream.only();
    let passed_on = seen.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    for more in [
        json!({ "target": "api://b/B.read" }),
        json!({ "scope": "api://b/B.read" }),
        json!({ "audience": "api://b", "scope": "B.read", "provider": "corp" }),
        json!({ "audience": "api://b", "scope": "B.read", "provider": "tokenx" }),
    ] {
        let mut asked = json!({ "user_token": alice });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, given) = api.json("/token", asked).await;
        assert_eq!((status, given["access_token"].as_str()), (200, Some(passed_on)), "{more}");
    }
    let mut another = rows(&alice);
    another["skip_cache"] = true.into();
    let (_, given) = api.json("/token", another).await;
    assert_ne!(given["access_token"], passed_on);
    let resource = json!({ "user_token": alice, "resource": "api://b", "scope": "B.read" });
    assert_eq!(says(&api.json("/token", resource).await.1)["aud"], "api://b");
}

#[tokio::test]
async fn a_question_that_is_none_is_refused_with_the_reason() {
    let api = OverSocket::new().await;
    let alice = api.stage.token("alice").await;
    let bob = api.stage.token("bob").await;
    let with = |name: &str, value: Value| {
        let mut asked = rows(&alice);
        asked[name] = value;
        asked
    };
    for (asked, status, code) in [
        (with("provider", json!("nobody")), 400, "STEAD-2044"),
        (with("target", json!("")), 400, "STEAD-2045"),
        (with("audience", json!("api://b")), 400, "STEAD-2045"),
        (with("target", json!(1)), 400, "STEAD-2043"),
        (with("scopes", json!("B.read")), 400, "STEAD-2043"),
        (json!({ "target": "api://b/B.read" }), 400, "STEAD-2043"),
        (rows("x.y.z"), 401, "STEAD-2006"),
        (rows(&bob), 403, "STEAD-2012"),
    ] {
        let (told, body) = api.json("/token", asked.clone()).await;
        assert_eq!((told, body["code"].as_str()), (status, Some(code)), "{asked}");
        assert_eq!(body.get("access_token"), None);
    }
    let (status, body) = api.json("/tokens", rows(&alice)).await;
    assert_eq!((status, &body["code"]), (404, &json!("STEAD-2042")));
    let got = api.http.get("http://localhost/token").send().await.unwrap();
    assert_eq!(told(got).await.1["code"], "STEAD-2003");
    let plain = api.ask("/token").body(rows(&alice).to_string()).send().await.unwrap();
    assert_eq!(told(plain).await.1["code"], "STEAD-2043");
    let long = "a".repeat(200_000);
    assert_eq!(api.json("/token", rows(&long)).await.1["code"], "STEAD-2043");
}

#[tokio::test]
async fn a_demand_to_sign_in_again_is_told_with_all_that_is_to_be_passed_on() {
    let api = OverSocket::beside(strict().await, |_| {}).await;
    let alice = api.stage.token("alice").await;
    let answer = api.ask("/token").json(&rows(&alice)).send().await.unwrap();
    let challenge = Challenge::from_headers(answer.headers()).unwrap();
    let (status, body) = told(answer).await;
    assert_eq!((status, &body["code"]), (401, &json!("STEAD-2011")));
    assert_eq!(body["claims"], challenge.claims());
    assert_eq!(body["acr_values"], "urn:stead:acr:mfa");
    let headers = challenge.www_authenticate();
    let told: Vec<_> = headers.iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(body["www_authenticate"], json!(told));
}

#[tokio::test]
async fn a_handle_is_taken_wherever_a_token_of_the_caller_is() {
    let handles = |config: &mut GatewayConfig| config.routes[0].exchange = Exchange::Handle;
    let api = OverSocket::with(handles).await;
    let alice = api.stage.token("alice").await;
    api.stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    let seen = api.stage.upstream.only();
    let handle = seen.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    let (_, for_the_token) = api.json("/token", rows(&alice)).await;
    assert_eq!(api.json("/token", rows(handle)).await, (200, for_the_token));
    let (_, said) = api.json("/introspect", json!({ "token": handle })).await;
    assert_eq!((&said["active"], &said["sub"]), (&json!(true), &json!("user-alice")));
    let nobodys = format!("stead_h_{}", "0".repeat(32));
    let (status, body) = api.json("/token", rows(&nobodys)).await;
    assert_eq!((status, &body["code"]), (401, &json!("STEAD-2051")));
}

#[tokio::test]
async fn what_a_token_says_is_told_once_it_is_proved() {
    let api = OverSocket::new().await;
    let alice = api.stage.token("alice").await;
    let (status, told) = api.json("/introspect", json!({ "token": alice })).await;
    let mut all = claims(&alice);
    all["active"] = true.into();
    assert_eq!((status, told), (200, all));
    let mut forged = alice.clone();
    forged.replace_range(alice.len() - 8.., "AAAAAAAA");
    for (wrong, problem) in [
        ("", "the token does not have three parts"),
        ("x.y.z", "a part of the token is not base64url"),
        (&forged, "the token's signature is wrong"),
    ] {
        let (status, told) = api.form("/introspect", &[("token", wrong)]).await;
        assert_eq!((status, told), (200, json!({ "active": false, "error": problem })), "{wrong}");
    }
}
