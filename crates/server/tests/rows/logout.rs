//! OpenID Connect RP-Initiated Logout (rows LO, BL): who is signed out, and where the browser goes then.

use crate::steps::{AS_WEB, Shows, WEB, last, lasting, of_web, refresh, refresh_token, sent_back};
use stead_proto::form;
use stead_proto::time::Seconds;
use testkit::{API_A_SECRET, Answer, Auth, Browser, Page, Pairs, World};

const BYE: &str = "https://spa.example/bye";

/// A browser in which alice is signed in, and the ID token of that.
async fn signed_in(world: &World) -> (Browser, String) {
    let browser = world.browser();
    let page = world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
    let answer = world.t1().redeem(&page.parameter("code").unwrap()).await;
    (browser, id_token(&answer))
}

fn id_token(answer: &Answer) -> String {
    answer.member("id_token").as_str().unwrap().to_owned()
}

async fn logout(world: &World, browser: &Browser, pairs: Pairs<'_>) -> Page {
    browser.get(&format!("{}?{}", world.t1().endpoint("logout"), form::write(pairs))).await
}

/// Whether the browser could go on without signing in again.
async fn is_signed_in(world: &World, browser: &Browser) -> bool {
    let page = browser.get(&world.t1().authorize_url(&[("prompt", "none")])).await;
    match page.parameter("code") {
        Some(_) => true,
        None => sent_back(world, &page) != "login_required",
    }
}

#[tokio::test]
async fn lo_01_a_hint_and_a_registered_uri_end_the_session_and_lead_there() {
    let world = World::new().await;
    for post in [false, true] {
        let (browser, hint) = signed_in(&world).await;
        let kept = browser.cookies();
        assert!(is_signed_in(&world, &browser).await);
        let state = "s&%+ \u{fc}";
        let pairs =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", state)];
        let page = if post {
            browser.post(&world.t1().endpoint("logout"), &pairs).await
        } else {
            logout(&world, &browser, &pairs).await
        };
        assert_eq!(page.status, 303, "{}", page.text);
        assert!(page.location().starts_with(&format!("{BYE}?")), "{}", page.location());
        assert_eq!(page.parameter("state").as_deref(), Some(state));
        assert!(!is_signed_in(&world, &browser).await);
        // Nor with the cookie that it had.
        for (name, value) in kept {
            browser.plant(&name, &value);
        }
        assert!(!is_signed_in(&world, &browser).await);
    }
}

#[tokio::test]
async fn lo_02_without_hint_or_registered_uri_there_is_a_page_and_no_redirect() {
    let world = World::new().await;
    let code = world.t1().code("alice", &AS_WEB).await;
    let of_another = id_token(&world.t1().token(WEB, &of_web(&code)).await);
    let foreign = world.t2().tokens("eve", &[]).await;
    let (_, sample) = signed_in(&world).await;
    let (signed, signature) = sample.rsplit_once('.').unwrap();
    let modified = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let unsigned = format!("{signed}.");
    let foreign = id_token(&foreign);
    let cases = [
        ("own", "https://evil.example/"),
        ("own", "https://spa.example/bye/"),
        ("own", "https://spa.example/bye?x=1"),
        ("own", "https://spa.example/bye#x"),
        ("own", "HTTPS://spa.example/bye"),
        ("own", "https://web.example/bye"),
        ("own", "//evil.example"),
        ("own", "javascript:alert(1)"),
        ("", BYE),
        (modified.as_str(), BYE),
        (unsigned.as_str(), BYE),
        ("x.y.z", BYE),
        (of_another.as_str(), BYE),
        (foreign.as_str(), BYE),
    ];
    for (hint, uri) in cases {
        let (browser, own) = signed_in(&world).await;
        let hint = if hint == "own" { own.as_str() } else { hint };
        let mut pairs = vec![("post_logout_redirect_uri", uri), ("state", "s")];
        pairs.extend((!hint.is_empty()).then_some(("id_token_hint", hint)));
        let page = logout(&world, &browser, &pairs).await;
        assert_eq!((page.status, page.location()), (200, ""), "{uri}");
        // Saying who asks does not make it so.
        pairs.push(("client_id", "spa"));
        let page = logout(&world, &browser, &pairs).await;
        assert_eq!((page.status, page.location()), (200, ""), "{uri}");
        assert!(page.shows_text("Sign out?") || page.shows_text("You are signed out"));
    }
    let (browser, own) = signed_in(&world).await;
    let pairs = [("id_token_hint", own.as_str()), ("post_logout_redirect_uri", BYE)];
    assert_eq!(logout(&world, &browser, &pairs).await.location(), BYE);
}

