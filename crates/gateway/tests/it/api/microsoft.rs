//! The paths and words of Microsoft's authentication sidecar.

use super::{OverSocket, claims, told};
use crate::support::strict;
use http::Method;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use stead::{Challenge, Target};
use stead_gateway::config::{ApiConfig, Base, Downstream, Overrides, Speaks, Upstream};
use testkit::World;

/// `rows`, which is at the upstream of the stage under `/v1/`, and `named`, which is nowhere.
async fn api(world: World, change: impl FnOnce(&mut ApiConfig)) -> OverSocket {
    let upstream = crate::upstream::Upstream::start().await;
    let origin = format!("http://{}", upstream.address).parse().unwrap();
    let base = Base {
        upstream: Upstream { origin, speaks: Speaks::Usual },
        path: "/v1/".to_owned(),
        relative: "rows".to_owned(),
    };
    let known = |name: &str, base: Option<Base>| Downstream {
        name: name.to_owned(),
        provider: "corp".to_owned(),
        target: Target::parse("api://b/B.read").unwrap(),
        base,
        method: Method::GET,
    };
    let change = |api: &mut ApiConfig| {
        api.downstream = vec![known("rows", Some(base)), known("named", None)];
        change(api);
    };
    let mut api = OverSocket::beside(world, change).await;
    api.stage.upstream = upstream;
    api
}

fn taken(api: &mut ApiConfig) {
    api.overrides = Overrides::Taken;
}

fn get(api: &OverSocket, path: &str, token: &str) -> RequestBuilder {
    api.http.get(format!("http://localhost{path}")).bearer_auth(token)
}

fn header(body: &Value) -> &str {
    body["authorizationHeader"].as_str().unwrap().strip_prefix("Bearer ").unwrap()
}

#[tokio::test]
async fn a_header_that_was_sent_is_looked_into() {
    let api = api(World::new().await, |_| {}).await;
    let alice = api.stage.token("alice").await;
    let (status, body) = told(get(&api, "/Validate", &alice).send().await.unwrap()).await;
    let wanted = json!({ "protocol": "Bearer", "token": alice, "claims": claims(&alice) });
    assert_eq!((status, body), (200, wanted));
    let (status, body) = told(get(&api, "/Validate", "x.y.z").send().await.unwrap()).await;
    assert_eq!(
        (status, &body["status"], &body["title"]),
        (401, &json!(401), &json!("Unauthorized"))
    );
    assert_eq!(
        (&body["code"], &body["detail"]),
        (&json!("STEAD-2006"), &body["error_description"])
    );
    let none = api.http.get("http://localhost/Validate").send().await.unwrap();
    assert_eq!(told(none).await.1["code"], "STEAD-2004");
}

#[tokio::test]
async fn a_header_for_an_api_that_is_known_by_its_name_is_made() {
    let api = api(World::new().await, |_| {}).await;
    let (alice, bob) = (api.stage.token("alice").await, api.stage.token("bob").await);
    for name in ["rows", "named"] {
        let path = format!("/AuthorizationHeader/{name}");
        let (status, body) = told(get(&api, &path, &alice).send().await.unwrap()).await;
        assert_eq!((status, &claims(header(&body))["aud"]), (200, &json!("api://b")));
    }
    for (path, token, status, code) in [
        ("/AuthorizationHeader/rows", &bob, 401, "STEAD-2012"),
        ("/AuthorizationHeader/others", &alice, 400, "STEAD-2044"),
        ("/AuthorizationHeaderUnauthenticated/rows", &alice, 403, "STEAD-2046"),
    ] {
        let (got, body) = told(get(&api, path, token).send().await.unwrap()).await;
        assert_eq!((got, body["code"].as_str()), (status, Some(code)), "{path}");
    }
}

