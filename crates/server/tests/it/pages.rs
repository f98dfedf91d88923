//! Signing in, consenting and signing out, as a person in a browser without JavaScript.

use crate::world::{CALLBACK, VERIFIER, World};
use serde_json::Value;
use testkit::{Browser, Page};

const SESSION: &str = "__Host-stead-corp";

fn right() -> [(&'static str, &'static str); 2] {
    [("login", "alice"), ("password", "correct horse")]
}

fn browser(world: &World) -> Browser {
    Browser::new(world.client(), &world.url(""))
}

#[tokio::test]
async fn alice_signs_in_consents_and_the_application_redeems_its_code() {
    let world = World::start().await;
    let browser = browser(&world);
    let sign_in = browser.get(&world.authorize("")).await;
    assert!(
        sign_in.status == 200
            && sign_in.text.contains("id=\"login\"")
            && sign_in.text.contains("Dashboard")
    );

    let consent = browser.submit(&sign_in, &right()).await;
    assert!(consent.text.contains("Dashboard asks for your permission"), "{}", consent.text);
    assert!(
        consent.text.contains("See your reports") && consent.text.contains("localhost:3000"),
        "{}",
        consent.text
    );

    let done = browser.submit(&consent, &[("decision", "allow")]).await;
    assert_eq!(done.status, 303);
    assert!(done.location().starts_with(CALLBACK), "{}", done.location());
    assert_eq!(done.parameter("state").as_deref(), Some("s&t"));
    assert_eq!(done.parameter("iss"), Some(world.url("/corp/v2.0")));

    let code = done.parameter("code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "spa"),
        ("redirect_uri", CALLBACK),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    let url = world.url("/corp/oauth2/v2.0/token");
    let from_its_page = world.client().post(url).header("origin", "http://localhost:3000");
    let answer = from_its_page.form(&form).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["token_type"], "Bearer", "{body}");

    let again = browser.get(&world.authorize("&prompt=none")).await;
    assert!(again.status == 303 && again.parameter("code").is_some(), "{again:?}");
}

#[tokio::test]
async fn every_page_guards_itself() {
    let world = World::start().await;
    let browser = browser(&world);
    let sign_in = browser.get(&world.authorize("")).await;
    let consent = browser.submit(&sign_in, &right()).await;
    let broken = browser.get(&world.url("/corp/oauth2/v2.0/authorize?client_id=none")).await;
    let logout = browser.get(&world.url("/corp/oauth2/v2.0/logout")).await;
    for page in [&sign_in, &consent, &broken, &logout] {
        let header = |name: &str| page.headers[name].to_str().unwrap();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'; base-uri 'none'"), "{policy}");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        assert!(
            !page.text.contains("style=")
                && !page.text.contains("<style")
                && !page.text.contains("onclick")
        );
    }
    assert!(
        sign_in.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("'self' http://localhost:3000;")
    );
    assert_eq!((broken.status, broken.location()), (400, ""));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_look_alike_and_the_right_one_goes_on() {
    let world = World::start().await;
    let browser = browser(&world);
    let page = browser.get(&world.authorize("")).await;
    let wrong = browser.submit(&page, &[("login", "alice"), ("password", "x")]).await;
    let unknown = browser.submit(&page, &[("login", "nobody"), ("password", "x")]).await;
    let seen = |shown: &Page, name: &str| (shown.status, shown.lasting_text().replace(name, "?"));
    assert_eq!(seen(&wrong, "alice"), seen(&unknown, "nobody"));
    assert!(wrong.status == 400 && wrong.text.contains("role=\"alert\""));
    assert!(browser.cookie(SESSION).is_none());
    assert!(browser.submit(&wrong, &right()).await.text.contains("id=\"consent-allow\""));
    assert!(browser.cookie(SESSION).is_some());
}

#[tokio::test]
async fn many_wrong_passwords_have_to_wait() {
    let world = World::start().await;
    let browser = browser(&world);
    let page = browser.get(&world.authorize("")).await;
    for _ in 0..10 {
        assert_eq!(
            browser.submit(&page, &[("login", "alice"), ("password", "x")]).await.status,
            400
        );
    }
    let eleventh = browser.submit(&page, &right()).await;
    assert!(eleventh.status == 429 && eleventh.text.contains("Too many attempts"));
    let spaced = [("login", " alice "), ("password", "correct horse")];
    assert_eq!(browser.submit(&page, &spaced).await.status, 429);
}

