//! Passkeys: added, used alone, used after the password, taken away; and what liars hear.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something else should stop"
)]

use serde_json::{Value, json};
use stead_core::record::{Outcome, Record};
use stead_core::settings::SecondFactorRule;
use stead_proto::digest::{base64url, from_base64url};
use testkit::{Authenticator, Browser, PASSWORD, Page, PasskeyDevice, World};

const MFA: &str = "urn:stead:acr:mfa";

/// What the page's script would hand to the browser.
pub(crate) fn options(page: &Page) -> String {
    page.attribute_of("passkey-form", "data-options").unwrap()
}

/// Sends what a passkey answered, as the script does.
pub(crate) async fn answer(browser: &Browser, page: &Page, answer: &str) -> Page {
    browser.fill(page, &[("passkey-answer", answer)], "passkey").await
}

pub(crate) async fn type_password(browser: &Browser, page: &Page, user: &str) -> Page {
    let name = format!("{user}@example.com");
    browser.fill(page, &[("login", name.as_str()), ("password", PASSWORD)], "submit").await
}

/// Adds a passkey of this device on the user's security page; the page as it is then.
pub(crate) async fn add(world: &World, user: &str, device: &mut PasskeyDevice) -> Page {
    add_in(&world.browser(), user, device).await
}

async fn add_in(browser: &Browser, user: &str, device: &mut PasskeyDevice) -> Page {
    let page = browser.get("/t1/security").await;
    let page = type_password(browser, &page, user).await;
    let made = device.create(&options(&page));
    let codes = answer(browser, &page, &made).await;
    browser.fill(&codes, &[], "continue").await
}

/// The claims of the access token that comes of a redirect with a code.
async fn claims(world: &World, page: &Page) -> Value {
    let code = page.parameter("code").unwrap_or_else(|| panic!("no code: {}", page.text));
    let token = world.t1().redeem(&code).await.access_token();
    let payload = from_base64url(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// Whose passkey was refused last, if that is known, and why, as the record has it.
pub(crate) async fn last_refusal(world: &World) -> (Value, String) {
    let record: Record = world.records().await.pop().unwrap();
    let event = serde_json::to_value(&record.event).unwrap();
    let Outcome::Denied { reason, why } = record.outcome else { panic!("{event}") };
    assert_eq!(reason, "passkey-wrong");
    (event["subject"].clone(), why)
}

async fn a_passkey_is_added_and_signs_in_alone(world: World) {
    let mut device = PasskeyDevice::at(&world.base());
    let security = add(&world, "alice", &mut device).await;
    assert!(security.text.contains("<strong>Passkey</strong>"), "{}", security.text);

    let browser = world.browser();
    let page = browser.get(&world.t1().authorize_url(&[])).await;
    let done = answer(&browser, &page, &device.get(&options(&page))).await;
    let claims = claims(&world, &done).await;
    assert_eq!(claims["sub"], "user-alice");
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!(MFA), &json!(["hwk", "user", "mfa"])));
}

#[tokio::test]
async fn alice_adds_a_passkey_and_signs_in_with_it_alone() {
    a_passkey_is_added_and_signs_in_alone(World::new().await).await;
}

#[tokio::test]
async fn alice_adds_a_passkey_and_signs_in_with_it_alone_on_sqlite() {
    a_passkey_is_added_and_signs_in_alone(World::on_sqlite().await).await;
}

#[tokio::test]
async fn after_the_password_a_passkey_of_the_same_user_is_asked_for() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    device.manners.synced = true;
    add(&world, "alice", &mut device).await;

    let browser = world.browser();
    let page = browser.get(&world.t1().authorize_url(&[])).await;
    let second = type_password(&browser, &page, "alice").await;
    let asked: Value = serde_json::from_str(&options(&second)).unwrap();
    assert_eq!(asked["allowCredentials"].as_array().unwrap().len(), 1);
    let done = answer(&browser, &second, &device.get(&options(&second))).await;
    let claims = claims(&world, &done).await;
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!(MFA), &json!(["pwd", "swk", "user", "mfa"]))
    );
}

