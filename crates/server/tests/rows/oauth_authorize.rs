//! RFC 6749, the authorization endpoint (rows OA): what goes back to the client, and what is only shown.

use crate::steps::{AS_WEB, Shows, assert_shown, last, of_web, opened, sent_back, sent_back_to};
use crate::steps::{WEB, refresh_token};
use std::collections::BTreeSet;
use stead_core::record::Event;
use testkit::{Auth, PASSWORD, SPA_CALLBACK, SPA_ORIGIN, VERIFIER, WEB_CALLBACK, World};

const URLENCODED: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn oa_01_a_missing_response_type_is_told_to_the_client() {
    let world = World::new().await;
    let page = opened(&world, &[("response_type", "")]).await;
    assert_eq!(sent_back(&world, &page), "invalid_request");
    assert_eq!(last(&world).await, "authorize-malformed");

    let page = opened(&world, &[("response_type", "code")]).await;
    assert!(page.status == 200 && page.shows("login"), "{}", page.text);
}

#[tokio::test]
async fn oa_03_an_unknown_client_is_shown_and_never_redirected() {
    let world = World::new().await;
    for client in ["nobody", "SPA", "spa ", "\u{0}", ""] {
        assert_shown(&opened(&world, &[("client_id", client)]).await);
    }
    assert_shown(&opened(&world, &[("client_id", "nobody")]).await);
    assert_eq!(last(&world).await, "client-unproven");

    world.change_application("spa", |spa| spa.enabled = false).await;
    assert_shown(&opened(&world, &[]).await);
    assert_eq!(last(&world).await, "client-disabled");

    world.change_application("spa", |spa| spa.enabled = true).await;
    assert!(opened(&world, &[]).await.shows("login"));
}

#[tokio::test]
async fn oa_04_an_unregistered_redirect_uri_is_shown_and_never_redirected() {
    let world = World::new().await;
    for uri in
        ["https://evil.example/cb", WEB_CALLBACK, "https://spa.example", "/cb", "javascript:1"]
    {
        assert_shown(&opened(&world, &[("redirect_uri", uri)]).await);
        assert_eq!(last(&world).await, "redirect-uri-unknown", "{uri}");
    }
    assert!(opened(&world, &[("redirect_uri", SPA_CALLBACK)]).await.shows("login"));
}

#[tokio::test]
async fn oa_05_a_redirect_uri_may_be_left_out_only_where_one_is_registered() {
    let world = World::new().await;
    assert_shown(&opened(&world, &[("client_id", "web"), ("redirect_uri", "")]).await);
    assert_eq!(last(&world).await, "redirect-uri-unknown");

    // What was left out there is left out here as well (RFC 6749 §4.1.3).
    let code = world.t1().code("alice", &[("redirect_uri", "")]).await;
    let pairs =
        [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", VERIFIER)];
    let answer = world.t1().token(Auth::Public("spa"), &pairs).await;
    assert_eq!(answer.claims()["aud"], "api://a");
}

#[tokio::test]
async fn oa_07_parameters_nobody_knows_are_ignored_at_both_endpoints() {
    let world = World::new().await;
    let code = world.t1().code("alice", &[("foo", "bar"), ("x[]", "1")]).await;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", SPA_CALLBACK),
        ("code_verifier", VERIFIER),
        ("foo", "bar"),
    ];
    let answer = world.t1().token(Auth::Public("spa"), &pairs).await;
    assert_eq!((answer.status, &answer.claims()["scope"]), (200, &"A.use".into()));
}

