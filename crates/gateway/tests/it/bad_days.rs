//! A provider in disorder: what it answers then reaches nobody and is kept for nobody, and the caller hears whose turn
//! it is (KG-17).

use crate::stub::Beside;
use crate::support::refusal;
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;
use stead::Challenge;
use stead_gateway::config::WhenDown;
use stub_provider::{Asked, given, says};

/// What a caller hears of one answer: status, code, and after how many seconds to come again.
type Heard = (u16, String, Option<String>);

fn later(seconds: &str) -> Heard {
    (503, "STEAD-2013".to_owned(), Some(seconds.to_owned()))
}

/// What alice hears while the provider answers so. A minute later it answers well, and she gets what is hers.
async fn heard(answer: impl Fn(&Asked) -> Response + Send + 'static) -> Heard {
    let beside = Beside::start(|_| {}).await;
    let alice = beside.stub.token("alice", "dashboard");
    beside.stub.answers(answer);
    let response = beside.get("/0/a", &alice).send().await.unwrap();
    let after = response.headers().get(header::RETRY_AFTER).cloned();
    let (status, code) = refusal(response).await;
    assert_eq!(beside.upstream.seen().len(), 0, "it went on");

    beside.stub.answers(|asked| given(asked, &json!({})));
    beside.stub.pass(60);
    assert_eq!(beside.status("/0/a", &alice).await, 200);
    let claims = beside.upstream.only().claims();
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("alice"), &json!("api://data-0")));
    (status, code, after.map(|after| after.to_str().unwrap().to_owned()))
}

#[tokio::test]
async fn kg_17_html_and_errors_of_servers_are_no_tokens_and_no_refusals() {
    let page = "<html>We will be back soon</html>";
    for status in [200, 403, 502, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        let said = heard(move |_| (status, Html(page)).into_response()).await;
        assert_eq!(said, later("5"), "{status}");
    }
    for body in ["", "{}", r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#] {
        assert_eq!(heard(move |_| body.into_response()).await, later("5"), "{body}");
    }
}

#[tokio::test]
async fn kg_17_a_token_of_another_user_or_audience_is_taken_from_nobody() {
    for wrong in [
        json!({ "sub": "mallory" }),
        json!({ "aud": "api://data-1" }),
        json!({ "aud": ["api://data-1", "api://data-2"] }),
    ] {
        assert_eq!(heard(move |asked| given(asked, &wrong)).await, later("5"));
    }
}

#[tokio::test]
async fn a_refusal_is_a_refusal_under_a_200_too_and_a_demand_a_demand() {
    for status in [200, 400] {
        let refused = json!({ "error": "invalid_grant", "error_description": "no" });
        let (code, said, _) = heard(move |_| says(status, refused.clone())).await;
        assert_eq!((code, &*said), (403, "STEAD-2012"));
        let demanded = json!({ "error": "interaction_required", "claims": "{}" });
        let (code, said, _) = heard(move |_| says(status, demanded.clone())).await;
        assert_eq!((code, &*said), (401, "STEAD-2011"));
    }
}

#[tokio::test]
async fn one_users_demand_is_told_to_nobody_else() {
    let beside = Beside::start(|_| {}).await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"mfa"}}}"#;
    beside.stub.answers(move |asked| match asked.subject()["sub"].as_str() {
        Some("alice") => says(400, json!({ "error": "interaction_required", "claims": claims })),
        _ => given(asked, &json!({})),
    });
    let [alice, bob] = ["alice", "bob"].map(|user| beside.stub.token(user, "dashboard"));
    let told = beside.get("/0/a", &alice).send().await.unwrap();
    assert_eq!(Challenge::from_headers(told.headers()).unwrap().claims(), claims);
    assert_eq!(beside.status("/0/a", &bob).await, 200);
    assert_eq!(beside.upstream.only().claims()["sub"], "bob");
}

#[tokio::test]
async fn our_own_mistakes_are_a_500_that_says_nothing_of_them() {
    let refused =
        json!({ "error": "invalid_client", "error_description": "the secret has expired" });
    let beside = Beside::start(|_| {}).await;
    beside.stub.answers(move |_| says(401, refused.clone()));
    let alice = beside.stub.token("alice", "dashboard");
    let response = beside.get("/0/a", &alice).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 500);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["code"], "STEAD-2014");
    assert!(!body.to_string().contains("secret"));
}

#[tokio::test]
async fn a_provider_that_says_when_to_come_back_is_left_alone_until_then() {
    let beside = Beside::start(|_| {}).await;
    beside.stub.answers(|_| {
        let mut response = says(429, json!({ "error": "slow_down" }));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
        response
    });
    let [alice, bob] = ["alice", "bob"].map(|user| beside.stub.token(user, "dashboard"));
    for (user, seconds) in [(&alice, "7"), (&bob, "7")] {
        let response = beside.get("/0/a", user).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &HeaderValue::from_static(seconds))
        );
    }
    assert_eq!(beside.stub.exchanges(), 1);
    beside.stub.answers(|asked| given(asked, &json!({})));
    beside.stub.pass(7);
    assert_eq!(beside.status("/0/a", &bob).await, 200);
}

#[tokio::test]
async fn a_token_without_a_lifetime_is_kept_for_a_minute_at_most() {
    let beside = Beside::start(|_| {}).await;
    beside.stub.answers(|asked| {
        let token = format!("opaque-{}", asked.number);
        says(200, json!({ "access_token": token, "token_type": "Bearer" }))
    });
    let alice = beside.stub.token("alice", "dashboard");
    assert_eq!(beside.status("/0/a", &alice).await, 200);
    assert_eq!(beside.status("/0/b", &alice).await, 200);
    beside.stub.pass(60);
    assert_eq!(beside.status("/0/c", &alice).await, 200);
    let sent: Vec<_> = beside
        .upstream
        .seen()
        .iter()
        .map(|it| it.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["Bearer opaque-0", "Bearer opaque-0", "Bearer opaque-1"]);
}

#[tokio::test]
async fn kg_17_a_slow_provider_keeps_only_those_waiting_who_need_it_and_not_for_long() {
    let beside = Beside::start(|config| {
        config.when_down = WhenDown { timeout: Duration::from_millis(200), ..config.when_down };
    })
    .await;
    let [alice, bob] = ["alice", "bob"].map(|user| beside.stub.token(user, "dashboard"));
    served(&beside, &bob).await;
    beside.stub.hesitates(true);
    let response = beside.get("/0/a", &alice).send().await.unwrap();
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(refusal(response).await, (503, "STEAD-2013".to_owned()));
    assert_eq!(beside.status("/0/b", &bob).await, 200);
    beside.stub.hesitates(false);
    served(&beside, &alice).await;
    let last = beside.upstream.seen().pop().unwrap();
    assert_eq!(last.claims()["sub"], "alice");
}

/// Asks until it is answered: so short a wait may run out on a machine that is busy.
async fn served(beside: &Beside, token: &str) {
    let asking = async {
        while beside.status("/0/a", token).await != 200 {
            beside.stub.pass(5);
        }
    };
    tokio::time::timeout(Duration::from_mins(1), asking).await.unwrap();
}
