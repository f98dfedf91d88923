//! OpenID Connect Core (rows OC): how a sign-in is asked for, and what is said of the user.

use crate::steps::{AS_WEB, Shows, WEB, assert_shown, last, of_web, sent_back, sent_back_to};
use reqwest::Method;
use serde_json::{Value, json};
use stead_proto::time::Seconds;
use testkit::{Answer, Browser, PASSWORD, Page, Pairs, WEB_CALLBACK, World};

fn id_token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.member("id_token").as_str().unwrap().to_owned()
}

fn id_claims(answer: &Answer) -> Value {
    let token = id_token(answer);
    let claims = stead_proto::digest::from_base64url(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

/// What alice gets in this browser by an authorization request with these changes.
async fn in_browser(world: &World, browser: &Browser, changes: Pairs<'_>) -> Answer {
    let url = world.t1().authorize_url(changes);
    let page = world.t1().sign_in(browser, &url, "alice").await;
    world.t1().redeem(&page.parameter("code").unwrap()).await
}

/// Opens an authorization request in this browser.
async fn ask(world: &World, browser: &Browser, changes: Pairs<'_>) -> Page {
    browser.get(&world.t1().authorize_url(changes)).await
}

/// Types alice's name and password.
async fn typed(browser: &Browser, page: &Page) -> Page {
    let typed = [("login", "alice@example.com"), ("password", PASSWORD)];
    browser.fill(page, &typed, "submit").await
}

#[tokio::test]
async fn oc_02_a_nonce_is_echoed_and_may_be_absent_or_long() {
    let world = World::new().await;
    let long = "n&+% \u{fc}".repeat(100);
    for nonce in ["n-1", &"x".repeat(64), &long] {
        let answer = world.t1().tokens("alice", &[("nonce", nonce)]).await;
        assert_eq!(id_claims(&answer)["nonce"], nonce);
    }
    let answer = world.t1().tokens("alice", &[("nonce", "")]).await;
    assert_eq!(id_claims(&answer)["nonce"], Value::Null);
}

#[tokio::test]
async fn oc_04_a_prompt_for_login_asks_again_and_moves_the_time_of_the_sign_in() {
    let world = World::new().await;
    let browser = world.browser();
    let first = id_claims(&in_browser(&world, &browser, &[]).await);
    world.advance(Seconds(100));
    let silent = id_claims(&in_browser(&world, &browser, &[]).await);
    assert_eq!(silent["auth_time"], first["auth_time"]);

    let page = ask(&world, &browser, &[("prompt", "login")]).await;
    assert!(page.shows("login") && page.shows_text("Confirm that it is you"), "{}", page.text);
    let page = typed(&browser, &page).await;
    let answer = world.t1().redeem(&page.parameter("code").unwrap()).await;
    let later = first["auth_time"].as_i64().unwrap() + 100;
    assert_eq!(id_claims(&answer)["auth_time"], later);
    assert_eq!(answer.claims()["auth_time"], later);
}

#[tokio::test]
async fn oc_05_none_beside_another_prompt_is_refused() {
    let world = World::new().await;
    let browser = world.browser();
    in_browser(&world, &browser, &[]).await;
    for prompt in ["none login", "login none", "none consent", "none select_account"] {
        let page = ask(&world, &browser, &[("prompt", prompt)]).await;
        assert_eq!(sent_back(&world, &page), "invalid_request", "{prompt}");
        assert_eq!(last(&world).await, "authorize-malformed");
    }
    let page = ask(&world, &browser, &[("prompt", "none")]).await;
    assert!(page.parameter("code").is_some());
}

#[tokio::test]
async fn oc_06_prompts_for_consent_and_for_an_account_show_their_pages() {
    let world = World::new().await;
    let browser = world.browser();
    in_browser(&world, &browser, &[]).await;
    let page = ask(&world, &browser, &[("prompt", "consent")]).await;
    assert!(page.shows("consent-allow") && page.shows_text("The spa"), "{}", page.text);
    let page = browser.fill(&page, &[], "consent-allow").await;
    assert!(page.parameter("code").is_some());

    let page = ask(&world, &browser, &[("prompt", "select_account")]).await;
    assert!(
        page.shows("account-continue") && page.shows_text("alice@example.com"),
        "{}",
        page.text
    );
    assert!(browser.fill(&page, &[], "account-continue").await.parameter("code").is_some());
    let other = browser.fill(&page, &[], "account-other").await;
    assert!(other.shows("login"), "{}", other.text);
}

#[tokio::test]
async fn oc_07_max_age_asks_again_only_when_it_has_passed() {
    let world = World::new().await;
    let browser = world.browser();
    in_browser(&world, &browser, &[]).await;
    world.advance(Seconds(2));
    assert!(ask(&world, &browser, &[("max_age", "10000")]).await.parameter("code").is_some());
    let silent = [("max_age", "1"), ("prompt", "none")];
    assert_eq!(sent_back(&world, &ask(&world, &browser, &silent).await), "login_required");
    assert_eq!(last(&world).await, "login-required");

    let page = ask(&world, &browser, &[("max_age", "1")]).await;
    assert!(page.shows("login"), "{}", page.text);
    let page = typed(&browser, &page).await;
    let answer = world.t1().redeem(&page.parameter("code").unwrap()).await;
    assert_eq!(id_claims(&answer)["auth_time"], world.clock().now().secs());
    for bad in ["-1", "x", "1.5", "99999999999999999999"] {
        let page = ask(&world, &browser, &[("max_age", bad)]).await;
        assert_eq!(sent_back(&world, &page), "invalid_request", "{bad}");
    }
}

#[tokio::test]
async fn oc_08_a_hint_of_another_user_cannot_be_answered_silently() {
    let world = World::new().await;
    let (alices, bobs) = (world.browser(), world.browser());
    let alice = id_token(&in_browser(&world, &alices, &[]).await);
    let page = world.t1().sign_in(&bobs, &world.t1().authorize_url(&[]), "bob").await;
    let bob = id_token(&world.t1().redeem(&page.parameter("code").unwrap()).await);

    let asked = [("prompt", "none"), ("id_token_hint", bob.as_str())];
    assert_eq!(sent_back(&world, &ask(&world, &alices, &asked).await), "login_required");
    assert_eq!(last(&world).await, "login-required");
    let altered = [("prompt", "none"), ("id_token_hint", alice.rsplit_once('.').unwrap().0)];
    assert_eq!(sent_back(&world, &ask(&world, &alices, &altered).await), "login_required");
    let own = [("prompt", "none"), ("id_token_hint", alice.as_str())];
    assert!(ask(&world, &alices, &own).await.parameter("code").is_some());
}

/// Strengths that nobody here knows are refused, as RFC 9470 §5 has it for access tokens; the ones that
/// are advertised are asked politely.
#[tokio::test]
async fn oc_09_parameters_that_only_ask_politely_do_no_harm() {
    let world = World::new().await;
    let polite = [
        ("display", "popup"),
        ("ui_locales", "se de-DE x"),
        ("claims_locales", "en-GB-oed"),
        ("acr_values", "urn:stead:acr:password unheard"),
        ("login_hint", "alice@example.com"),
        ("domain_hint", "example.com"),
        ("whatever", "\u{1f60e}"),
    ];
    for one in polite {
        let answer = world.t1().tokens("alice", &[one]).await;
        assert_eq!(id_claims(&answer)["sub"], "user-alice", "{}", one.0);
    }
    assert_eq!(id_claims(&world.t1().tokens("alice", &polite).await)["sub"], "user-alice");
}

async fn userinfo(world: &World, method: Method, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    world.send(method, &world.t1().endpoint("userinfo"), &[("authorization", &bearer)], "").await
}

#[tokio::test]
async fn oc_11_the_profile_scopes_show_their_claims_at_user_info() {
    let world = World::new().await;
    let of = async |scope: &str| {
        let token = world.t1().tokens("alice", &[("scope", scope)]).await.access_token();
        userinfo(&world, Method::GET, &token).await.json()
    };
    assert_eq!(of("openid").await, json!({ "sub": "user-alice" }));
    assert_eq!(
        of("openid profile email address phone").await,
        json!({
            "sub": "user-alice",
            "name": "alice Example",
            "preferred_username": "alice@example.com",
            "email": "alice@example.com",
            "email_verified": true,
            "address": { "formatted": "1 Main Street\nSpringfield" },
            "phone_number": "+1 555 0100",
        })
    );
    let email = of("openid email").await;
    assert_eq!((&email["email_verified"], &email["name"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn oc_12_user_info_by_get_and_post_is_about_the_subject_of_the_id_token() {
    let world = World::new().await;
    let answer = world.t1().tokens("bob", &[("scope", "openid profile")]).await;
    for method in [Method::GET, Method::POST] {
        let info = userinfo(&world, method.clone(), &answer.access_token()).await;
        assert_eq!(
            (info.status, &info.member("sub")),
            (200, &id_claims(&answer)["sub"]),
            "{method}"
        );
        assert_eq!(info.header("content-type"), "application/json");
    }
    // A token for an API opens nothing here.
    let other = world.t1().token_for_a("bob").await;
    let refused = userinfo(&world, Method::GET, &other).await;
    assert_eq!(refused.refusal(), (401, "invalid_token".into()));
    assert_eq!(last(&world).await, "access-token-invalid");
}

#[tokio::test]
async fn oc_14_authorization_by_post_works() {
    let world = World::new().await;
    let browser = world.browser();
    let url = world.t1().authorize_url(&[]);
    let query: Vec<(String, String)> =
        reqwest::Url::parse(&url).unwrap().query_pairs().into_owned().collect();
    let pairs: Vec<(&str, &str)> = query.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let page = browser.post(&world.t1().endpoint("authorize"), &pairs).await;
    let page = typed(&browser, &page).await;
    assert_eq!(page.parameter("state").as_deref(), Some("s-1"));
    let answer = world.t1().redeem(&page.parameter("code").unwrap()).await;
    assert_eq!(id_claims(&answer)["nonce"], "n-1");

    let unknown: Vec<_> = pairs.into_iter().filter(|(name, _)| *name != "client_id").collect();
    assert_shown(&browser.post(&world.t1().endpoint("authorize"), &unknown).await);
}

#[tokio::test]
async fn oc_16_an_unsigned_id_token_cannot_be_registered() {
    let world = World::new().await;
    let body = |more: Value| {
        let mut body =
            json!({ "name": "App", "kind": "web", "redirect_uris": ["https://app.example/cb"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Some(body)
    };
    for more in [
        json!({ "id_token_signed_response_alg": "none" }),
        json!({ "tokens": { "id_token_algorithm": "none" } }),
        json!({ "tokens": { "algorithm": "none" } }),
    ] {
        let (status, said) = world.admin(Method::PUT, "/applications/app", body(more)).await;
        assert!((400..500).contains(&status), "{status} {said}");
    }
    assert_eq!(world.admin(Method::PUT, "/applications/app", body(json!({}))).await.0, 201);
}

#[tokio::test]
async fn oc_18_an_unproved_mail_address_never_links_accounts() {
    let world = World::new().await;
    world
        .change_user("mallory", |mallory| {
            mallory.email = Some("alice@example.com".into());
            mallory.email_verified = false;
        })
        .await;
    let scope = ("scope", "openid email");
    let mallory = id_claims(&world.t1().tokens("mallory", &[scope]).await);
    let alice = id_claims(&world.t1().tokens("alice", &[scope]).await);
    assert_eq!((&alice["sub"], &alice["email_verified"]), (&json!("user-alice"), &json!(true)));
    assert_eq!(
        (&mallory["sub"], &mallory["email"], &mallory["email_verified"]),
        (&json!("user-mallory"), &json!("alice@example.com"), &json!(false))
    );

    // A mail address is no name to sign in with, not even one's own.
    world.change_user("bob", |bob| bob.email = Some("robert@example.com".into())).await;
    let browser = world.browser();
    let page = ask(&world, &browser, &[]).await;
    let named = [("login", "robert@example.com"), ("password", PASSWORD)];
    let page = browser.fill(&page, &named, "submit").await;
    assert!(page.status == 400 && page.shows("login"), "{}", page.text);
    assert_eq!(last(&world).await, "password-wrong");
}

/// Unless an administrator has agreed to what the client asks beforehand, which the permission then says
/// (`consent = "none"`).
#[tokio::test]
async fn oc_19_going_on_after_the_user_left_asks_for_consent() {
    let world = World::new().await;
    let browser = world.browser();
    in_browser(&world, &browser, &[]).await;
    let with = |scope| [&AS_WEB[..], &[("scope", scope)]].concat();
    let short = with("openid api://b/B.read");
    let page = world.t1().sign_in(&browser, &world.t1().authorize_url(&short), "alice").await;
    let code = page.parameter("code").unwrap();
    assert!(world.t1().token(WEB, &of_web(&code)).await.member("refresh_token").is_null());

    // What was agreed to so far does not go that far.
    let lasting = with("openid offline_access api://b/B.read");
    let silent = [&lasting[..], &[("prompt", "none")]].concat();
    let page = ask(&world, &browser, &silent).await;
    assert_eq!(sent_back_to(&world, WEB_CALLBACK, &page), "consent_required");
    assert_eq!(last(&world).await, "consent-required");
    let page = ask(&world, &browser, &lasting).await;
    assert!(page.shows("consent-allow") && page.shows_text("after you have left"), "{}", page.text);
    let denied = browser.fill(&page, &[], "consent-deny").await;
    assert_eq!(sent_back_to(&world, WEB_CALLBACK, &denied), "access_denied");

    let page = ask(&world, &browser, &lasting).await;
    let page = browser.fill(&page, &[], "consent-allow").await;
    let code = page.parameter("code").unwrap();
    let tokens = world.t1().token(WEB, &of_web(&code)).await;
    assert!(tokens.member("refresh_token").is_string(), "{}", tokens.text);
    assert!(ask(&world, &browser, &silent).await.parameter("code").is_some());
}