#[tokio::test]
async fn oa_08_a_parameter_sent_twice_is_refused_at_both_endpoints() {
    let world = World::new().await;
    let url = world.t1().authorize_url(&[("prompt", "login"), ("foo", "1")]);
    let (endpoint, query) = url.split_once('?').unwrap();
    for name in ["client_id", "redirect_uri"] {
        for more in [format!("{name}=spa"), again(query, name)] {
            assert_shown(&world.browser().get(&format!("{url}&{more}")).await);
        }
    }
    let names = ["response_type", "scope", "nonce", "code_challenge", "code_challenge_method"];
    for name in names.into_iter().chain(["prompt", "foo"]) {
        for more in [format!("{name}=other"), format!("{name}="), again(query, name)] {
            let page = world.browser().get(&format!("{url}&{more}")).await;
            assert_eq!(sent_back(&world, &page), "invalid_request", "{more}");
            assert_eq!(last(&world).await, "authorize-malformed");
            // Once in the query and once in the body is twice.
            let body = [(name, "other")];
            let page = world.browser().post(&url, &body).await;
            assert_eq!(sent_back(&world, &page), "invalid_request", "{name}");
        }
    }
    let page = world.browser().get(&format!("{url}&state=s-1")).await;
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"));
    assert_eq!(page.parameter("state"), None, "which of the two was meant is not known");
    let page = world.browser().get(&format!("{url}&resource=api://a&resource=api://a")).await;
    assert!(page.shows("login"), "{}", page.text);
    assert!(endpoint.ends_with("/authorize"));

    let code = world.t1().code("alice", &[]).await;
    let body = format!(
        "client_id=spa&grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fspa.example%2Fcb\
         &code_verifier={VERIFIER}&foo=1"
    );
    let token = world.t1().endpoint("token");
    let headers = [("content-type", URLENCODED), ("origin", SPA_ORIGIN)];
    let post = async |url: &str, body: String| {
        world.send(reqwest::Method::POST, url, &headers, body).await
    };
    for name in ["client_id", "grant_type", "code", "redirect_uri", "code_verifier", "foo"] {
        for more in [format!("{name}=other"), again(&body, name)] {
            let answer = post(&token, format!("{body}&{more}")).await;
            assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{more}");
            assert_eq!(last(&world).await, "request-malformed");
            let answer = post(&format!("{token}?{more}"), body.clone()).await;
            assert_eq!(answer.refusal(), (400, "invalid_request".into()), "in the query: {more}");
        }
    }
    let answer = post(&token, format!("{body}&resource=api://a&resource=api://a")).await;
    assert_eq!(answer.claims()["aud"], "api://a", "the code is still good");
}

