//! Bad days: the provider is down, slow, in disorder, or answers with what was never asked for. Nothing wrong is
//! kept, nobody gets another's token.

use crate::stub::{NOON, World, issue, says, until};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;
use stead::issuer::BreakerState;
use stead::{
    AcquireError, AcquireOptions, Credential, Dialect, Jwt, Obo, Provider, Seconds, Target,
    Timestamp, Transport,
};

const ROWS: &str = "api://company-data/Rows.Read";

fn unavailable(after: Option<u32>) -> AcquireError {
    AcquireError::Unavailable { retry_after: after.map(Seconds) }
}

fn wait(status: u16, seconds: &'static str) -> Response {
    let mut response = says(status, json!({ "error": "slow_down" }));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
    response
}

/// Asks for alice with one answer, then with a good one: what came of the first, and how often was asked.
async fn asked_with(answer: impl Fn() -> Response + Send + 'static) -> (AcquireError, usize) {
    let world = World::new().await;
    world.answers(move |_| answer());
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let error = obo.token(&alice, ROWS).await.unwrap_err();
    let asked = world.exchanges();
    world.answers(issue);
    world.pass(60);
    let good = obo.token(&alice, ROWS).await.unwrap();
    assert!(good.expose().starts_with("alice|"), "something wrong was kept");
    (error, asked)
}

#[tokio::test]
async fn what_breaks_over_there_is_asked_once_more_and_no_more() {
    for status in [500, 502, 503] {
        assert_eq!(asked_with(move || says(status, json!({}))).await, (unavailable(None), 2));
    }
    let world = World::new().await;
    world.answers(|asked| if asked.number == 0 { says(500, json!({})) } else { issue(asked) });
    let token = world.obo().token(&world.caller("alice"), ROWS).await.unwrap();
    assert_eq!(token.expose(), "alice|api://company-data Rows.Read|1");
}

#[tokio::test]
async fn each_try_proves_anew_who_asks() {
    let world = World::new().await;
    world.answers(|asked| if asked.number == 0 { says(500, json!({})) } else { issue(asked) });
    let (key, _) = stead::SigningKey::generate(stead::Algorithm::Es256).unwrap();
    world.obo_with(Credential::private_key(key)).token(&world.caller("alice"), ROWS).await.unwrap();
    let asked = world.asked();
    let statements: Vec<_> = asked.iter().map(|asked| asked.get("client_assertion")).collect();
    assert!(matches!(statements[..], [first, second] if first != second));
}

#[tokio::test]
async fn whoever_says_when_to_come_back_is_left_alone_until_then() {
    for status in [429, 503] {
        let world = World::new().await;
        world.answers(move |_| wait(status, "7"));
        let obo = world.obo();
        let (alice, bob) = (world.caller("alice"), world.caller("bob"));
        assert_eq!(obo.token(&alice, ROWS).await.unwrap_err(), unavailable(Some(7)));
        world.answers(issue);
        assert_eq!(obo.token(&bob, ROWS).await.unwrap_err(), unavailable(Some(7)));
        world.pass(6);
        assert_eq!(obo.token(&alice, ROWS).await.unwrap_err(), unavailable(Some(1)));
        assert_eq!(world.exchanges(), 1);
        world.pass(1);
        assert!(obo.token(&alice, ROWS).await.is_ok());
        assert!(obo.token(&bob, ROWS).await.is_ok());
    }
}

#[tokio::test]
async fn one_user_who_is_told_to_wait_keeps_no_other_waiting() {
    let world = World::new().await;
    world.answers(|asked| match asked.user().as_str() {
        "mallory" => says(400, json!({ "error": "temporarily_unavailable" })),
        _ => issue(asked),
    });
    let obo = world.obo();
    for _ in 0..20 {
        let refused = obo.token(&world.caller("mallory"), ROWS).await.unwrap_err();
        assert_eq!(refused, unavailable(None));
    }
    assert!(obo.token(&world.caller("alice"), ROWS).await.is_ok());
}

#[tokio::test]
async fn a_429_without_a_time_is_not_asked_again_at_once() {
    assert_eq!(asked_with(|| says(429, json!({}))).await, (unavailable(None), 1));
}

