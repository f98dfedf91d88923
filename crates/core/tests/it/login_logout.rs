//! Signing out: at once for who proves the session, after a question for everybody else.

use crate::login_session::id_token;
use crate::tab::{Tab, alices_browser, error, kind};
use crate::world::{CALLBACK, World};
use stead_core::login::{Browser, LogoutPage, LogoutStep};
use stead_core::model::application::Kind;
use stead_core::record::{Event, Outcome};
use stead_proto::form::Form;

const BYE: &str = "https://dashboard.example/bye";

async fn logout(world: &World, query: &str, browser: &Browser, confirmed: bool) -> LogoutStep {
    let form = Form::parse(query.as_bytes()).unwrap();
    world.sts.logout(&form, browser, confirmed, &world.moment()).await.unwrap()
}

fn done(redirect: Option<&str>) -> LogoutStep {
    LogoutStep::Done { redirect: redirect.map(str::to_owned), session_ended: true }
}

fn is_asked(step: &LogoutStep) -> bool {
    matches!(step, LogoutStep::Ask(_))
}

async fn session_of(world: &World) -> String {
    let sessions = world.sts.store.sessions(None, 1).await.unwrap();
    sessions.first().unwrap().id.to_string()
}

#[tokio::test]
async fn lo_01_and_03_an_id_token_of_the_session_ends_it_and_the_browser_goes_back_with_its_state()
{
    let world = World::new().await;
    let browser = alices_browser(&world, "openid").await;
    let session = session_of(&world).await;
    let hint = id_token(&world, "alice", "dashboard", &session);
    let query = format!("id_token_hint={hint}&post_logout_redirect_uri={BYE}&state=a%26b");
    let step = logout(&world, &query, &browser, false).await;
    assert_eq!(step, done(Some("https://dashboard.example/bye?state=a%26b")));

    let (event, outcome) = world.last_record().await;
    let Event::SignOut { subject, session: Some(ended) } = event else { panic!("{event:?}") };
    assert_eq!((subject.unwrap().as_str(), ended.as_str()), ("id-of-alice", session.as_str()));
    assert_eq!(outcome, Outcome::Done);
    let silent = Tab::open("openid", "prompt=none").in_browser(&browser);
    assert_eq!(error(silent.step(&world).await), "login_required");
}

#[tokio::test]
async fn lo_02_nobody_is_sent_to_where_the_proved_client_has_not_registered() {
    for (what, client, uri) in [
        ("unregistered", "dashboard", "https://evil.example/"),
        ("query added", "dashboard", "https://dashboard.example/bye?x=1"),
        ("a redirect URI", "dashboard", CALLBACK),
        ("another client's hint", "other", BYE),
        ("an unknown client's hint", "nobody", BYE),
    ] {
        let world = World::new().await;
        let other = crate::world::application("other", Kind::Web);
        world.write(vec![crate::world::put(other)]).await;
        let browser = alices_browser(&world, "openid").await;
        let hint = id_token(&world, "alice", client, &session_of(&world).await);
        let query = format!("id_token_hint={hint}&post_logout_redirect_uri={uri}");
        assert_eq!(logout(&world, &query, &browser, false).await, done(None), "{what}");
    }
}

#[tokio::test]
async fn a_page_under_development_is_gone_back_to_at_the_port_it_is_served_at() {
    let world = World::new().await;
    let mut page = crate::world::application("page", Kind::Spa);
    page.post_logout_redirect_uris =
        vec!["http://localhost/".into(), "https://page.example".into()];
    world.write(vec![crate::world::put(page)]).await;
    for (uri, known) in [
        ("http://localhost:3000/", true),
        ("https://page.example", true),
        ("http://localhost:3000/other", false),
        ("https://page.example:3000", false),
    ] {
        let browser = alices_browser(&world, "openid").await;
        let hint = id_token(&world, "alice", "page", &session_of(&world).await);
        let query = format!("id_token_hint={hint}&post_logout_redirect_uri={uri}");
        let step = logout(&world, &query, &browser, false).await;
        assert_eq!(step, done(known.then_some(uri)), "{uri}");
    }
}