#[tokio::test]
async fn lo_03_an_expired_hint_is_taken() {
    let world = World::new().await;
    let (browser, hint) = signed_in(&world).await;
    world.advance(Seconds(7200));
    assert!(is_signed_in(&world, &browser).await);
    let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
    let page = logout(&world, &browser, &pairs).await;
    assert_eq!((page.status, page.location()), (303, BYE));
    assert!(!is_signed_in(&world, &browser).await);
}

#[tokio::test]
async fn lo_04_without_parameters_the_user_is_asked() {
    let world = World::new().await;
    let (browser, _) = signed_in(&world).await;
    let page = logout(&world, &browser, &[]).await;
    assert!(page.shows("logout-confirm") && page.shows_text("alice@example.com"), "{}", page.text);
    assert!(is_signed_in(&world, &browser).await, "nothing has ended yet");
    let done = browser.fill(&page, &[], "logout-confirm").await;
    assert!(done.shows_text("You are signed out"), "{}", done.text);
    assert!(!is_signed_in(&world, &browser).await);
}

/// Nor can a form on somebody else's page, nor a page that was shown in another browser.
#[tokio::test]
async fn lo_05_an_image_tag_signs_nobody_out() {
    let world = World::new().await;
    let (browser, _) = signed_in(&world).await;
    for pairs in [
        &[][..],
        &[("post_logout_redirect_uri", BYE)],
        &[("client_id", "spa"), ("post_logout_redirect_uri", BYE)],
        &[("flow", "x")],
        &[("confirmed", "true")],
        &[("logout-confirm", "1")],
    ] {
        logout(&world, &browser, pairs).await;
        browser.post(&world.t1().endpoint("logout"), pairs).await;
        assert!(is_signed_in(&world, &browser).await, "{pairs:?}");
    }
    let (mallorys, _) = signed_in(&world).await;
    let page = logout(&world, &mallorys, &[]).await;
    let lured = browser.fill(&page, &[], "logout-confirm").await;
    assert_eq!(lured.status, 400, "{}", lured.text);
    assert!(is_signed_in(&world, &browser).await);
}

/// At once, not within seconds. A refresh token ends with the session also where the user allowed the
/// client to go on after they left: signing out is more than leaving. Cached tokens at a gateway are a
/// row of the gateway.
#[tokio::test]
async fn bl_03_after_logout_nothing_is_refreshed_or_exchanged() {
    let world = World::new().await;
    let browser = world.browser();
    let scope = ("scope", "openid offline_access api://a/A.use");
    let page = world.t1().sign_in(&browser, &world.t1().authorize_url(&[scope]), "alice").await;
    let tokens = world.t1().redeem(&page.parameter("code").unwrap()).await;
    let elsewhere = lasting(&world).await;
    let (own, spa) = (tokens.access_token(), Auth::Public("spa"));
    assert_eq!(world.t1().obo_exchange(&own, "api://b", "B.read").await.status, 200);

    logout(&world, &browser, &[("id_token_hint", &id_token(&tokens))]).await;
    let refused = refresh(&world, spa, &refresh_token(&tokens), &[]).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant".into()));
    assert_eq!(last(&world).await, "subject-token-revoked");
    let refused = world.t1().obo_exchange(&own, "api://b", "B.read").await;
    assert_eq!(refused.refusal(), (400, "invalid_request".into()));
    let refused = world.t1().obo_entra(&own, "api://b/B.read").await;
    assert_eq!(refused.refusal(), (400, "invalid_grant".into()));
    assert_eq!(last(&world).await, "subject-token-revoked");
    let dead = world.t1().introspect(("api-a", API_A_SECRET), &own).await;
    assert_eq!(dead.member("active"), false);

    // The session in the other browser is another one.
    assert_eq!(refresh(&world, spa, &refresh_token(&elsewhere), &[]).await.status, 200);
    let fine = world.t1().obo_exchange(&elsewhere.access_token(), "api://b", "B.read").await;
    assert_eq!(fine.status, 200);
}
