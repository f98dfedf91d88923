//! A service that says 401 to the token: once more with a new one, if the request can be sent again.

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
