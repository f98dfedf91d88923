//! Single-page applications as Entra treats them (rows EN): what a page was given is taken from the page,
//! lives a day, and may be refreshed by two tabs at once.

use crate::obo::{Tried, allowed, application, refused, tried};
use crate::steps::{AS_WEB, WEB, lasting, lasting_at_web, of_web, refresh, refresh_token};
use reqwest::Method;
use serde_json::json;
use stead_proto::form;
use stead_proto::time::Seconds;
use testkit::{Answer, Auth, Pairs, SPA_CALLBACK, SPA_ORIGIN, VERIFIER, World};

const SPA: Auth<'static> = Auth::Public("spa");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const A_DAY: Seconds = Seconds(86_400);

/// Asks the token endpoint with these headers.
async fn from(world: &World, origin: Option<&str>, form: Pairs<'_>) -> Tried {
    let mut headers = vec![FORM];
    headers.extend(origin.map(|origin| ("origin", origin)));
    let url = world.t1().endpoint("token");
    tried(world, world.send(Method::POST, &url, &headers, form::write(form))).await
}

/// The form that redeems a code of `spa`.
fn redeeming<'a>(code: &'a str, redirect_uri: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "spa"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", VERIFIER),
    ]
}

#[tokio::test]
async fn en_01_what_a_page_was_given_is_taken_from_a_page_of_the_application_only() {
    let world = World::new().await;
    let scope = [("scope", "openid offline_access api://a/A.use")];
    let code = world.t1().code("alice", &scope).await;
    let redeem = redeeming(&code, SPA_CALLBACK);
    let elsewhere =
        [None, Some("https://evil.example"), Some("null"), Some("https://spa.example:444")];
    let not_from_there = refused(400, "invalid_request", "origin-not-clients");
    for origin in elsewhere {
        let answer = from(&world, origin, &redeem).await;
        assert_eq!(answer.said(), not_from_there, "{origin:?}");
        assert_eq!(answer.answer.member("error_codes"), json!([9_002_327]));
        assert_eq!(answer.answer.header("x-ms-clitelem"), "1,9002327,0,,");
        // Scripts may read why.
        let readable = answer.answer.header("access-control-expose-headers").to_owned();
        assert_eq!(answer.answer.header("access-control-allow-origin"), "*");
        assert!(readable.contains("x-ms-clitelem") && readable.contains("x-ms-request-id"));
    }
    // Nothing was burnt by it.
    let tokens = from(&world, Some(SPA_ORIGIN), &redeem).await;
    assert_eq!(tokens.said(), allowed());
    let token = refresh_token(&tokens.answer);
    let again =
        [("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", token.as_str())];
    for origin in elsewhere {
        assert_eq!(from(&world, origin, &again).await.said(), not_from_there, "{origin:?}");
    }
    assert_eq!(from(&world, Some(SPA_ORIGIN), &again).await.said(), allowed());
}

#[tokio::test]
async fn en_01_a_page_under_development_is_served_at_any_port_of_localhost() {
    let world = World::with(|t1| {
        application(t1, "spa").redirect_uris.push("http://localhost/cb".to_owned());
    })
    .await;
    let at_port = "http://localhost:3000/cb";
    let code = world.t1().code("alice", &[("redirect_uri", at_port)]).await;
    let redeem = redeeming(&code, at_port);
    let other = from(&world, Some("http://127.0.0.1:3000"), &redeem).await;
    assert_eq!(other.said(), refused(400, "invalid_request", "origin-not-clients"));
    assert_eq!(from(&world, Some("http://localhost:3000"), &redeem).await.said(), allowed());
}

#[tokio::test]
async fn en_02_a_page_redeems_nothing_of_an_application_that_is_none() {
    let world = World::new().await;
    let code = world.t1().code("alice", &AS_WEB).await;
    let mut redeem = of_web(&code).to_vec();
    redeem.extend([("client_id", "web"), ("client_secret", testkit::WEB_SECRET)]);
    let answer = from(&world, Some("https://web.example"), &redeem).await;
    assert_eq!(answer.said(), refused(400, "invalid_request", "cross-origin"));
    assert_eq!(answer.answer.member("error_codes"), json!([9_002_326]));
    assert_eq!(from(&world, None, &redeem).await.said(), allowed());
}