/// A parameter once more, as it stands in a form.
fn again(form: &str, name: &str) -> String {
    let start = format!("{name}=");
    form.split('&').find(|pair| pair.starts_with(&start)).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn oa_22_two_kilobytes_of_any_state_come_back_unchanged() {
    let world = World::new().await;
    let state: String =
        "%+& =%25%2B?#/\"'<>\\\u{fc}\u{1f60e}\u{5d0}".chars().cycle().take(1900).collect();
    assert!(state.len() > 2048 && state.len() < 4096);
    let browser = world.browser();
    for mode in ["query", "fragment"] {
        let changes = [("state", state.as_str()), ("response_mode", mode)];
        let page = world.t1().sign_in(&browser, &world.t1().authorize_url(&changes), "alice").await;
        assert_eq!(page.parameter("state").as_ref(), Some(&state), "{mode}");
        assert!(page.parameter("code").is_some());
        // A refusal brings it back as well.
        let changes = [&changes[..], &[("scope", "unheard")]].concat();
        let page = browser.get(&world.t1().authorize_url(&changes)).await;
        assert_eq!(page.parameter("state").as_ref(), Some(&state), "{mode}");
        assert_eq!(page.parameter("error").as_deref(), Some("invalid_scope"));
    }
    let mode = [("state", state.as_str()), ("response_mode", "form_post")];
    let page = browser.get(&world.t1().authorize_url(&mode)).await;
    let field = page.text.split("name=\"state\" value=\"").nth(1).unwrap();
    let written = field.split('"').next().unwrap();
    let escapes = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    let read = escapes.iter().fold(written.to_owned(), |text, (from, to)| text.replace(from, to));
    assert_eq!(read, state, "form_post");
    let long = "x".repeat(4097);
    let page = browser.get(&world.t1().authorize_url(&[("state", &long)])).await;
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn oa_24_a_scope_that_is_none_is_refused_and_never_gets_into_a_page() {
    let world = World::new().await;
    let odd =
        ["A.use\"x", "A.use\\", "A.use\u{7}", "A.use\u{0}", "A.\u{fc}se", "<svg onload=alert(1)>"];
    for scope in
        odd.into_iter().chain(["A.unheard", "api://a/A.unheard", "api://a/A.use A.unheard"])
    {
        let page = opened(&world, &[("scope", scope)]).await;
        if scope.contains('\u{0}') {
            assert_shown(&page);
        } else {
            assert_eq!(sent_back(&world, &page), "invalid_scope", "{scope:?}");
        }
        assert!(!page.shows_text("<svg"), "{}", page.text);
        assert!(!page.location().contains(['<', '"', '\u{7}']), "{}", page.location());

        let daemon = Auth::Basic("daemon", testkit::DAEMON_SECRET);
        let pairs =
            [("grant_type", "client_credentials"), ("scope", scope), ("resource", "api://a")];
        let (status, error) = world.t1().token(daemon, &pairs).await.refusal();
        let expected = if scope.contains('\u{0}') { "invalid_request" } else { "invalid_scope" };
        assert_eq!((status, error.as_str()), (400, expected), "{scope:?}");
    }
    let hint = "\"><script>alert(1)</script>";
    let page = opened(&world, &[("login_hint", hint)]).await;
    assert!(page.shows("login") && !page.shows_text("<script>alert"), "{}", page.text);
    assert_eq!(page.attribute_of("login", "value").unwrap(), hint);
}

#[tokio::test]
async fn oa_29_a_user_who_says_no_gives_nothing_and_the_client_hears_it() {
    let world = World::new().await;
    let browser = world.browser();
    let url = world.t1().authorize_url(&[&AS_WEB[..], &[("scope", "api://b/B.read")]].concat());
    let typed = [("login", "alice@example.com"), ("password", PASSWORD)];
    let consent = browser.fill(&browser.get(&url).await, &typed, "submit").await;
    assert!(consent.shows("consent-allow"), "{}", consent.text);

    let page = browser.fill(&consent, &[], "consent-deny").await;
    assert_eq!(sent_back_to(&world, WEB_CALLBACK, &page), "access_denied");
    assert_eq!(last(&world).await, "access-denied");
    assert_eq!(world.sts("t1").store.consents(None, None).await.unwrap(), []);

    let asked_again = browser.get(&url).await;
    let page = browser.fill(&asked_again, &[], "consent-allow").await;
    let code = page.parameter("code").unwrap();
    let answer = world.t1().token(WEB, &of_web(&code)).await;
    assert_eq!(answer.claims()["scope"], "B.read");
}

#[tokio::test]
async fn oa_29_a_no_counts_although_another_tab_said_yes() {
    let world = World::new().await;
    let browser = world.browser();
    world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
    let url = world.t1().authorize_url(&[&AS_WEB[..], &[("scope", "api://b/B.read")]].concat());
    let (one, other) = (browser.get(&url).await, browser.get(&url).await);
    assert!(browser.fill(&other, &[], "consent-allow").await.parameter("code").is_some());
    let page = browser.fill(&one, &[], "consent-deny").await;
    assert_eq!(sent_back_to(&world, WEB_CALLBACK, &page), "access_denied");
    assert_eq!(last(&world).await, "access-denied");
}

#[tokio::test]
async fn oa_30_codes_and_tokens_never_repeat_and_have_128_bits_at_least() {
    let world = World::new().await;
    let browser = world.browser();
    let scope = ("scope", "offline_access api://a/A.use");
    world.t1().sign_in(&browser, &world.t1().authorize_url(&[scope]), "alice").await;
    let silent = world.t1().authorize_url(&[scope, ("prompt", "none")]);
    let mut seen = BTreeSet::new();
    // Three of them at a time: a code, a refresh token, the name of an access token.
    for _ in 0..3334 {
        let code = browser.get(&silent).await.parameter("code").unwrap();
        let answer = world.t1().redeem(&code).await;
        let refresh = refresh_token(&answer);
        let jti = answer.claims()["jti"].as_str().unwrap().to_owned();
        for secret in [&code, &refresh] {
            let random = secret.bytes().filter(|b| b.is_ascii_alphanumeric() || b"-_".contains(b));
            assert!(random.count() * 6 >= 160, "{secret}");
        }
        assert!(jti.len() >= 22, "{jti}");
        for one in [code, refresh, jti] {
            assert!(seen.insert(one));
        }
    }
}

#[tokio::test]
async fn oa_31_implicit_and_password_grants_are_refused() {
    let world = World::new().await;
    for wanted in ["token", "id_token token", "id_token", "code token", "code id_token", "none"] {
        let page = opened(&world, &[("response_type", wanted)]).await;
        assert_eq!(sent_back(&world, &page), "unsupported_response_type", "{wanted}");
    }
    let pairs =
        [("grant_type", "password"), ("username", "alice@example.com"), ("password", PASSWORD)];
    let answer = world.t1().token(WEB, &pairs).await;
    assert_eq!(answer.refusal(), (400, "unsupported_grant_type".into()));
}

#[tokio::test]
async fn oa_33_after_signing_in_the_browser_is_sent_on_with_303() {
    let world = World::new().await;
    let browser = world.browser();
    let asked = browser.get(&world.t1().authorize_url(&[])).await;
    let typed = [("login", "alice@example.com"), ("password", PASSWORD)];
    let page = browser.fill(&asked, &typed, "submit").await;
    assert_eq!(page.status, 303);
    assert!(page.parameter("code").is_some());

    let silent = browser.get(&world.t1().authorize_url(&[("prompt", "none")])).await;
    assert_eq!(silent.status, 303);
    let codes = world.records().await.into_iter().filter(|record| {
        matches!(&record.event, Event::Authorize { subject: Some(user), .. } if user.as_str() == "user-alice")
    });
    assert_eq!(codes.count(), 2);
}
