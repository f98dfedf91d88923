//! RFC 8628 §3.3 and §5, the page where users answer for their devices (rows DV-05, DV-06).

use crate::device::{answered, codes, poll};
use crate::steps::{Shows, last};
use stead_proto::time::Seconds;
use testkit::{Browser, PASSWORD, Page, World};

/// The page after this code was typed.
async fn typed(browser: &Browser, code: &str) -> Page {
    let page = browser.get("/t1/device").await;
    browser.fill(&page, &[("user-code", code)], "submit").await
}

async fn signed_in(browser: &Browser, page: &Page, user: &str) -> Page {
    let login = format!("{user}@example.com");
    browser.fill(page, &[("login", login.as_str()), ("password", PASSWORD)], "submit").await
}

#[tokio::test]
async fn dv_05_a_code_is_taken_in_any_case_with_spaces_and_dashes() {
    let world = World::new().await;
    for write in [
        |code: &str| code.to_lowercase(),
        |code: &str| code.replace('-', ""),
        |code: &str| format!(" {} ", code.replace('-', " ")),
    ] {
        let codes = codes(&world, "openid").await;
        let page = typed(&world.browser(), &write(&codes.user)).await;
        assert!(page.shows("login") && page.shows_text("The cli"), "{}", page.text);
    }
}

#[tokio::test]
async fn dv_05_guessing_codes_has_to_wait() {
    let world = World::new().await;
    let waiting = codes(&world, "openid").await;
    let browser = world.browser();
    for guess in ["BBBB-BBBB", "CCCC-CCCC", "no code", "", "DDDD-DDDD"].iter().cycle().take(10) {
        let page = typed(&browser, guess).await;
        assert_eq!((page.status, page.shows("user-code")), (400, true), "{guess}");
        assert_eq!(last(&world).await, "user-code-unknown");
    }
    let before = world.records().await.len();
    let page = typed(&browser, &waiting.user).await;
    assert_eq!(page.status, 429, "also the right one");
    assert_eq!(world.records().await.len(), before);
    world.advance(Seconds(6));
    assert!(typed(&browser, &waiting.user).await.shows("login"));
    // A right one costs nothing.
    assert!(typed(&browser, &waiting.user).await.shows("login"));
    assert!(typed(&browser, "BBBB-BBBB").await.status == 400);
}

#[tokio::test]
async fn dv_06_a_link_with_the_code_fills_it_in_and_no_more() {
    let world = World::new().await;
    let codes = codes(&world, "openid api://a/A.use").await;
    let browser = world.browser();
    let link = format!("/t1/device?user_code={}", codes.user);
    let page = browser.get(&link).await;
    assert_eq!(page.attribute_of("user-code", "value").unwrap(), codes.user);
    assert!(!page.text.contains("<script"), "nothing sends it by itself");
    assert_eq!(page.headers["x-frame-options"], "DENY");

    let page = browser.submit(&page, &[]).await;
    let page = signed_in(&browser, &page, "alice").await;
    for shown in ["The cli", &codes.user, "alice Example", "The api-a", "Use A.use"] {
        assert!(page.shows_text(shown), "{shown}: {}", page.text);
    }
    assert!(page.shows("device-allow") && page.shows("device-deny"));
    let class = |id: &str| page.attribute_of(id, "class").unwrap();
    assert_eq!(class("device-allow"), class("device-deny"));
    assert_eq!(poll(&world, &codes).await.refusal().1, "authorization_pending");
    let page = browser.fill(&page, &[], "device-allow").await;
    assert!(page.shows_text("You can close this page"), "{}", page.text);
    assert_eq!(poll(&world, &codes).await.status, 200);

    // What is in a link is no text of ours.
    let page = world.browser().get("/t1/device?user_code=%22%3E%3Cscript%3E").await;
    assert_eq!(page.attribute_of("user-code", "value").unwrap(), "");
}

