//! RFC 9700, the security best current practice (rows BC), as far as a browser meets it.

use crate::steps::{AS_WEB, Shows, WEB, assert_shown, last, lasting, of_web, opened, refresh};
use crate::steps::{refresh_token, sent_back, sent_back_to};
use reqwest::Method;
use serde_json::Value;
use stead_core::model::revocation::Ancestor;
use stead_proto::id::Subject;
use stead_proto::time::Seconds;
use testkit::{API_A_SECRET, Auth, PASSWORD, Page, SPA_CALLBACK, WEB_CALLBACK, World};
use testkit::{listen, logged};

const SPA: Auth<'static> = Auth::Public("spa");

#[tokio::test]
async fn bc_01_a_redirect_uri_that_nearly_matches_is_shown_and_never_redirected() {
    let world = World::new().await;
    for uri in [
        "https://spa.example/cb/",
        "https://spa.example/CB",
        "https://SPA.example/cb",
        "https://spa.example/%63b",
        "https://spa.example/%2e%2e/cb",
        "https://spa.example/x/../cb",
        "https://spa.example/./cb",
        "https://spa.example/cb?x=1",
        "https://spa.example/cb?",
        "https://spa.example/cb#",
        "https://spa.example:443/cb",
        "https://spa.example:8443/cb",
        "https://spa.example@evil.example/cb",
        "https://user@spa.example/cb",
        "https://evil.example\\@spa.example/cb",
        "https://spa.example\\cb",
        "https://spa.example./cb",
        "https://sp\u{430}.example/cb",
        "http://spa.example/cb",
        "https:/spa.example/cb",
        " https://spa.example/cb",
        "https://spa.example/cb ",
        "https://spa.example/cb\n",
        "https://spa.example/cb\u{200b}",
    ] {
        assert_shown(&opened(&world, &[("redirect_uri", uri)]).await);
        assert_eq!(last(&world).await, "redirect-uri-unknown", "{uri}");
    }
    assert!(opened(&world, &[("redirect_uri", SPA_CALLBACK)]).await.shows("login"));
}

#[tokio::test]
async fn bc_02_every_page_guards_itself() {
    let world = World::new().await;
    let browser = world.browser();
    let url = world.t1().authorize_url(&[&AS_WEB[..], &[("scope", "api://b/B.read")]].concat());
    let sign_in = browser.get(&url).await;
    let wrong = [("login", "alice@example.com"), ("password", "wrong")];
    let again = browser.fill(&sign_in, &wrong, "submit").await;
    let right = [("login", "alice@example.com"), ("password", PASSWORD)];
    let consent = browser.fill(&again, &right, "submit").await;
    let post = format!("{url}&response_mode=form_post");
    let posted = browser.fill(&browser.get(&post).await, &[], "consent-allow").await;
    let account = browser.get(&format!("{url}&prompt=select_account")).await;
    let broken = opened(&world, &[("client_id", "nobody")]).await;
    let no_flow = browser.post("/t1/consent", &[("decision", "allow")]).await;
    let logout = browser.get(&world.t1().endpoint("logout")).await;
    let out = browser.fill(&logout, &[], "logout-confirm").await;
    let errors = browser.get("/errors").await;
    for (page, shows) in [
        (&sign_in, "id=\"login\""),
        (&again, "role=\"alert\""),
        (&consent, "id=\"consent-deny\""),
        (&posted, "name=\"code\""),
        (&account, "id=\"account-other\""),
        (&broken, "Trace"),
        (&no_flow, "Trace"),
        (&logout, "id=\"logout-confirm\""),
        (&out, "You are signed out"),
        (&errors, "consent-missing"),
    ] {
        assert!(page.shows_text(shows), "{shows}: {}", page.text);
        guards_itself(&world, page);
    }
}