#[tokio::test]
async fn lo_02_without_a_hint_that_is_ours_the_user_is_asked_and_stays_here() {
    let world = World::new().await;
    let browser = alices_browser(&world, "openid").await;
    let hint = id_token(&world, "alice", "dashboard", &session_of(&world).await);
    let (signed, _) = hint.rsplit_once('.').unwrap();
    for query in [
        format!("post_logout_redirect_uri={BYE}"),
        format!("post_logout_redirect_uri={BYE}&id_token_hint={signed}.AAAA"),
        format!("post_logout_redirect_uri={BYE}&id_token_hint={signed}.AAAA&client_id=dashboard"),
        format!("post_logout_redirect_uri={BYE}&id_token_hint={hint}&client_id=other"),
        format!("post_logout_redirect_uri={BYE}&id_token_hint={hint}&id_token_hint={hint}"),
    ] {
        assert!(is_asked(&logout(&world, &query, &browser, false).await), "{query}");
    }
    // Nor does a confirmation prove a client whose hint was altered.
    let query =
        format!("post_logout_redirect_uri={BYE}&id_token_hint={signed}.AAAA&client_id=dashboard");
    assert_eq!(logout(&world, &query, &browser, true).await, done(None));
}

#[tokio::test]
async fn lo_02_a_confirmation_alone_sends_nobody_to_where_no_application_registered() {
    let world = World::new().await;
    let browser = alices_browser(&world, "openid").await;
    let query = format!("post_logout_redirect_uri={BYE}/x");
    assert_eq!(logout(&world, &query, &browser, true).await, done(None));
}

#[tokio::test]
async fn lo_04_and_05_a_bare_request_asks_and_ends_nothing_until_the_user_says_so() {
    let world = World::new().await;
    let browser = alices_browser(&world, "openid").await;
    let page = LogoutPage {
        client_name: None,
        name: "alice Example".into(),
        username: world.user("alice").await.username,
    };
    assert_eq!(logout(&world, "", &browser, false).await, LogoutStep::Ask(page));
    let silent = || Tab::open("openid", "prompt=none").in_browser(&browser);
    assert_eq!(kind(&silent().step(&world).await), "code");

    assert_eq!(logout(&world, "", &browser, true).await, done(None));
    assert_eq!(error(silent().step(&world).await), "login_required");
}

#[tokio::test]
async fn a_client_that_only_says_its_name_is_gone_back_to_once_the_user_has_confirmed() {
    let world = World::new().await;
    let browser = alices_browser(&world, "openid").await;
    let query = format!("client_id=dashboard&post_logout_redirect_uri={BYE}&logout_hint=alice");
    let LogoutStep::Ask(page) = logout(&world, &query, &browser, false).await else {
        panic!("the user has to be asked")
    };
    assert_eq!(page.client_name.as_deref(), Some("The dashboard"));
    assert_eq!(logout(&world, &query, &browser, true).await, done(Some(BYE)));
}

#[tokio::test]
async fn an_id_token_of_another_user_ends_nothing_unasked() {
    let world = World::new().await;
    let browser = alices_browser(&world, "openid").await;
    let hint = id_token(&world, "bob", "dashboard", "some-other-session");
    let query = format!("id_token_hint={hint}&post_logout_redirect_uri={BYE}");
    assert!(is_asked(&logout(&world, &query, &browser, false).await));
}

#[tokio::test]
async fn who_is_signed_out_already_goes_back_with_a_hint_and_stays_without() {
    let world = World::new().await;
    let browser = Browser::default();
    let hint = id_token(&world, "alice", "dashboard", "long-gone");
    let nothing_ended = |redirect: Option<&str>| LogoutStep::Done {
        redirect: redirect.map(str::to_owned),
        session_ended: false,
    };
    let uri = format!("post_logout_redirect_uri={BYE}");
    let with_hint = format!("id_token_hint={hint}&{uri}");
    assert_eq!(logout(&world, &with_hint, &browser, false).await, nothing_ended(Some(BYE)));
    let without = format!("client_id=dashboard&{uri}");
    assert_eq!(logout(&world, &without, &browser, false).await, nothing_ended(None));
}