#[tokio::test]
async fn en_03_the_refresh_token_of_a_page_lives_a_day_from_the_sign_in_however_often_it_is_rotated()
 {
    let world = World::new().await;
    let left = |answer: &Answer| answer.member("refresh_token_expires_in");
    let mut tokens = lasting(&world).await;
    assert_eq!(left(&tokens), json!(86_400));
    for hours in 1..24 {
        world.advance(Seconds(3600));
        tokens = refresh(&world, SPA, &refresh_token(&tokens), &[]).await;
        assert_eq!(left(&tokens), json!(86_400 - hours * 3600));
    }
    world.advance(Seconds(3599));
    tokens = refresh(&world, SPA, &refresh_token(&tokens), &[]).await;
    assert_eq!((left(&tokens), tokens.member("expires_in")), (json!(1), json!(1)));
    world.advance(Seconds(1));
    let late = tried(&world, refresh(&world, SPA, &refresh_token(&tokens), &[])).await;
    assert_eq!(late.said(), refused(400, "invalid_grant", "spa-refresh-expired"));
    assert_eq!(late.answer.member("error_codes"), json!([700_084]));
    assert_eq!(late.answer.member("suberror"), json!("bad_token"));
}

#[tokio::test]
async fn en_03_the_refresh_token_of_a_server_lives_on() {
    let world = World::new().await;
    let tokens = lasting_at_web(&world).await;
    world.advance(A_DAY);
    let tokens = refresh(&world, WEB, &refresh_token(&tokens), &[]).await;
    assert_eq!(tokens.status, 200);
    assert!(tokens.json().get("refresh_token_expires_in").is_none(), "{}", tokens.text);
}

async fn two_tabs(world: &World) {
    let first = refresh_token(&lasting(world).await);
    let tab = tried(world, refresh(world, SPA, &first, &[])).await;
    assert_eq!((tab.said(), tab.event().again), (allowed(), false));
    world.advance(Seconds(9));
    let other = tried(world, refresh(world, SPA, &first, &[])).await;
    assert_eq!((other.said(), other.event().again), (allowed(), true));

    // Each goes on with its own, and both are of one family.
    let (ours, theirs) = (refresh_token(&tab.answer), refresh_token(&other.answer));
    assert_ne!(ours, theirs);
    assert_eq!(refresh(world, SPA, &theirs, &[]).await.status, 200);
    assert_eq!(refresh(world, SPA, &ours, &[]).await.status, 200);
    world.advance(Seconds(1));
    let stolen = tried(world, refresh(world, SPA, &first, &[])).await;
    assert_eq!(stolen.said(), refused(400, "invalid_grant", "refresh-reused"));
    assert_eq!(refresh(world, SPA, &theirs, &[]).await.status, 400);
}

#[tokio::test]
async fn en_04_two_tabs_refresh_with_one_token_and_ten_seconds_later_that_is_theft() {
    two_tabs(&World::new().await).await;
    two_tabs(&World::on_sqlite().await).await;
}

#[tokio::test]
async fn en_04_a_server_has_no_grace_and_without_one_a_page_has_none() {
    let world = World::new().await;
    let token = refresh_token(&lasting_at_web(&world).await);
    assert_eq!(refresh(&world, WEB, &token, &[]).await.status, 200);
    let again = tried(&world, refresh(&world, WEB, &token, &[])).await;
    assert_eq!(again.said(), refused(400, "invalid_grant", "refresh-reused"));

    let strict = World::with_settings(|settings| settings.spa_refresh_grace = Seconds(0)).await;
    let token = refresh_token(&lasting(&strict).await);
    assert_eq!(refresh(&strict, SPA, &token, &[]).await.status, 200);
    let again = tried(&strict, refresh(&strict, SPA, &token, &[])).await;
    assert_eq!(again.said(), refused(400, "invalid_grant", "refresh-reused"));
}
