//! Second factors, as users meet them: one-time codes, recovery codes, the page to look after them.

use crate::obo::{A, BOTH, edge_to_b, refused, tried};
use crate::steps::{last, sent_back};
use reqwest::Method;
use serde_json::{Value, json};
use stead_core::settings::SecondFactorRule;
use stead_proto::acr::Acr;
use stead_proto::time::Seconds;
use testkit::{Authenticator, Browser, PASSWORD, Page, World, listen, logged};

const SESSION: &str = "__Host-stead-t1";
const MFA: [(&str, &str); 1] = [("acr_values", "urn:stead:acr:mfa")];

/// Types a name and the password.
async fn password(browser: &Browser, page: &Page, user: &str) -> Page {
    let name = format!("{user}@example.com");
    browser.fill(page, &[("login", &name), ("password", PASSWORD)], "submit").await
}

/// Types a code.
async fn code(browser: &Browser, page: &Page, code: &str) -> Page {
    browser.fill(page, &[("code", code)], "submit").await
}

/// What the app shows now.
fn now(world: &World, app: &Authenticator) -> String {
    app.code(world.clock().now())
}

/// The user adds an app in a browser of its own; half a minute later.
async fn enrolled(world: &World, user: &str) -> (Authenticator, Vec<String>) {
    let browser = world.browser();
    let page = password(&browser, &browser.get("/t1/security").await, user).await;
    let page = browser.fill(&page, &[], "add-totp").await;
    let app = Authenticator::scan(&page);
    let page = code(&browser, &page, &now(world, &app)).await;
    let codes = recovery_codes(&page);
    let page = browser.fill(&page, &[], "continue").await;
    assert!(page.shows("remove-totp"), "{}", page.text);
    world.advance(Seconds(30));
    (app, codes)
}

fn recovery_codes(page: &Page) -> Vec<String> {
    let list = page.text.split_once("id=\"codes\"").unwrap().1;
    let list = list.split_once("</ul>").unwrap().0;
    let codes: Vec<String> = list
        .split("<code>")
        .skip(1)
        .map(|rest| rest.split_once("</code>").unwrap().0.to_owned())
        .collect();
    assert_eq!(codes.len(), 10);
    codes
}

/// A browser in which this user's password was right, and the page after it.
async fn halfway(world: &World, user: &str, changes: &[(&str, &str)]) -> (Browser, Page) {
    let browser = world.browser();
    let page = browser.get(&world.t1().authorize_url(changes)).await;
    let page = password(&browser, &page, user).await;
    assert!(browser.cookie(SESSION).is_none(), "a password alone began a session");
    (browser, page)
}

/// Agrees to whatever is asked, and redeems the code.
async fn tokens(world: &World, browser: &Browser, mut page: Page) -> Value {
    while page.shows("consent-allow") {
        page = browser.fill(&page, &[], "consent-allow").await;
    }
    let answer = world.t1().redeem(&page.parameter("code").unwrap()).await;
    json!({ "token": answer.access_token(), "claims": answer.claims() })
}

#[tokio::test]
async fn a_demand_for_two_factors_leads_from_the_exchange_to_the_pages_and_back() {
    let world = World::with(|t1| edge_to_b(t1).acr = Some(Acr::MultiFactor)).await;
    let weak = world.t1().token_for_a("alice").await;
    let errors = ["interaction_required", "insufficient_user_authentication"];
    for (dialect, error) in BOTH.into_iter().zip(errors) {
        let asking = dialect.ask(world.t1(), A, (&weak, "api://b", "B.read"));
        let tried = tried(&world, asking).await;
        assert_eq!(tried.said(), refused(400, error, "enrolment-required"));
    }
    let (app, _) = enrolled(&world, "alice").await;
    let mut claims = String::new();
    for (dialect, error) in BOTH.into_iter().zip(errors) {
        let asking = dialect.ask(world.t1(), A, (&weak, "api://b", "B.read"));
        let tried = tried(&world, asking).await;
        assert_eq!(tried.said(), refused(400, error, "step-up-required"));
        claims = tried.answer.member("claims").as_str().unwrap().to_owned();
    }

    let (browser, page) = halfway(&world, "alice", &[("claims", &claims)]).await;
    let page = code(&browser, &page, &now(&world, &app)).await;
    let strong = tokens(&world, &browser, page).await;
    let said = |claims: &Value| json!([claims["acr"], claims["amr"]]);
    let two = json!(["urn:stead:acr:mfa", ["pwd", "otp", "mfa"]]);
    assert_eq!(said(&strong["claims"]), two);
    for dialect in BOTH {
        let token = strong["token"].as_str().unwrap();
        let answer = dialect.ask(world.t1(), A, (token, "api://b", "B.read")).await;
        assert_eq!(said(&answer.claims()), two);
        let seen = world.t1().introspect(crate::obo::B, &answer.access_token()).await;
        assert_eq!(said(&serde_json::from_str(&seen.text).unwrap()), two);
    }
}

