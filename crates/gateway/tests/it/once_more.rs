//! A service that says 401 to the token: once more with a new one, if the request can be sent again.

use crate::stub::Beside;
use crate::support::{Stage, refusal};

#[tokio::test]
async fn after_a_401_the_request_is_sent_once_more_with_a_new_token() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    stage.upstream.next(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")]);
    let answer = stage.post("/b/a").bearer_auth(&alice).body("twice").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);

    let seen = stage.upstream.seen();
    let [first, refused, again] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!(first.header("authorization"), refused.header("authorization"));
    assert_ne!(refused.claims()["jti"], again.claims()["jti"]);
    assert_eq!(
        (again.claims()["sub"].as_str(), again.body.as_ref()),
        (Some("user-alice"), &b"twice"[..])
    );
}

#[tokio::test]
async fn a_second_401_is_the_gateways_to_answer_for() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    stage.upstream.next(401, &[]);
    stage.upstream.next(401, &[]);
    let answer = stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    assert_eq!(refusal(answer).await, (502, "STEAD-2017".to_owned()));
    assert_eq!(stage.upstream.seen().len(), 2);
}

#[tokio::test]
async fn a_large_body_is_not_sent_again_but_the_next_request_has_a_new_token() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    stage.upstream.next(401, &[]);
    let body = "b".repeat(1024 * 1024);
    let answer = stage.post("/b/a").bearer_auth(&alice).body(body).send().await.unwrap();
    assert_eq!(refusal(answer).await, (502, "STEAD-2017".to_owned()));
    stage.get("/b/a").bearer_auth(&alice).send().await.unwrap();
    let seen = stage.upstream.seen();
    let [refused, next] = seen.as_slice() else { panic!("{} requests", seen.len()) };
    assert_ne!(refused.claims()["jti"], next.claims()["jti"]);
}

#[tokio::test]
async fn where_no_token_was_exchanged_a_401_is_the_services_own() {
    let stage = Stage::new().await;
    stage.upstream.next(401, &[("www-authenticate", "Basic realm=\"x\"")]);
    let answer = stage.get("/public/a").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["www-authenticate"]),
        (401, &"Basic realm=\"x\"".parse().unwrap())
    );
}

/// How many exchanges it costs when the service refuses every token, by which HTTP is spoken. What each caller hears is
/// 502, since their own token is good.
async fn exchanges_of(http: reqwest::ClientBuilder) -> usize {
    let beside = Beside::start(|_| {}).await;
    let http = http.no_proxy().build().unwrap();
    let [alice, bob] = ["alice", "bob"].map(|user| beside.stub.token(user, "dashboard"));
    let ask = async |path: &str, token: &str| {
        (0..2).for_each(|_| beside.upstream.next(401, &[]));
        let url = format!("http://{}{path}", beside.gateway.proxy().unwrap());
        let answer = http.post(url).bearer_auth(token).body("rows").send().await.unwrap();
        beside.upstream.forget_next();
        refusal(answer).await
    };
    for (path, token) in [("/0/a", &alice), ("/0/a", &bob), ("/1/a", &alice)] {
        for _ in 0..3 {
            assert_eq!(ask(path, token).await, (502, "STEAD-2017".to_owned()));
        }
    }
    let within_a_moment = beside.stub.exchanges();
    beside.stub.pass(5);
    ask("/0/a", &alice).await;
    assert_eq!(beside.stub.exchanges(), within_a_moment + 1);
    // It takes tokens again: the last one is as good as any.
    assert_eq!(beside.status("/0/a", &alice).await, 200);
    assert_eq!(beside.stub.exchanges(), within_a_moment + 1);
    within_a_moment
}

#[tokio::test]
async fn a_service_that_takes_no_token_costs_no_exchange_with_every_request() {
    // Two for each of two users and two targets, of which one user asked for one alone.
    assert_eq!(exchanges_of(reqwest::Client::builder().http1_only()).await, 6);
    assert_eq!(exchanges_of(reqwest::Client::builder().http2_prior_knowledge()).await, 6);
}
