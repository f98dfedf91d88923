//! Signing in, consenting and signing out, as a person in a browser without JavaScript.

use crate::browser::{Browser, Shown};
use crate::world::{CALLBACK, VERIFIER, World};
use serde_json::Value;

const SESSION: &str = "__Host-stead-corp";

fn right() -> [(&'static str, &'static str); 2] {
    [("login", "alice"), ("password", "correct horse")]
}

fn parameter(shown: &Shown, name: &str) -> Option<String> {
    let query = shown.location().split_once('?')?.1;
    form_urlencoded(query).into_iter().find_map(|(key, value)| (key == name).then_some(value))
}

fn form_urlencoded(query: &str) -> Vec<(String, String)> {
    let form = stead_proto::form::Form::parse(query.as_bytes()).unwrap();
    form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[tokio::test]
async fn alice_signs_in_consents_and_the_application_redeems_its_code() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let sign_in = browser.open(&world.authorize("")).await;
    assert!(sign_in.status == 200 && sign_in.has("id=\"login\"") && sign_in.has("Dashboard"));

    let consent = browser.submit(&sign_in, &right()).await;
    assert!(consent.has("Dashboard asks for your permission"), "{}", consent.html);
    assert!(consent.has("See your reports") && consent.has("localhost:3000"), "{}", consent.html);

    let done = browser.submit(&consent, &[("decision", "allow")]).await;
    assert_eq!(done.status, 303);
    assert!(done.location().starts_with(CALLBACK), "{}", done.location());
    assert_eq!(parameter(&done, "state").as_deref(), Some("s&t"));
    assert_eq!(parameter(&done, "iss"), Some(world.url("/corp/v2.0")));

    let code = parameter(&done, "code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "spa"),
        ("redirect_uri", CALLBACK),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    let url = world.url("/corp/oauth2/v2.0/token");
    let answer = world.client().post(url).form(&form).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["token_type"], "Bearer", "{body}");

    let again = browser.open(&world.authorize("&prompt=none")).await;
    assert!(again.status == 303 && parameter(&again, "code").is_some(), "{again:?}");
}

#[tokio::test]
async fn every_page_guards_itself() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let sign_in = browser.open(&world.authorize("")).await;
    let consent = browser.submit(&sign_in, &right()).await;
    let broken = browser.open(&world.url("/corp/oauth2/v2.0/authorize?client_id=none")).await;
    let logout = browser.open(&world.url("/corp/oauth2/v2.0/logout")).await;
    for page in [&sign_in, &consent, &broken, &logout] {
        let header = |name: &str| page.headers[name].to_str().unwrap();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'; base-uri 'none'"), "{policy}");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        assert!(!page.has("style=") && !page.has("<style") && !page.has("onclick"));
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
    let mut browser = Browser::new(&world);
    let page = browser.open(&world.authorize("")).await;
    let wrong = browser.submit(&page, &[("login", "alice"), ("password", "x")]).await;
    let unknown = browser.submit(&page, &[("login", "nobody"), ("password", "x")]).await;
    let seen = |shown: &Shown, name: &str| {
        let (before, rest) = shown.html.split_once("name=\"flow\" value=\"").unwrap();
        let after = rest.split_once('"').unwrap().1;
        (shown.status, format!("{before}{after}").replace(name, "?"))
    };
    assert_eq!(seen(&wrong, "alice"), seen(&unknown, "nobody"));
    assert!(wrong.status == 400 && wrong.has("role=\"alert\""));
    assert!(browser.cookie(SESSION).is_none());
    assert!(browser.submit(&wrong, &right()).await.has("id=\"consent-allow\""));
    assert!(browser.cookie(SESSION).is_some());
}