fn guards_itself(world: &World, page: &Page) {
    let header = |name: &str| page.headers[name].to_str().unwrap();
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "no-referrer");
    for inline in [" style=", "<style", " onclick=", "<script>", "javascript:"] {
        assert!(!page.shows_text(inline), "{inline}: {}", page.text);
    }
    for loaded in page.text.split(" src=\"").skip(1).chain(page.text.split("<link ").skip(1)) {
        let of_others = loaded.split('>').next().unwrap().contains("//");
        assert!(!of_others, "{}: {loaded}", world.base());
    }
}

/// A refresh token is good once: what tabs of a page share (EN-04) is over here.
#[tokio::test]
async fn bc_03_a_refresh_token_used_twice_ends_its_family() {
    let world = World::new().await;
    let first = lasting(&world).await;
    let second = refresh(&world, SPA, &refresh_token(&first), &[]).await;
    assert_eq!(second.status, 200);
    world.advance(Seconds(10));
    let thief = refresh(&world, SPA, &refresh_token(&first), &[]).await;
    assert_eq!(thief.refusal(), (400, "invalid_grant".into()));
    assert_eq!(last(&world).await, "refresh-reused");
    let owner = refresh(&world, SPA, &refresh_token(&second), &[]).await;
    assert_eq!(owner.refusal(), (400, "invalid_grant".into()));
    for tokens in [&first, &second] {
        let seen = world.t1().introspect(("api-a", API_A_SECRET), &tokens.access_token()).await;
        assert_eq!(seen.member("active"), false);
    }
    assert_eq!(lasting(&world).await.status, 200);
}

#[tokio::test]
async fn bc_04_nothing_is_refreshed_after_the_user_or_the_consent_went() {
    let world = World::new().await;
    let scope = ("scope", "openid offline_access api://b/B.read");
    let at_web = async || {
        let code = world.t1().code("alice", &[&AS_WEB[..], &[scope]].concat()).await;
        refresh_token(&world.t1().token(WEB, &of_web(&code)).await)
    };
    let token = at_web().await;
    assert_eq!(refresh(&world, WEB, &token, &[]).await.status, 200);

    let token = at_web().await;
    let consents = world.sts("t1").store.consents(None, None).await.unwrap();
    world.revoke(Ancestor::Consent(consents[0].id.clone())).await;
    let answer = refresh(&world, WEB, &token, &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "the consent was withdrawn");

    let token = refresh_token(&lasting(&world).await);
    let path = "/users/user-alice/sign-out";
    let (status, said) = world.admin(Method::POST, path, None).await;
    assert_eq!(status, 204, "{said}");
    let answer = refresh(&world, SPA, &token, &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "signed out everywhere");
    assert_eq!(last(&world).await, "subject-token-revoked");

    world.advance(stead_proto::time::Seconds(1));
    let token = refresh_token(&lasting(&world).await);
    world.change_user("alice", |alice| alice.enabled = false).await;
    let answer = refresh(&world, SPA, &token, &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "the user is disabled");
    assert_eq!(last(&world).await, "user-disabled");

    world.change_user("alice", |alice| alice.enabled = true).await;
    let password = stead_proto::secret::Password::new("another battery staple");
    let changed = world
        .files_say(|t1| {
            let alice =
                t1.users.iter_mut().find(|one| one.user.id.as_str() == "user-alice").unwrap();
            alice.password = Some(stead_core::admin::DesiredPassword::Plain(password));
        })
        .await;
    assert!(!changed.unwrap().is_empty());
    let answer = refresh(&world, SPA, &token, &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".into()), "the password changed");
    assert_eq!(last(&world).await, "subject-token-revoked");
    let alice = Subject::parse("user-alice").unwrap();
    assert!(world.sts("t1").store.user(&alice).await.unwrap().unwrap().enabled);
}

#[tokio::test]
async fn bc_05_no_error_leads_to_where_nobody_registered() {
    let world = World::new().await;
    for wrong in [
        ("response_type", "token"),
        ("scope", "\"x"),
        ("code_challenge_method", "plain"),
        ("prompt", "none"),
        ("resource", "#"),
        ("response_mode", "form_post"),
    ] {
        let evil = ("redirect_uri", "https://evil.example/cb");
        let page = opened(&world, &[evil, wrong]).await;
        assert_shown(&page);
        assert!(!page.shows_text("evil.example"), "{}", page.text);
        assert_eq!(last(&world).await, "redirect-uri-unknown", "{}", wrong.0);
    }
    assert_eq!(sent_back(&world, &opened(&world, &[("scope", "\"x")]).await), "invalid_scope");
}

#[tokio::test]
async fn bc_06_forwarded_headers_of_strangers_are_ignored() {
    let world = World::new().await;
    let forged = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-for", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1;host=evil.example;proto=http"),
    ];
    let page = world
        .send(Method::GET, &world.t1().authorize_url(&[("prompt", "none")]), &forged, "")
        .await;
    assert!(page.header("location").starts_with(SPA_CALLBACK), "{:?}", page.headers);
    assert!(!page.header("location").contains("evil"), "{:?}", page.headers);
    let challenge = world.send(Method::GET, &world.t1().endpoint("userinfo"), &forged, "").await;
    assert!(!challenge.header("www-authenticate").contains("evil"), "{:?}", challenge.headers);
    assert!(challenge.header("www-authenticate").contains(&world.base()));
    let sign_in = world.send(Method::GET, &world.t1().authorize_url(&[]), &forged, "").await;
    assert!(sign_in.status == 200 && !sign_in.text.contains("evil"), "{}", sign_in.text);
}