#[tokio::test]
async fn who_has_to_step_up_does_so_with_a_passkey() {
    let world = World::with_settings(|settings| {
        settings.second_factor = SecondFactorRule::WhenAsked;
    })
    .await;
    let mut device = PasskeyDevice::at(&world.base());
    add(&world, "alice", &mut device).await;

    let browser = world.browser();
    let first = world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
    assert_eq!(claims(&world, &first).await["acr"], "urn:stead:acr:password");
    let more = browser.get(&world.t1().authorize_url(&[("acr_values", MFA)])).await;
    let done = answer(&browser, &more, &device.get(&options(&more))).await;
    let claims = claims(&world, &done).await;
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!(MFA), &json!(["pwd", "hwk", "user", "mfa"]))
    );
}

#[tokio::test]
async fn who_has_no_second_factor_may_add_a_passkey_where_one_is_demanded() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    let browser = world.browser();
    let page = browser.get(&world.t1().authorize_url(&[("acr_values", MFA)])).await;
    let enrol = type_password(&browser, &page, "alice").await;
    let codes = answer(&browser, &enrol, &device.create(&options(&enrol))).await;
    assert!(codes.shows("codes"), "{}", codes.text);
    let done = browser.fill(&codes, &[], "continue").await;
    assert_eq!(claims(&world, &done).await["acr"], MFA);
}

#[tokio::test]
async fn who_signed_in_by_passkey_alone_and_adds_an_app_proved_no_password() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    add(&world, "alice", &mut device).await;
    let browser = world.browser();
    let page = browser.get("/t1/security").await;
    let page = answer(&browser, &page, &device.get(&options(&page))).await;
    let page = browser.fill(&page, &[], "add-totp").await;
    let code = Authenticator::scan(&page).code(world.clock().now());
    let page = browser.fill(&page, &[("code", code.as_str())], "submit").await;
    assert!(page.shows("remove-totp"), "{}", page.text);
    let done = browser.get(&world.t1().authorize_url(&[])).await;
    let claims = claims(&world, &done).await;
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!(MFA), &json!(["hwk", "user", "otp", "mfa"]))
    );
}

#[tokio::test]
async fn a_passkey_has_a_name_and_a_last_use_and_is_not_made_twice_on_one_device() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    add(&world, "alice", &mut device).await;

    let browser = world.browser();
    let page = browser.get("/t1/security").await;
    let security = answer(&browser, &page, &device.get(&options(&page))).await;
    assert!(security.text.contains("last used 2026-"), "{}", security.text);
    let asked: Value = serde_json::from_str(&options(&security)).unwrap();
    assert_eq!(asked["excludeCredentials"].as_array().unwrap().len(), 1);

    let mut phone = PasskeyDevice::at(&world.base());
    let made = phone.create(&options(&security));
    let fields = [("passkey-answer", made.as_str()), ("passkey-name", " My <b>phone</b> ")];
    let security = browser.fill(&security, &fields, "passkey").await;
    assert!(security.text.contains("My &#60;b&#62;phone&#60;/b&#62;"), "{}", security.text);
}

#[tokio::test]
async fn a_passkey_that_was_removed_opens_nothing() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    let browser = world.browser();
    let security = add_in(&browser, "alice", &mut device).await;
    let remove = format!("remove-{}", base64url(&device.keys[0].id));
    let security = browser.fill(&security, &[], &remove).await;
    assert!(!security.shows(&remove), "{}", security.text);

    let stranger = world.browser();
    let page = stranger.get(&world.t1().authorize_url(&[])).await;
    let page = answer(&stranger, &page, &device.get(&options(&page))).await;
    assert_eq!((page.status, page.shows("problem")), (400, true));
    assert_eq!(last_refusal(&world).await.1, "nobody has this passkey");
}

#[tokio::test]
async fn the_question_tells_nobody_who_has_a_passkey() {
    let world = World::new().await;
    add(&world, "alice", &mut PasskeyDevice::at(&world.base())).await;
    let asked = async |hint: &str| {
        let url = world.t1().authorize_url(&[("login_hint", hint)]);
        let mut asked: Value =
            serde_json::from_str(&options(&world.browser().get(&url).await)).unwrap();
        asked["challenge"].take();
        asked
    };
    let alice = asked("alice@example.com").await;
    assert_eq!(alice["allowCredentials"], json!([]));
    assert_eq!(alice, asked("bob@example.com").await);
    assert_eq!(alice, asked("nobody@example.com").await);
}