#[tokio::test]
async fn who_is_signed_in_proves_only_what_is_missing() {
    let world = World::with_settings(|all| all.second_factor = SecondFactorRule::WhenAsked).await;
    let (app, _) = enrolled(&world, "alice").await;
    let browser = world.browser();
    let url = world.t1().authorize_url(&[]);
    let page = world.t1().sign_in(&browser, &url, "alice").await;
    let weak = tokens(&world, &browser, page).await;
    assert_eq!(weak["claims"]["acr"], "urn:stead:acr:password");

    let silent = [MFA[0], ("prompt", "none")];
    let page = browser.get(&world.t1().authorize_url(&silent)).await;
    assert_eq!(sent_back(&world, &page), "interaction_required");
    assert_eq!(last(&world).await, "step-up-required");
    let page = browser.get(&world.t1().authorize_url(&MFA)).await;
    assert!(page.shows("code") && !page.shows("password"), "{}", page.text);
    let page = code(&browser, &page, &now(&world, &app)).await;
    let strong = tokens(&world, &browser, page).await;
    assert_eq!(strong["claims"]["acr"], "urn:stead:acr:mfa");
    assert_eq!(strong["claims"]["sid"], weak["claims"]["sid"]);
    let page = browser.get(&world.t1().authorize_url(&silent)).await;
    assert!(page.parameter("code").is_some(), "{}", page.location());
}

#[tokio::test]
async fn who_has_no_second_factor_adds_one_on_the_way() {
    let world = World::new().await;
    let (browser, page) = halfway(&world, "alice", &MFA).await;
    let app = Authenticator::scan(&page);
    let page = code(&browser, &page, "000000").await;
    assert_eq!((page.status, browser.cookie(SESSION)), (400, None));
    assert_eq!(Authenticator::scan(&page).secret(), app.secret(), "the secret stays the same");
    let page = code(&browser, &page, &now(&world, &app)).await;
    recovery_codes(&page);
    let page = browser.fill(&page, &[], "continue").await;
    let tokens = tokens(&world, &browser, page).await;
    assert_eq!(tokens["claims"]["amr"], json!(["pwd", "otp", "mfa"]));
}

#[tokio::test]
async fn a_stolen_password_opens_nothing_where_the_user_has_a_second_factor() {
    let world = World::new().await;
    enrolled(&world, "alice").await;
    let (browser, page) = halfway(&world, "alice", &[]).await;
    let flow = flow(&page);
    for path in ["consent", "account", "continue", "enrol", "security"] {
        let pairs = [("flow", flow.as_str()), ("wish", "add-totp"), ("decision", "allow")];
        let page = browser.post(&format!("/t1/{path}"), &pairs).await;
        assert!(page.shows("code") && !page.shows("otpauth"), "{path}: {}", page.text);
        assert!(browser.cookie(SESSION).is_none(), "{path}");
    }
    let silent = world.t1().authorize_url(&[("prompt", "none")]);
    assert_eq!(sent_back(&world, &browser.get(&silent).await), "login_required");
    let page = password(&browser, &browser.get("/t1/security").await, "alice").await;
    assert!(page.shows("code") && browser.cookie(SESSION).is_none(), "{}", page.text);
}