#[tokio::test]
async fn what_the_configuration_says_is_not_overridden_unless_it_says_so() {
    let fresh = "/AuthorizationHeader/rows?optionsOverride.AcquireTokenOptions.ForceRefresh=true";
    let (off, on) = (api(World::new().await, |_| {}).await, api(World::new().await, taken).await);
    let alice = off.stage.token("alice").await;
    let (status, body) = told(get(&off, fresh, &alice).send().await.unwrap()).await;
    assert_eq!((status, &body["code"]), (400, &json!("STEAD-2047")));

    let alice = on.stage.token("alice").await;
    let kept = told(get(&on, "/AuthorizationHeader/rows", &alice).send().await.unwrap()).await.1;
    let (status, another) = told(get(&on, fresh, &alice).send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert_ne!(header(&another), header(&kept));
    let elsewhere = "/AuthorizationHeader/rows?optionsOverride.BaseUrl=https://evil.example";
    let (status, _) = told(get(&on, elsewhere, &alice).send().await.unwrap()).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn an_api_is_called_with_the_token_and_its_answer_told() {
    let api = api(World::new().await, taken).await;
    let alice = api.stage.token("alice").await;
    let call = |path: &str| api.ask(path).bearer_auth(&alice);
    api.stage.upstream.next(201, &[("content-type", "text/plain"), ("set-cookie", "a=b")]);
    let (status, told_of_it) = told(call("/DownstreamApi/rows").send().await.unwrap()).await;
    let wanted = json!({
        "statusCode": 201, "content": "of the service",
        "headers": { "Content-Type": ["text/plain"] },
    });
    assert_eq!((status, told_of_it), (200, wanted));
    let seen = api.stage.upstream.only();
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", "/v1/rows"));
    assert_eq!(seen.claims()["aud"], "api://b");

    let otherwise = "/DownstreamApi/rows?optionsOverride.RelativePath=rows/7%3Fa%3Db&\
                     optionsOverride.HttpMethod=PUT";
    call(otherwise).json(&json!({ "a": 1 })).send().await.unwrap();
    let seen = api.stage.upstream.seen().pop().unwrap();
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("PUT", "/v1/rows/7?a=b"));
    assert_eq!(
        (seen.header("content-type"), &*seen.body),
        (Some("application/json"), &br#"{"a":1}"#[..])
    );

    for (path, code) in [
        ("/DownstreamApi/named", "STEAD-2044"),
        ("/DownstreamApi/rows?optionsOverride.RelativePath=../admin", "STEAD-2047"),
    ] {
        assert_eq!(told(call(path).send().await.unwrap()).await.1["code"], code, "{path}");
    }
    assert_eq!(api.stage.upstream.seen().len(), 2);
}

#[tokio::test]
async fn a_token_that_the_api_does_not_take_is_got_anew_once_and_a_demand_is_passed_on() {
    let api = api(World::new().await, |_| {}).await;
    let alice = api.stage.token("alice").await;
    let call = || api.ask("/DownstreamApi/rows").bearer_auth(&alice).send();
    api.stage.upstream.next(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")]);
    let (_, body) = told(call().await.unwrap()).await;
    assert_eq!(body["statusCode"], 200);
    let seen = api.stage.upstream.seen();
    let [first, second] = seen.as_slice() else { panic!("{seen:?}") };
    assert_ne!(first.header("authorization"), second.header("authorization"));

    let demand = "Bearer error=\"insufficient_user_authentication\", acr_values=\"c1\"";
    api.stage.upstream.next(401, &[("www-authenticate", demand)]);
    let answer = call().await.unwrap();
    assert_eq!(Challenge::from_headers(answer.headers()).unwrap().acr_values(), ["c1"]);
    assert_eq!(told(answer).await.1["code"], "STEAD-2011");
}

#[tokio::test]
async fn a_demand_of_the_provider_is_a_problem_with_all_that_is_to_be_passed_on() {
    let api = api(strict().await, |_| {}).await;
    let alice = api.stage.token("alice").await;
    let answer = get(&api, "/AuthorizationHeader/rows", &alice).send().await.unwrap();
    let challenge = Challenge::from_headers(answer.headers()).unwrap();
    let (status, body) = told(answer).await;
    assert_eq!((status, &body["status"]), (401, &json!(401)));
    assert_eq!(body["claims"], challenge.claims());
}