#[tokio::test]
async fn a_page_works_in_the_browser_it_was_shown_in_and_in_no_other() {
    let world = World::start().await;
    let (alices, mallorys) = (browser(&world), browser(&world));
    let page = mallorys.get(&world.authorize("")).await;
    alices.get(&world.authorize("")).await;
    let lured = alices.submit(&page, &right()).await;
    assert!(
        lured.status == 400 && lured.text.contains("begun in another browser"),
        "{}",
        lured.text
    );
    assert!(alices.cookie(SESSION).is_none());
    assert!(mallorys.submit(&page, &right()).await.text.contains("id=\"consent-allow\""));
}

#[tokio::test]
async fn consent_cannot_be_given_before_signing_in() {
    let world = World::start().await;
    let browser = browser(&world);
    let mut page = browser.get(&world.authorize("")).await;
    page.text = page.text.replace("/corp/sign-in", "/corp/consent");
    let answer = browser.submit(&page, &[("decision", "allow"), ("shown", "x")]).await;
    assert!(
        answer.text.contains("id=\"login\"") && answer.parameter("code").is_none(),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn who_denies_sends_the_application_home_empty_handed() {
    let world = World::start().await;
    let browser = browser(&world);
    let page = browser.get(&world.authorize("")).await;
    let consent = browser.submit(&page, &right()).await;
    let done = browser.submit(&consent, &[("decision", "deny")]).await;
    assert_eq!(done.status, 303);
    assert_eq!(done.parameter("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn the_session_changes_its_secret_at_every_sign_in() {
    let world = World::start().await;
    let browser = browser(&world);
    let page = browser.get(&world.authorize("")).await;
    browser.submit(&page, &right()).await;
    let first = browser.cookie(SESSION).unwrap();
    let page = browser.get(&world.authorize("&prompt=login")).await;
    assert!(page.text.contains("Confirm that it is you"), "{}", page.text);
    browser.submit(&page, &right()).await;
    assert_ne!(browser.cookie(SESSION), Some(first));
}

#[tokio::test]
async fn nobody_is_asked_anything_with_prompt_none() {
    let world = World::start().await;
    let answer = browser(&world).get(&world.authorize("&prompt=none")).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn an_answer_can_travel_in_a_form_that_works_without_scripts() {
    let world = World::start().await;
    let browser = browser(&world);
    let page = browser.get(&world.authorize("&response_mode=form_post")).await;
    let consent = browser.submit(&page, &right()).await;
    let done = browser.submit(&consent, &[("decision", "allow")]).await;
    assert!(
        done.text.contains("<form method=\"post\" action=\"http://localhost:3000/cb\">"),
        "{}",
        done.text
    );
    assert!(done.text.contains("name=\"code\"") && done.text.contains("id=\"submit\""));
    let script = done.text.split_once("<script src=\"").unwrap().1.split_once('"').unwrap().0;
    let script = browser.get(&world.url(script)).await;
    assert_eq!(script.headers["cache-control"], "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn signing_out_is_asked_first_and_then_done() {
    let world = World::start().await;
    let browser = browser(&world);
    let page = browser.get(&world.authorize("")).await;
    browser.submit(&page, &right()).await;
    let asked = browser.get(&world.url("/corp/oauth2/v2.0/logout")).await;
    assert!(asked.text.contains("id=\"logout-confirm\"") && browser.cookie(SESSION).is_some());
    let done = browser.submit(&asked, &[]).await;
    assert!(
        done.text.contains("You are signed out") && browser.cookie(SESSION).is_none(),
        "{}",
        done.text
    );
}

#[tokio::test]
async fn the_reasons_are_explained_on_a_page() {
    let world = World::start().await;
    let page = browser(&world).get(&world.url("/errors")).await;
    assert!(page.status == 200 && page.text.contains("<h2 id=\"consent-missing\">"));
}