fn flow(page: &Page) -> String {
    let rest = page.text.split_once("name=\"flow\" value=\"").unwrap().1;
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_one_time_code_works_once_even_for_two_at_once() {
    let world = World::on_sqlite().await;
    let (app, _) = enrolled(&world, "alice").await;
    let (first, one) = halfway(&world, "alice", &[]).await;
    let (second, two) = halfway(&world, "alice", &[]).await;
    let typed = now(&world, &app);
    let (one, two) = tokio::join!(code(&first, &one, &typed), code(&second, &two, &typed));
    let in_sessions = [&first, &second].map(|browser| browser.cookie(SESSION).is_some());
    assert_eq!(in_sessions.iter().filter(|begun| **begun).count(), 1, "{}{}", one.text, two.text);
    assert!(world.reasons().await.contains(&"second-factor-wrong".to_owned()));

    let (third, page) = halfway(&world, "alice", &[]).await;
    let page = code(&third, &page, &typed).await;
    assert_eq!((page.status, last(&world).await.as_str()), (400, "second-factor-wrong"));
    world.advance(Seconds(30));
    code(&third, &page, &now(&world, &app)).await;
    assert!(third.cookie(SESSION).is_some());
}

#[tokio::test]
async fn a_recovery_code_works_once_and_new_ones_take_the_place_of_the_old() {
    let world = World::new().await;
    let (app, codes) = enrolled(&world, "alice").await;
    let with = async |code: &str| {
        let (browser, page) = halfway(&world, "alice", &MFA).await;
        browser.fill(&page, &[("recovery", code)], "recovery-submit").await;
        browser.cookie(SESSION).is_some()
    };
    assert!(with(&codes[0].to_uppercase().replace('-', " ")).await);
    assert!(!with(&codes[0]).await, "it was used before");
    assert!(!with("aaaa-aaaa-aaaa-aaaa").await);

    let browser = world.browser();
    let page = password(&browser, &browser.get("/t1/security").await, "alice").await;
    let page = code(&browser, &page, &now(&world, &app)).await;
    let renewed = recovery_codes(&browser.fill(&page, &[], "new-codes").await);
    assert!(!with(&codes[1]).await, "it was replaced");
    assert!(with(&renewed[1]).await);
}

#[tokio::test]
async fn the_eleventh_wrong_code_waits_wherever_it_comes_from() {
    let world = World::new().await;
    let (app, codes) = enrolled(&world, "alice").await;
    for _ in 0..10 {
        let (browser, page) = halfway(&world, "alice", &[]).await;
        assert_eq!(code(&browser, &page, "000000").await.status, 400);
    }
    let (browser, page) = halfway(&world, "alice", &[]).await;
    let page = code(&browser, &page, &now(&world, &app)).await;
    assert_eq!(page.status, 429, "{}", page.text);
    let page = browser.fill(&page, &[("recovery", &codes[0])], "recovery-submit").await;
    assert_eq!((page.status, browser.cookie(SESSION)), (429, None));
    world.advance(Seconds(599));
    let (browser, page) = halfway(&world, "alice", &[]).await;
    assert_eq!(code(&browser, &page, &now(&world, &app)).await.status, 429);
    world.advance(Seconds(1));
    code(&browser, &page, &now(&world, &app)).await;
    assert!(browser.cookie(SESSION).is_some());
}

#[tokio::test]
async fn a_wrong_code_of_a_new_app_is_on_record_and_counts_like_any_other() {
    let world = World::new().await;
    let (app, _) = enrolled(&world, "alice").await;
    let browser = world.browser();
    let page = password(&browser, &browser.get("/t1/security").await, "alice").await;
    let page = code(&browser, &page, &now(&world, &app)).await;
    let mut page = browser.fill(&page, &[], "add-totp").await;
    let new = Authenticator::scan(&page);
    for _ in 0..10 {
        page = code(&browser, &page, "000000").await;
        assert_eq!((page.status, last(&world).await.as_str()), (400, "second-factor-wrong"));
    }
    assert_eq!(
        world.records().await.pop().map(|record| json!(record.event)),
        Some(json!({
            "kind": "factors", "subject": "user-alice", "by": "user:alice@example.com",
            "changes": ["one-time codes: not added"],
        }))
    );

    world.advance(Seconds(30));
    let page = code(&browser, &page, &now(&world, &new)).await;
    assert_eq!(page.status, 429, "{}", page.text);
    let (other, sign_in) = halfway(&world, "alice", &[]).await;
    let sign_in = code(&other, &sign_in, &now(&world, &app)).await;
    assert_eq!((sign_in.status, other.cookie(SESSION)), (429, None));
    world.advance(Seconds(570));
    code(&other, &sign_in, &now(&world, &app)).await;
    assert!(other.cookie(SESSION).is_some(), "the app is still the old one");
}

#[tokio::test]
async fn who_is_disabled_or_takes_too_long_between_the_two_pages_begins_anew() {
    let world = World::new().await;
    let (app, _) = enrolled(&world, "alice").await;
    let (browser, page) = halfway(&world, "alice", &[]).await;
    world.advance(Seconds(600));
    let page = code(&browser, &page, &now(&world, &app)).await;
    assert!(page.shows("password") && browser.cookie(SESSION).is_none(), "{}", page.text);

    let (browser, page) = halfway(&world, "alice", &[]).await;
    world.change_user("alice", |alice| alice.enabled = false).await;
    let page = code(&browser, &page, &now(&world, &app)).await;
    assert!(page.shows("password") && browser.cookie(SESSION).is_none(), "{}", page.text);
}

#[tokio::test]
async fn a_factor_is_removed_only_with_a_fresh_proof_of_it() {
    let world = World::new().await;
    let (app, _) = enrolled(&world, "alice").await;
    let browser = world.browser();
    let page = password(&browser, &browser.get("/t1/security").await, "alice").await;
    let page = code(&browser, &page, &now(&world, &app)).await;
    world.advance(Seconds(600));
    let stale = browser.fill(&page, &[], "remove-totp").await;
    assert!(stale.shows("password"), "{}", stale.text);
    let page = password(&browser, &stale, "alice").await;
    assert!(page.shows("code"), "the password alone is not enough: {}", page.text);
    let page = code(&browser, &page, &now(&world, &app)).await;
    let page = browser.fill(&page, &[], "remove-totp").await;
    assert!(page.shows("add-totp") && !page.shows("new-codes"), "{}", page.text);
    assert_eq!(
        world.records().await.pop().map(|record| json!(record.event)),
        Some(json!({
            "kind": "factors", "subject": "user-alice", "by": "user:alice@example.com",
            "changes": ["one-time codes of \"Authenticator app\": removed"],
        }))
    );
}

#[tokio::test]
async fn a_page_of_another_browser_changes_nothing() {
    let world = World::new().await;
    let browser = world.browser();
    let page = password(&browser, &browser.get("/t1/security").await, "alice").await;
    let other = world.browser();
    password(&other, &other.get("/t1/security").await, "bob").await;
    let flow = flow(&page);
    for path in ["security", "enrol", "second-factor", "continue"] {
        let lured =
            other.post(&format!("/t1/{path}"), &[("flow", &flow), ("wish", "new-codes")]).await;
        assert_eq!(lured.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_tenant_may_ask_everybody_every_time() {
    let world = World::with_settings(|all| all.second_factor = SecondFactorRule::Always).await;
    let (browser, page) = halfway(&world, "bob", &[]).await;
    let app = Authenticator::scan(&page);
    let page = code(&browser, &page, &now(&world, &app)).await;
    let page = browser.fill(&page, &[], "continue").await;
    let claims = tokens(&world, &browser, page).await;
    assert_eq!(claims["claims"]["acr"], "urn:stead:acr:mfa");
}

#[tokio::test]
async fn no_code_and_no_secret_is_logged_or_put_on_record() {
    listen();
    let world = World::new().await;
    let (app, codes) = enrolled(&world, "alice").await;
    let (browser, page) = halfway(&world, "alice", &[]).await;
    let typed = now(&world, &app);
    let page = code(&browser, &page, "424242").await;
    code(&browser, &page, &typed).await;
    let (browser, page) = halfway(&world, "alice", &[]).await;
    browser.fill(&page, &[("recovery", &codes[3])], "recovery-submit").await;

    let recorded = serde_json::to_string(&world.records().await).unwrap();
    assert!(recorded.contains("one-time codes of") && logged().contains("second-factor"));
    for secret in [app.secret(), "424242", &codes[3], &codes[3].replace('-', "").to_uppercase()] {
        assert!(!recorded.contains(secret) && !logged().contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_administrator_sees_factors_without_secrets_and_takes_them_away() {
    let world = World::new().await;
    let (app, codes) = enrolled(&world, "alice").await;
    let path = "/users/user-alice/factors";
    let (status, seen) = world.admin(Method::GET, path, None).await;
    assert_eq!((status, &seen["totp"]["name"]), (200, &json!("Authenticator app")));
    assert_eq!((&seen["recovery_left"], &seen["passkeys"]), (&json!(10), &json!([])));
    assert!(!seen.to_string().contains(app.secret()));

    let (browser, page) = halfway(&world, "alice", &[]).await;
    let page = browser.fill(&page, &[("recovery", &codes[0])], "recovery-submit").await;
    assert!(browser.cookie(SESSION).is_some(), "{}", page.text);
    let (status, _) = world.admin(Method::DELETE, &format!("{path}/face"), None).await;
    assert_eq!(status, 422);
    let (status, _) = world.admin(Method::DELETE, &format!("{path}/totp"), None).await;
    assert_eq!(status, 204);
    let (_, seen) = world.admin(Method::GET, path, None).await;
    assert_eq!(
        seen,
        json!({ "passkeys": [], "recovery_left": 0 }),
        "codes go with the last factor"
    );
    let silent = world.t1().authorize_url(&[("prompt", "none")]);
    assert_eq!(sent_back(&world, &browser.get(&silent).await), "login_required");
    world.advance(Seconds(1));
    assert!(world.t1().tokens("alice", &[]).await.claims()["acr"] == "urn:stead:acr:password");
    assert_eq!(world.admin(Method::GET, "/users/nobody/factors", None).await.0, 404);
}
