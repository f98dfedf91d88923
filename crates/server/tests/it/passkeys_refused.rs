//! What liars and thieves hear who come with a passkey: one sentence, while the record has the reason.

use crate::passkeys::{add, answer, last_refusal, options, type_password};
use serde_json::{Value, json};
use testkit::{Page, PasskeyDevice, World};

/// Opens the sign-in page in a new browser and sends what is made of its question.
async fn try_with(world: &World, made: impl FnOnce(&str) -> String) -> Page {
    let browser = world.browser();
    let page = browser.get(&world.t1().authorize_url(&[])).await;
    let page = answer(&browser, &page, &made(&options(&page))).await;
    assert!(page.status != 400 || browser.cookie("__Host-stead-t1").is_none());
    page
}

fn assert_refused(page: &Page) {
    assert_eq!(page.status, 400);
    assert!(page.shows("login"), "{}", page.text);
    assert!(page.text.contains("That passkey does not work here."), "{}", page.text);
}

/// How an authenticator is made to lie.
type Lie = fn(&mut PasskeyDevice);

#[tokio::test]
async fn a_lie_is_refused_and_the_record_says_which() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    add(&world, "alice", &mut device).await;
    let lies: [(Lie, &str); 6] = [
        (
            |it| it.manners.origin = "https://evil.example".into(),
            "the answer was given to a page of another origin",
        ),
        (|it| it.manners.framed = true, "the answer was given to a page of another origin"),
        (
            |it| it.manners.host = Some("evil.example".into()),
            "the passkey was made for another host",
        ),
        (|it| it.manners.verified = false, "the device did not verify its user"),
        (|it| it.manners.step = -1, "the passkey's counter went backwards"),
        (|it| it.keys[0].user = vec![7; 16], "the passkey is another user's"),
    ];
    let honest = device.manners.clone();
    for (lie, why) in lies {
        device.manners = honest.clone();
        try_with(&world, |asked| device.get(asked)).await;
        lie(&mut device);
        assert_refused(&try_with(&world, |asked| device.get(asked)).await);
        assert_eq!(last_refusal(&world).await, (json!("user-alice"), why.to_owned()));
    }
}

#[tokio::test]
async fn what_is_no_answer_is_refused_before_anything_is_looked_up() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    add(&world, "alice", &mut device).await;
    for (answered, why) in [
        (String::new(), "the answer is no passkey's"),
        ("{\"id\":1}".to_owned(), "the answer is no passkey's"),
        ("[".repeat(10_000), "the answer is no passkey's"),
        (" ".repeat(20_000), "the answer is longer than any passkey's"),
    ] {
        assert_refused(&try_with(&world, |_| answered).await);
        assert_eq!(last_refusal(&world).await, (Value::Null, why.to_owned()));
    }
}

#[tokio::test]
async fn a_passkey_nobody_has_and_one_of_a_user_who_is_disabled_look_alike() {
    let world = World::new().await;
    let (mut alices, mut strangers) =
        (PasskeyDevice::at(&world.base()), PasskeyDevice::at(&world.base()));
    let security = add(&world, "alice", &mut alices).await;
    strangers.create(&options(&security));
    world.change_user("alice", |alice| alice.enabled = false).await;
    for device in [&mut alices, &mut strangers] {
        assert_refused(&try_with(&world, |asked| device.get(asked)).await);
        let unknown = (Value::Null, "nobody has this passkey".to_owned());
        assert_eq!(last_refusal(&world).await, unknown);
    }
}

#[tokio::test]
async fn an_answer_works_once_whether_the_passkey_counts_or_not() {
    for step in [0, 1] {
        let world = World::new().await;
        let mut device = PasskeyDevice::at(&world.base());
        device.manners.step = step;
        add(&world, "alice", &mut device).await;
        let browser = world.browser();
        let page = browser.get(&world.t1().authorize_url(&[])).await;
        let stolen = device.get(&options(&page));
        assert!(answer(&browser, &page, &stolen).await.parameter("code").is_some());
        browser.plant("__Host-stead-t1", "");
        assert_refused(&answer(&browser, &page, &stolen).await);
        let replayed = (json!("user-alice"), "the challenge was answered before".to_owned());
        assert_eq!(last_refusal(&world).await, replayed);
    }
}

