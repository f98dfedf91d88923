//! Who is not let in, and what they hear.

use crate::support::{Stage, refusal, strict};
use http::header::WWW_AUTHENTICATE;
use reqwest::Response;
use stead::Challenge;
use stead_gateway::config::OnChallenge;
use stead_proto::acr::Acr;

fn challenge(answer: &Response) -> &str {
    answer.headers()[WWW_AUTHENTICATE].to_str().unwrap()
}

#[tokio::test]
async fn whoever_may_not_hears_why_and_nothing_reaches_the_service() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    let none = stage.get("/b/a").send().await.unwrap();
    assert_eq!(challenge(&none), "Bearer");
    assert_eq!(refusal(none).await, (401, "STEAD-2004".to_owned()));

    let bad = stage.get("/b/a").bearer_auth(format!("{alice}x")).send().await.unwrap();
    assert!(challenge(&bad).contains("error=\"invalid_token\""));
    assert_eq!(refusal(bad).await, (401, "STEAD-2006".to_owned()));

    let lacking = stage.get("/more/a").bearer_auth(&alice).send().await.unwrap();
    assert!(challenge(&lacking).contains("scope=\"A.nothing\""));
    assert_eq!(refusal(lacking).await, (403, "STEAD-2007".to_owned()));

    let nowhere = stage.get("/nowhere").bearer_auth(&alice).send().await.unwrap();
    assert_eq!(refusal(nowhere).await, (404, "STEAD-2002".to_owned()));
    assert_eq!(stage.upstream.seen().len(), 0);
    assert_eq!(stage.get("/b/a").bearer_auth(&alice).send().await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn a_token_for_another_audience_or_by_another_issuer_is_none_for_here() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    let for_b = stage.world.t1().obo_exchange(&alice, "api://b", "B.read").await;
    let for_b: serde_json::Value = serde_json::from_str(&for_b.text).unwrap();
    let for_b = for_b["access_token"].as_str().unwrap().to_owned();
    let of_t2 = stage.world.t2().token_for_a("eve").await;
    for token in [for_b, of_t2] {
        let answer = stage.get("/b/a").bearer_auth(token).send().await.unwrap();
        assert_eq!(refusal(answer).await, (401, "STEAD-2006".to_owned()));
    }
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn a_refused_exchange_fails_closed_and_says_where_to_look() {
    let stage = Stage::new().await;
    let bob = stage.token("bob").await;
    let answer = stage.get("/b/a").bearer_auth(&bob).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "STEAD-2012");
    assert!(body["provider_trace_id"].is_string() && body["reason_uri"].is_string(), "{body}");
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn a_token_twice_or_in_the_query_is_refused() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    let twice = stage.get("/b/a").bearer_auth(&alice).bearer_auth(&alice).send().await.unwrap();
    assert_eq!(refusal(twice).await, (400, "STEAD-2005".to_owned()));
    for path in ["/b/a", "/public/a"] {
        let query = stage.get(&format!("{path}?access_token={alice}")).send().await.unwrap();
        assert_eq!(refusal(query).await, (400, "STEAD-2005".to_owned()));
    }
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn a_demand_to_sign_in_again_is_passed_on_in_both_languages() {
    let stage = Stage::beside(strict().await, |_| {}).await;
    let alice = stage.token("alice").await;
    let answer = stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    let told = Challenge::from_headers(answer.headers()).unwrap();
    assert_eq!(told.acr_values(), [Acr::MultiFactor.as_str()]);
    assert!(told.claims().contains("acrs"), "{}", told.claims());
    let headers = answer.headers().get_all(WWW_AUTHENTICATE).iter().count();
    assert_eq!(headers, 2);
    assert_eq!(refusal(answer).await, (401, "STEAD-2011".to_owned()));
}

#[tokio::test]
async fn a_demand_is_hidden_where_the_route_says_so() {
    let stage = Stage::beside(strict().await, |config| {
        config.routes[0].on_challenge = OnChallenge::Hide;
    })
    .await;
    let alice = stage.token("alice").await;
    let answer = stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    assert!(!answer.headers().contains_key(WWW_AUTHENTICATE));
    assert_eq!(refusal(answer).await, (403, "STEAD-2012".to_owned()));
}

/// How a service demands it.
const DEMAND: &str =
    "Bearer error=\"insufficient_user_authentication\", acr_values=\"urn:stead:acr:mfa\"";

#[tokio::test]
async fn a_demand_of_a_service_that_gets_no_new_token_is_hidden_where_the_route_says_so() {
    for (on_challenge, status) in [(OnChallenge::Pass, 401), (OnChallenge::Hide, 403)] {
        let stage = Stage::with(|config| {
            config.routes.iter_mut().for_each(|route| route.on_challenge = on_challenge);
        })
        .await;
        let alice = stage.token("alice").await;
        for path in ["/own/a", "/public/a"] {
            stage.upstream.next(401, &[("www-authenticate", DEMAND)]);
            let answer = stage.get(path).bearer_auth(&alice).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{path}");
            assert_eq!(answer.headers().contains_key(WWW_AUTHENTICATE), status == 401, "{path}");
        }
    }
}

#[tokio::test]
async fn a_demand_of_the_service_itself_is_passed_on_too() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    stage.upstream.next(401, &[("www-authenticate", DEMAND)]);
    let answer = stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    let told = Challenge::from_headers(answer.headers()).unwrap();
    assert_eq!(told.acr_values(), [Acr::MultiFactor.as_str()]);
    assert_eq!(refusal(answer).await, (401, "STEAD-2011".to_owned()));
    assert_eq!(stage.upstream.seen().len(), 1);
}