#[tokio::test]
async fn kg_17_a_slow_provider_is_waited_for_no_longer_than_the_budget() {
    let world = World::new().await;
    let builder = world.builder(Credential::secret("s")).budget(Duration::from_millis(50));
    let obo = builder.build().unwrap();
    // Its document is known, the token endpoint answers nobody.
    obo.provider().metadata().await.unwrap();
    world.hesitates(true);
    let alice = world.caller("alice");
    assert_eq!(obo.token(&alice, ROWS).await.unwrap_err(), unavailable(None));
    // A budget so small may run out again on a machine that is busy: somebody gets through.
    world.hesitates(false);
    until(async || {
        world.pass(5);
        obo.token(&alice, ROWS).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_unavailable() {
    // A port that was free a moment ago.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}/acme", listener.local_addr().unwrap());
    drop(listener);
    let transport = Transport::builder().plain_http_on_loopback().build().unwrap();
    let provider = Provider::builder(&issuer).transport(transport).build().unwrap();
    let builder = Obo::builder().provider(provider).client_id("reports-api");
    let obo = builder.credential(Credential::secret("s")).build().unwrap();
    let world = World::new().await;
    assert_eq!(obo.token(&world.caller("alice"), ROWS).await.unwrap_err(), unavailable(None));
}

#[tokio::test]
async fn after_ten_failures_nobody_asks_for_five_seconds_and_then_one_does() {
    let world = World::new().await;
    world.answers(|_| says(500, json!({})));
    let (obo, zoe) = (world.obo(), world.caller("zoe"));
    world.answers(issue);
    obo.token(&zoe, ROWS).await.unwrap();
    world.answers(|_| says(500, json!({})));
    for number in 0..10 {
        let refused = obo.token(&world.caller(&format!("user-{number}")), ROWS).await;
        assert_eq!(refused.unwrap_err(), unavailable(None));
    }
    assert_eq!(obo.provider().breaker_state(), BreakerState::Open);
    let asked = world.exchanges();
    let alice = world.caller("alice");
    assert_eq!(obo.token(&alice, ROWS).await.unwrap_err(), unavailable(Some(5)));
    // Those who have a token go on.
    assert!(obo.token(&zoe, ROWS).await.unwrap().expose().starts_with("zoe|"));
    assert_eq!(world.exchanges(), asked);

    world.pass(5);
    assert_eq!(obo.token(&alice, ROWS).await.unwrap_err(), unavailable(None));
    assert_eq!(obo.token(&alice, ROWS).await.unwrap_err(), unavailable(Some(5)));
    world.pass(5);
    world.answers(issue);
    assert!(obo.token(&alice, ROWS).await.is_ok());
    assert_eq!(obo.provider().breaker_state(), BreakerState::Closed);
}

#[tokio::test]
async fn a_token_near_its_end_serves_on_while_the_provider_is_left_alone() {
    let world = World::new().await;
    let (obo, zoe) = (world.obo(), world.caller("zoe"));
    obo.token(&zoe, ROWS).await.unwrap();
    world.answers(|_| wait(503, "60"));
    world.pass(275);
    let alice = world.caller("alice");
    assert_eq!(obo.token(&alice, ROWS).await.unwrap_err(), unavailable(Some(60)));
    let asked = world.exchanges();
    assert_eq!(obo.token(&zoe, ROWS).await.unwrap().expose(), "zoe|api://company-data Rows.Read|0");
    assert_eq!(world.exchanges(), asked);
    world.pass(25);
    assert!(obo.token(&zoe, ROWS).await.is_err());
}

#[tokio::test]
async fn nothing_kept_is_given_while_the_provider_is_left_alone_where_that_is_wanted() {
    let world = World::new().await;
    let builder = world.builder(Credential::secret("s3cret")).without_kept_while_away();
    let (obo, zoe) = (builder.build().unwrap(), world.caller("zoe"));
    let kept = obo.token(&zoe, ROWS).await.unwrap();
    world.answers(|_| wait(503, "5"));
    assert_eq!(obo.token(&world.caller("alice"), ROWS).await.unwrap_err(), unavailable(Some(5)));
    let asked = world.exchanges();
    assert_eq!(obo.token(&zoe, ROWS).await.unwrap_err(), unavailable(Some(5)));
    assert_eq!(world.exchanges(), asked);

    // Half open: whoever comes finds out, kept token or not.
    world.pass(5);
    assert_eq!(obo.token(&zoe, ROWS).await.unwrap_err(), unavailable(Some(5)));
    assert_eq!(world.exchanges(), asked + 1);
    world.pass(5);
    world.answers(issue);
    obo.token(&world.caller("bob"), ROWS).await.unwrap();
    // What was kept has outlived it.
    assert_eq!(obo.token(&zoe, ROWS).await.unwrap().expose(), kept.expose());
    assert_eq!(world.exchanges(), asked + 2);
}

#[tokio::test]
async fn what_a_resource_refused_does_not_outlive_the_time_in_which_nothing_kept_is_given() {
    let world = World::new().await;
    let builder = world.builder(Credential::secret("s3cret")).without_kept_while_away();
    let (obo, zoe) = (builder.build().unwrap(), world.caller("zoe"));
    let refused = obo.token(&zoe, ROWS).await.unwrap();
    world.answers(|_| wait(503, "5"));
    assert_eq!(obo.token(&world.caller("alice"), ROWS).await.unwrap_err(), unavailable(Some(5)));
    let instead = obo.token_instead_of(&refused, &zoe, ROWS, AcquireOptions::default());
    assert_eq!(instead.await.unwrap_err(), unavailable(Some(5)));
    world.pass(5);
    world.answers(issue);
    obo.token(&world.caller("bob"), ROWS).await.unwrap();
    assert_ne!(obo.token(&zoe, ROWS).await.unwrap().expose(), refused.expose());
}

#[tokio::test]
async fn refusals_are_no_failures_of_the_provider() {
    let world = World::new().await;
    world.answers(|_| says(400, json!({ "error": "invalid_grant" })));
    let obo = world.obo();
    for number in 0..30 {
        assert!(obo.token(&world.caller(&format!("user-{number}")), ROWS).await.is_err());
    }
    assert_eq!(obo.provider().breaker_state(), BreakerState::Closed);
    assert_eq!(world.exchanges(), 30);
}

#[tokio::test]
async fn html_and_other_nonsense_is_no_token_and_no_refusal() {
    let page = "<html>We will be back soon</html>";
    for status in [StatusCode::OK, StatusCode::FORBIDDEN] {
        let answer = move || (status, Html(page)).into_response();
        assert_eq!(asked_with(answer).await, (unavailable(None), 1));
    }
    assert_eq!(
        asked_with(move || (StatusCode::BAD_GATEWAY, Html(page)).into_response()).await.1,
        2
    );
    let twice = r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#;
    for body in ["", "{}", "[]", "null", r#"{"access_token":"a"}"#, twice] {
        let (error, _) = asked_with(move || (StatusCode::OK, body).into_response()).await;
        assert_eq!(error, unavailable(None), "{body}");
    }
}

#[tokio::test]
async fn a_200_that_refuses_is_a_refusal() {
    let body = json!({ "error": "invalid_grant", "error_description": "no" });
    let (error, _) = asked_with(move || says(200, body.clone())).await;
    assert!(matches!(error, AcquireError::Denied(_)), "{error:?}");
    let body = json!({ "error": "interaction_required", "claims": "{}" });
    let (error, _) = asked_with(move || says(200, body.clone())).await;
    assert!(matches!(error, AcquireError::Challenge(_)), "{error:?}");
}

/// A signed token with these claims changed in what alice's should be at company-data.
async fn answered_with(
    changes: Value,
    target: Target,
    dialect: Dialect,
) -> Result<Timestamp, AcquireError> {
    let world = World::new().await;
    let token = world.sign(&world.claims_with(&changes));
    let body = json!({ "access_token": token.expose(), "token_type": "Bearer" });
    world.answers(move |_| says(200, body.clone()));
    let obo = world.builder(Credential::secret("s")).dialect(dialect).build().unwrap();
    obo.token(&world.caller("alice"), &target).await.map(|token| token.expires())
}

fn rows() -> Target {
    Target::parse(ROWS).unwrap()
}

#[tokio::test]
async fn a_token_of_another_user_or_for_another_resource_is_not_taken() {
    let end = |seconds| Ok(Timestamp::from_secs(NOON + seconds));
    let standard = Dialect::Rfc8693;
    assert_eq!(answered_with(json!({ "exp": NOON + 90 }), rows(), standard).await, end(90));
    assert_eq!(
        answered_with(json!({ "aud": ["x", "api://company-data/"] }), rows(), standard).await,
        end(3600)
    );
    for wrong in [
        json!({ "sub": "bob" }),
        json!({ "aud": "api://reports-api" }),
        json!({ "aud": ["api://reports-api", "x"] }),
        json!({ "aud": [] }),
    ] {
        let taken = answered_with(wrong.clone(), rows(), standard).await;
        assert_eq!(taken, Err(unavailable(None)), "{wrong}");
    }
}

#[tokio::test]
async fn what_entra_calls_a_resource_nobody_here_knows_but_a_name_is_a_name() {
    let id = json!({ "aud": "00000003-0000-0000-c000-000000000000" });
    assert!(answered_with(id.clone(), rows(), Dialect::Entra).await.is_ok());
    assert!(answered_with(id.clone(), rows(), Dialect::Rfc8693).await.is_err());
    let told = rows().audience_in_token("00000003-0000-0000-c000-000000000000").unwrap();
    assert!(answered_with(id, told, Dialect::Rfc8693).await.is_ok());
    let other = json!({ "aud": "api://payroll" });
    assert!(answered_with(other, rows(), Dialect::Entra).await.is_err());
}

#[tokio::test]
async fn another_name_for_the_same_user_is_taken_where_that_was_said() {
    let world = World::new().await;
    let token = world.sign(&world.claims_with(&json!({ "sub": "alice-at-company-data" })));
    let body = json!({ "access_token": token.expose(), "token_type": "Bearer" });
    world.answers(move |_| says(200, body.clone()));
    let builder = || world.builder(Credential::secret("s"));
    let alice = world.caller("alice");
    assert!(builder().build().unwrap().token(&alice, ROWS).await.is_err());
    assert!(builder().pairwise_subjects().build().unwrap().token(&alice, ROWS).await.is_ok());
}

#[tokio::test]
async fn the_users_id_in_the_tenant_counts_more_than_sub() {
    let world = World::new().await;
    let claims = |oid: &str, sub: &str| {
        world.claims_with(&json!({ "oid": oid, "tid": "t-1", "sub": sub, "act": null }))
    };
    let mine = claims("alice", "pairwise-1");
    let caller =
        stead::Caller::from_verified(world.sign(&mine), serde_json::from_value(mine).unwrap());
    for (oid, is_taken) in [("alice", true), ("bob", false)] {
        let token = world.sign(&claims(oid, "pairwise-2"));
        let body = json!({ "access_token": token.expose(), "token_type": "Bearer" });
        world.answers(move |_| says(200, body.clone()));
        assert_eq!(world.obo().token(&caller, ROWS).await.is_ok(), is_taken, "{oid}");
    }
}

#[tokio::test]
async fn the_token_that_was_to_be_exchanged_is_no_answer() {
    let world = World::new().await;
    let opaque = Jwt::new("an-opaque-token");
    let alice = stead::Caller::from_verified(opaque, world.caller("alice").claims().clone());
    world.answers(|asked| {
        let body = json!({ "access_token": asked.get("subject_token"), "token_type": "Bearer" });
        says(200, body)
    });
    assert_eq!(world.obo().token(&alice, ROWS).await.unwrap_err(), unavailable(None));
}

#[tokio::test]
async fn a_token_without_a_lifetime_is_kept_for_a_minute_at_most() {
    let world = World::new().await;
    world.answers(|asked| {
        says(200, json!({ "access_token": asked.number.to_string(), "token_type": "Bearer" }))
    });
    let (obo, alice) = (world.obo(), world.caller("alice"));
    let token = obo.token(&alice, ROWS).await.unwrap();
    assert_eq!(token.expires(), Timestamp::from_secs(NOON + 60));
    world.pass(60);
    assert_eq!(obo.token(&alice, ROWS).await.unwrap().expose(), "1");
}