#[tokio::test]
async fn an_answer_belongs_to_its_question_and_its_browser() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    add(&world, "alice", &mut device).await;
    let (here, elsewhere) = (world.browser(), world.browser());
    let url = world.t1().authorize_url(&[]);
    let (page, other) = (here.get(&url).await, here.get(&url).await);
    let far = elsewhere.get(&url).await;
    for (asked, why) in [
        (&other, "the answer is to another challenge"),
        (&far, "the answer is to no question that was asked here"),
    ] {
        let question = asked.attribute_of("passkey-question", "value").unwrap();
        let answered = device.get(&options(&page));
        let fields = [("passkey-answer", answered.as_str()), ("passkey-question", &question)];
        assert_refused(&here.fill(&page, &fields, "passkey").await);
        assert_eq!(last_refusal(&world).await.1, why);
    }
}

#[tokio::test]
async fn after_alices_password_bobs_passkey_is_of_no_use() {
    let world = World::new().await;
    let (mut alices, mut bobs) =
        (PasskeyDevice::at(&world.base()), PasskeyDevice::at(&world.base()));
    add(&world, "alice", &mut alices).await;
    add(&world, "bob", &mut bobs).await;
    let browser = world.browser();
    let page = browser.get(&world.t1().authorize_url(&[])).await;
    let second = type_password(&browser, &page, "alice").await;
    let again = answer(&browser, &second, &bobs.get_with(0, &options(&second))).await;
    assert!(again.status == 400 && again.shows("passkey") && !again.shows("login"));
    let refused = (json!("user-bob"), "the passkey is another user's".to_owned());
    assert_eq!(last_refusal(&world).await, refused);
    let done = answer(&browser, &again, &alices.get(&options(&again))).await;
    assert!(done.parameter("code").is_some(), "{}", done.text);
}

#[tokio::test]
async fn a_passkey_of_one_tenant_is_unknown_at_another() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    add(&world, "alice", &mut device).await;
    let browser = world.browser();
    let page = browser.get(&world.t2().authorize_url(&[])).await;
    assert_refused(&answer(&browser, &page, &device.get(&options(&page))).await);
}

#[tokio::test]
async fn a_passkey_is_added_only_by_who_was_asked_and_only_once() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    let browser = world.browser();
    let page = browser.get("/t1/security").await;
    let page = type_password(&browser, &page, "alice").await;
    device.manners.verified = false;
    let again = answer(&browser, &page, &device.create(&options(&page))).await;
    assert!(again.status == 400 && again.text.contains("The passkey was not added."));
    assert_eq!(last_refusal(&world).await.1, "the device did not verify its user");

    device.manners.verified = true;
    let made = device.create(&options(&page));
    assert!(answer(&browser, &page, &made).await.shows("codes"));
    let twice = answer(&browser, &page, &made).await;
    assert_eq!(twice.status, 400);
    assert_eq!(last_refusal(&world).await.1, "the passkey was added before");
}

#[tokio::test]
async fn nobody_has_more_than_twenty_passkeys() {
    let world = World::new().await;
    let browser = world.browser();
    let page = browser.get("/t1/security").await;
    let mut page = type_password(&browser, &page, "alice").await;
    for place in 1..=21 {
        let made = PasskeyDevice::at(&world.base()).create(&options(&page));
        page = answer(&browser, &page, &made).await;
        if place == 1 {
            page = browser.fill(&page, &[], "continue").await;
        }
        assert_eq!(page.status, if place == 21 { 400 } else { 200 }, "{place}");
    }
    let full = "the user has as many passkeys as anybody may have";
    assert_eq!(last_refusal(&world).await, (json!("user-alice"), full.to_owned()));
}

#[tokio::test]
async fn who_guesses_too_often_waits() {
    let world = World::new().await;
    let mut device = PasskeyDevice::at(&world.base());
    add(&world, "alice", &mut device).await;
    device.manners.verified = false;
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(try_with(&world, |asked| device.get(asked)).await.status);
    }
    assert_eq!(statuses, [[400; 10].as_slice(), &[429]].concat());
}