#[tokio::test]
async fn dv_06_being_signed_in_skips_the_password_and_never_the_question() {
    let world = World::new().await;
    let browser = world.browser();
    let first = codes(&world, "openid").await;
    world.t1().answer_device(&browser, &first.user, "alice").await;
    let second = codes(&world, "openid").await;
    let page = typed(&browser, &second.user).await;
    assert!(page.shows("device-allow") && page.shows_text("alice Example"), "{}", page.text);

    let other = browser.fill(&page, &[], "account-other").await;
    assert!(other.shows("login"));
    let page = signed_in(&browser, &other, "bob").await;
    assert!(page.shows("device-allow") && page.shows_text("bob Example"), "{}", page.text);
    browser.fill(&page, &[], "device-allow").await;
    assert_eq!(poll(&world, &second).await.status, 200);
    let subjects = world.records().await.into_iter().filter_map(|record| match record.event {
        stead_core::record::Event::Device { subject, .. } => subject,
        _ => None,
    });
    let subjects: Vec<String> = subjects.map(|subject| subject.to_string()).collect();
    assert_eq!(subjects, ["user-alice", "user-bob"]);
}

/// Whoever lures a user to a form of their own gets nowhere: no form works without what our page in this
/// browser put into it.
#[tokio::test]
async fn dv_06_no_other_page_can_type_the_code_or_answer() {
    let world = World::new().await;
    let waiting = codes(&world, "openid").await;
    let (alice, mallory) = (world.browser(), world.browser());
    let signed = codes(&world, "openid").await;
    world.t1().answer_device(&alice, &signed.user, "alice").await;

    let typed_elsewhere = alice.post("/t1/device", &[("user_code", &waiting.user)]).await;
    assert_eq!(typed_elsewhere.status, 400);
    let confirmed = alice.post("/t1/device/confirm", &[("decision", "allow")]).await;
    assert_eq!(confirmed.status, 400);

    // The flow of another browser.
    let page = typed(&mallory, &waiting.user).await;
    let page = signed_in(&mallory, &page, "mallory").await;
    let value = |name: &str| {
        let (_, after) = page.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        after.split('"').next().unwrap().to_owned()
    };
    let stolen = [
        ("flow", &value("flow")),
        ("session", &value("session")),
        ("decision", &"allow".to_owned()),
    ];
    let stolen = stolen.map(|(name, value)| (name, value.as_str()));
    assert_eq!(alice.post("/t1/device/confirm", &stolen).await.status, 400);
    assert_eq!(poll(&world, &waiting).await.refusal().1, "authorization_pending");

    // Without the session that the page was shown to, the question is asked again.
    let bare = [stolen[0], ("decision", "allow")];
    let again = mallory.post("/t1/device/confirm", &bare).await;
    assert!(again.status == 200 && again.shows("device-allow"), "{}", again.text);
    assert_eq!(poll(&world, &waiting).await.refusal().1, "slow_down");
}

#[tokio::test]
async fn a_device_is_answered_once() {
    let world = World::new().await;
    let waiting = codes(&world, "openid").await;
    let browser = world.browser();
    let page = typed(&browser, &waiting.user).await;
    let page = signed_in(&browser, &page, "alice").await;
    browser.fill(&page, &[], "device-allow").await;
    for button in ["device-deny", "device-allow"] {
        let late = browser.fill(&page, &[], button).await;
        assert_eq!((late.status, late.shows("user-code")), (400, true), "{button}");
        assert_eq!(last(&world).await, "user-code-unknown");
    }
    assert_eq!(typed(&browser, &waiting.user).await.status, 400);
    assert_eq!(poll(&world, &waiting).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_had_ends_the_request_and_says_why() {
    let world = World::new().await;
    let waiting = codes(&world, "openid api://a/A.use").await;
    world.change_application("api-a", |api| api.enabled = false).await;
    let page = typed(&world.browser(), &waiting.user).await;
    assert_eq!(page.status, 400);
    assert!(page.shows_text("target-unknown") && page.shows("device-end"), "{}", page.text);
    assert_eq!(last(&world).await, "target-unknown");
    assert_eq!(poll(&world, &waiting).await.refusal(), (400, "access_denied".into()));

    let other = codes(&world, "openid").await;
    answered(&world, &other).await;
    assert_eq!(poll(&world, &other).await.status, 200);
}

#[tokio::test]
async fn a_device_of_one_tenant_is_unknown_to_the_other() {
    let world = World::new().await;
    let waiting = codes(&world, "openid").await;
    let browser = world.browser();
    let page = browser.get("/t2/device").await;
    let page = browser.fill(&page, &[("user-code", &waiting.user)], "submit").await;
    assert_eq!(page.status, 400);
    assert!(typed(&browser, &waiting.user).await.shows("login"));
}