#[tokio::test]
async fn bc_07_nobody_is_sent_on_silently_to_an_application_they_never_met() {
    let world = World::new().await;
    let page = opened(&world, &[("prompt", "none")]).await;
    assert_eq!(sent_back(&world, &page), "login_required");
    assert_eq!(last(&world).await, "login-required");

    let browser = world.browser();
    world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
    let new = [&AS_WEB[..], &[("scope", "api://b/B.read"), ("prompt", "none")]].concat();
    let page = browser.get(&world.t1().authorize_url(&new)).await;
    assert_eq!(sent_back_to(&world, WEB_CALLBACK, &page), "consent_required");
}

#[tokio::test]
async fn bc_08_every_access_token_has_one_audience() {
    let world = World::new().await;
    let tokens = lasting(&world).await;
    let own = tokens.access_token();
    let profile = world.t1().tokens("alice", &[("scope", "openid profile")]).await;
    let issuer = world.t1().issuer();
    for (answer, audience) in [
        (refresh(&world, SPA, &refresh_token(&tokens), &[]).await, "api://a"),
        (world.t1().obo_exchange(&own, "api://b", "B.read").await, "api://b"),
        (world.t1().obo_entra(&own, "api://b/B.read").await, "api://b"),
        (profile, issuer.as_str()),
        (tokens, "api://a"),
    ] {
        assert_eq!(answer.claims()["aud"], Value::from(audience));
    }
}

#[tokio::test]
async fn bc_09_a_code_can_travel_in_a_form_and_is_in_no_log_and_on_no_record() {
    listen();
    let world = World::new().await;
    let browser = world.browser();
    let url = world.t1().authorize_url(&[("response_mode", "form_post")]);
    let page = world.t1().sign_in(&browser, &url, "alice").await;
    assert_eq!((page.status, page.location()), (200, ""));
    assert!(page.shows_text(&format!("action=\"{SPA_CALLBACK}\"")), "{}", page.text);
    assert_eq!(page.headers["cache-control"], "no-store");
    let code = page.text.split("name=\"code\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let tokens = world.t1().redeem(code).await;
    assert_eq!(tokens.status, 200);
    let kept = serde_json::to_string(&world.records().await).unwrap();
    for secret in [code, &tokens.access_token(), PASSWORD] {
        assert!(!kept.contains(secret) && !logged().contains(secret));
    }
    assert!(logged().contains("route=\"/{tenant}/oauth2/v2.0/token\""), "{}", logged());
    let query = browser.get(&world.t1().authorize_url(&[("prompt", "none")])).await;
    assert_eq!(query.headers["referrer-policy"], "no-referrer");
    assert_eq!(query.headers["cache-control"], "no-store");
}