#[tokio::test]
async fn many_wrong_passwords_have_to_wait() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&world.authorize("")).await;
    for _ in 0..10 {
        assert_eq!(
            browser.submit(&page, &[("login", "alice"), ("password", "x")]).await.status,
            400
        );
    }
    let eleventh = browser.submit(&page, &right()).await;
    assert!(eleventh.status == 429 && eleventh.has("Too many attempts"));
    let spaced = [("login", " alice "), ("password", "correct horse")];
    assert_eq!(browser.submit(&page, &spaced).await.status, 429);
}

#[tokio::test]
async fn a_page_works_in_the_browser_it_was_shown_in_and_in_no_other() {
    let world = World::start().await;
    let (mut alices, mut mallorys) = (Browser::new(&world), Browser::new(&world));
    let page = mallorys.open(&world.authorize("")).await;
    alices.open(&world.authorize("")).await;
    let lured = alices.submit(&page, &right()).await;
    assert!(lured.status == 400 && lured.has("begun in another browser"), "{}", lured.html);
    assert!(alices.cookie(SESSION).is_none());
    assert!(mallorys.submit(&page, &right()).await.has("id=\"consent-allow\""));
}

#[tokio::test]
async fn consent_cannot_be_given_before_signing_in() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let mut page = browser.open(&world.authorize("")).await;
    page.html = page.html.replace("/corp/sign-in", "/corp/consent");
    let answer = browser.submit(&page, &[("decision", "allow"), ("shown", "x")]).await;
    assert!(answer.has("id=\"login\"") && parameter(&answer, "code").is_none(), "{}", answer.html);
}

#[tokio::test]
async fn who_denies_sends_the_application_home_empty_handed() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&world.authorize("")).await;
    let consent = browser.submit(&page, &right()).await;
    let done = browser.submit(&consent, &[("decision", "deny")]).await;
    assert_eq!(done.status, 303);
    assert_eq!(parameter(&done, "error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn the_session_changes_its_secret_at_every_sign_in() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&world.authorize("")).await;
    browser.submit(&page, &right()).await;
    let first = browser.cookie(SESSION).unwrap().to_owned();
    let page = browser.open(&world.authorize("&prompt=login")).await;
    assert!(page.has("Confirm that it is you"), "{}", page.html);
    browser.submit(&page, &right()).await;
    assert_ne!(browser.cookie(SESSION), Some(first.as_str()));
}

#[tokio::test]
async fn nobody_is_asked_anything_with_prompt_none() {
    let world = World::start().await;
    let answer = Browser::new(&world).open(&world.authorize("&prompt=none")).await;
    assert_eq!(answer.status, 303);
    assert_eq!(parameter(&answer, "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn an_answer_can_travel_in_a_form_that_works_without_scripts() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&world.authorize("&response_mode=form_post")).await;
    let consent = browser.submit(&page, &right()).await;
    let done = browser.submit(&consent, &[("decision", "allow")]).await;
    assert!(
        done.has("<form method=\"post\" action=\"http://localhost:3000/cb\">"),
        "{}",
        done.html
    );
    assert!(done.has("name=\"code\"") && done.has("id=\"submit\""));
    let script = done.html.split_once("<script src=\"").unwrap().1.split_once('"').unwrap().0;
    let script = browser.open(&world.url(script)).await;
    assert_eq!(script.headers["cache-control"], "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn signing_out_is_asked_first_and_then_done() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&world.authorize("")).await;
    browser.submit(&page, &right()).await;
    let asked = browser.open(&world.url("/corp/oauth2/v2.0/logout")).await;
    assert!(asked.has("id=\"logout-confirm\"") && browser.cookie(SESSION).is_some());
    let done = browser.submit(&asked, &[]).await;
    assert!(done.has("You are signed out") && browser.cookie(SESSION).is_none(), "{}", done.html);
}

#[tokio::test]
async fn the_reasons_are_explained_on_a_page() {
    let world = World::start().await;
    let page = Browser::new(&world).open(&world.url("/errors")).await;
    assert!(page.status == 200 && page.has("<h2 id=\"consent-missing\">"));
}
