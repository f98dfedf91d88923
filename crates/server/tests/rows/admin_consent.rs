//! Admin consent: an administrator agrees for everybody (rows AC). Of `t1` the employees are administrators,
//! alice and mallory; of `t2` nobody is.

use crate::obo::{A, BOTH, allowed, application, edge_to_b, tried};
use crate::steps::{Shows, last};
use reqwest::Method;
use stead_core::admin::Desired;
use stead_core::model::consent::{Consent, Given};
use stead_core::model::permission::{ConsentRule, KnownClients, Whom};
use stead_core::record::{Event, Outcome};
use stead_proto::form;
use stead_proto::time::Seconds;
use testkit::{Browser, PASSWORD, Page, Pairs, SPA_CALLBACK, World};

/// A world where an administrator has to agree to everything that `spa` and `api-a` do.
async fn strict() -> World {
    World::with(all_by_admin).await
}

fn all_by_admin(t1: &mut Desired) {
    for permission in &mut application(t1, "spa").permissions {
        permission.consent = ConsentRule::Admin;
    }
    for edge in &mut application(t1, "api-a").may_act {
        edge.consent = ConsentRule::Admin;
    }
}

/// The link for `spa`, with these parameters changed; one set to `""` is left out.
fn link(path: &str, changes: Pairs<'_>) -> String {
    let defaults = [("client_id", "spa"), ("redirect_uri", SPA_CALLBACK), ("state", "s-1")];
    let kept = defaults.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
    let pairs: Vec<_> =
        kept.chain(changes.iter().filter(|(_, value)| !value.is_empty())).copied().collect();
    format!("/t1/{path}?{}", form::write(&pairs))
}

const V2: &str = "v2.0/adminconsent";
const OLDER: &str = "adminconsent";

async fn sign_in(browser: &Browser, page: &Page, user: &str) -> Page {
    assert!(page.shows("login"), "{} {}", page.status, page.text);
    let name = format!("{user}@example.com");
    browser.fill(page, &[("login", &name), ("password", PASSWORD)], "submit").await
}

/// The page as a user sees it after signing in.
async fn seen_by(world: &World, user: &str, url: &str) -> (Browser, Page) {
    let browser = world.browser();
    let page = browser.get(url).await;
    let page = sign_in(&browser, &page, user).await;
    (browser, page)
}

async fn on_file(world: &World) -> Vec<Consent> {
    world.sts("t1").store.consents(None, None).await.unwrap()
}

/// What was agreed to for everyone, as `client -> resource: scopes`.
async fn given(world: &World) -> Vec<String> {
    let mut all: Vec<_> = on_file(world)
        .await
        .iter()
        .map(|one| {
            assert_eq!(one.given, Given::ByAdmin(Whom::Everyone));
            format!("{} -> {}: {}", one.client, one.resource, one.scopes)
        })
        .collect();
    all.sort();
    all
}

fn sent_back(page: &Page, name: &str) -> String {
    assert_eq!(page.status, 303, "{}", page.text);
    assert!(page.location().starts_with(&format!("{SPA_CALLBACK}?")), "{}", page.location());
    assert_eq!(page.parameter("state").as_deref(), Some("s-1"));
    page.parameter(name).unwrap_or_default()
}

#[tokio::test]
async fn ac_01_an_administrator_agrees_for_everybody_to_what_is_named() {
    let world = strict().await;
    let url = link(V2, &[("scope", "api://a/A.use")]);
    let (browser, page) = seen_by(&world, "alice", &url).await;
    for text in ["The spa", "The api-a", "Use A.use", "every user of <strong>t1</strong>"] {
        assert!(page.shows_text(text), "{text}: {}", page.text);
    }
    assert!(!page.shows_text("Use A.more"), "{}", page.text);
    let page = browser.fill(&page, &[], "consent-allow").await;
    assert_eq!(sent_back(&page, "admin_consent"), "True");
    assert_eq!(page.parameter("tenant").unwrap(), world.sts("t1").tenant.id.as_str());
    assert_eq!(page.parameter("scope").as_deref(), Some("api://a/A.use"));
    assert_eq!(page.parameter("error"), None);

    // What api-a does with it behind spa was agreed to as well.
    assert_eq!(
        given(&world).await,
        ["api-a -> api://b: B.read", "api-a -> api://c: C.use", "spa -> api://a: A.use",]
    );
    let record = world.records().await.pop().unwrap();
    let Event::AdminConsent { client, subject, about } = record.event else { unreachable!() };
    assert_eq!(client.unwrap().as_str(), "spa");
    assert_eq!((subject.unwrap().as_str(), record.outcome), ("user-alice", Outcome::Done));
    assert_eq!(
        about,
        ["api://a for spa: A.use", "api://b for api-a: B.read", "api://c for api-a: C.use",]
    );

    // Nobody else is asked, and the exchange goes through.
    let token = world.t1().token_for_a("mallory").await;
    for dialect in BOTH {
        for (audience, scope) in [("api://b", "B.read"), ("api://c", "C.use")] {
            let asking = dialect.ask(world.t1(), A, (&token, audience, scope));
            assert_eq!(tried(&world, asking).await.said(), allowed(), "{audience}");
        }
    }
}

#[tokio::test]
async fn ac_01_without_a_scope_it_is_about_all_that_the_client_could_need_consent_for() {
    for path in [OLDER, V2] {
        let world = strict().await;
        let (browser, page) = seen_by(&world, "alice", &link(path, &[])).await;
        for text in ["Use A.use", "Use A.more", "Use C.use", "through <strong>The api-a</strong>"] {
            assert!(page.shows_text(text), "{path} {text}: {}", page.text);
        }
        browser.fill(&page, &[], "consent-allow").await;
        assert_eq!(
            given(&world).await,
            [
                "api-a -> api://b: B.read",
                "api-a -> api://c: C.use",
                "spa -> api://a: A.more A.use",
                "spa -> api://c: C.use",
            ]
        );
    }
}

#[tokio::test]
async fn ac_01_a_middle_tier_asks_for_its_own_edges() {
    let world = World::with(|t1| {
        all_by_admin(t1);
        application(t1, "api-a").redirect_uris = vec![SPA_CALLBACK.into()];
    })
    .await;
    let url = link(V2, &[("client_id", "api-a"), ("scope", "api://b/.default")]);
    let (browser, page) = seen_by(&world, "alice", &url).await;
    let page = browser.fill(&page, &[], "consent-allow").await;
    assert_eq!(sent_back(&page, "scope"), "api://b/B.read");
    assert_eq!(given(&world).await, ["api-a -> api://b: B.read"]);
    let (browser, page) = seen_by(&world, "alice", &link(OLDER, &[("client_id", "api-a")])).await;
    browser.fill(&page, &[], "consent-allow").await;
    assert_eq!(given(&world).await, ["api-a -> api://b: B.read", "api-a -> api://c: C.use"]);
}

#[tokio::test]
async fn ac_01_what_nobody_has_to_agree_to_and_what_others_know_nothing_of_is_not_asked() {
    let world = World::with(|t1| {
        all_by_admin(t1);
        edge_to_b(t1).consent = ConsentRule::None;
        application(t1, "api-a").known_clients = KnownClients::Only(vec![]);
        application(t1, "spa").permissions.retain(|one| one.towards.as_str() == "api://a");
    })
    .await;
    let (browser, page) = seen_by(&world, "alice", &link(OLDER, &[])).await;
    browser.fill(&page, &[], "consent-allow").await;
    assert_eq!(given(&world).await, ["spa -> api://a: A.more A.use"]);
}

#[tokio::test]
async fn ac_02_an_administrator_may_decline_and_nothing_is_on_file() {
    let world = strict().await;
    let (browser, page) = seen_by(&world, "alice", &link(V2, &[("scope", "api://a/A.use")])).await;
    let page = browser.fill(&page, &[], "consent-deny").await;
    assert_eq!(sent_back(&page, "error"), "access_denied");
    assert!(page.parameter("error_description").is_some_and(|said| !said.is_empty()));
    assert_eq!(page.parameter("admin_consent"), None);
    assert_eq!(on_file(&world).await, []);
    let record = world.records().await.pop().unwrap();
    assert!(matches!(record.event, Event::AdminConsent { .. }), "{record:?}");
    assert_eq!(last(&world).await, "access-denied");
}

#[tokio::test]
async fn ac_03_whoever_is_no_administrator_gets_a_page_that_says_so() {
    let world = strict().await;
    let (_, page) = seen_by(&world, "bob", &link(V2, &[("scope", "api://a/A.use")])).await;
    assert_eq!(page.status, 403, "{}", page.text);
    assert!(page.shows_text("administrator-required") && page.shows_text("Trace"));
    assert!(!page.shows("consent-allow"));
    let record = world.records().await.pop().unwrap();
    let Event::AdminConsent { subject, .. } = record.event else { unreachable!() };
    assert_eq!(subject.unwrap().as_str(), "user-bob");
    assert_eq!(last(&world).await, "administrator-required");
    assert_eq!(on_file(&world).await, []);
}

#[tokio::test]
async fn ac_03_who_stops_being_an_administrator_while_reading_agrees_to_nothing() {
    let world = strict().await;
    let (browser, page) = seen_by(&world, "alice", &link(OLDER, &[])).await;
    world.change_user("alice", |user| user.groups.clear()).await;
    let page = browser.fill(&page, &[], "consent-allow").await;
    assert_eq!(page.status, 403, "{}", page.text);
    assert_eq!(on_file(&world).await, []);
}

#[tokio::test]
async fn ac_03_where_no_administrators_are_named_nobody_signs_in_for_it() {
    let world = World::new().await;
    let url = link(OLDER, &[]).replace("/t1/", "/t2/");
    let page = world.browser().get(&url).await;
    assert_eq!(page.status, 403, "{}", page.text);
    assert!(page.shows_text("administrators-unset"), "{}", page.text);
}

#[tokio::test]
async fn ac_04_a_session_is_not_enough_and_a_sign_in_counts_for_five_minutes() {
    let world = strict().await;
    let url = link(V2, &[("scope", "api://a/A.use")]);
    let (browser, _) = seen_by(&world, "alice", &url).await;
    // The same browser again: signed in, and still asked.
    let page = browser.get(&url).await;
    let page = sign_in(&browser, &page, "alice").await;
    world.advance(Seconds(301));
    let page = browser.fill(&page, &[], "consent-allow").await;
    assert!(page.shows("login"), "{}", page.text);
    assert_eq!(on_file(&world).await, []);
    let page = sign_in(&browser, &page, "alice").await;
    world.advance(Seconds(299));
    let page = browser.fill(&page, &[], "consent-allow").await;
    assert_eq!(sent_back(&page, "admin_consent"), "True");
}

#[tokio::test]
async fn ac_05_no_page_elsewhere_can_make_an_administrator_agree() {
    let world = strict().await;
    let url = link(V2, &[("scope", "api://a/A.use")]);
    let (alices, page) = seen_by(&world, "alice", &url).await;
    let forged = [("decision", "allow"), ("shown", value(&page, "shown"))];
    assert_eq!(alices.post("/t1/consent", &forged).await.status, 400, "without what was sealed");

    // What mallory was shown in another browser is of no use in alice's.
    let (_, mallorys) = seen_by(&world, "mallory", &url).await;
    let hers = |name| value(&mallorys, name);
    let lure = [("decision", "allow"), ("shown", hers("shown")), ("flow", hers("flow"))];
    assert_eq!(alices.post("/t1/consent", &lure).await.status, 400);
    // Nor is an answer to another question.
    let other = [("decision", "allow"), ("shown", "another"), ("flow", value(&page, "flow"))];
    let again = alices.post("/t1/consent", &other).await;
    assert!(again.shows("consent-allow"), "{}", again.text);
    assert_eq!(on_file(&world).await, []);
    alices.fill(&again, &[], "consent-allow").await;
    assert_eq!(on_file(&world).await.len(), 3);
}

#[tokio::test]
async fn ac_06_only_a_client_with_a_registered_address_is_answered() {
    let world = strict().await;
    for changes in [
        [("client_id", "nobody")],
        [("client_id", "")],
        [("redirect_uri", "https://evil.example/cb")],
        [("redirect_uri", "https://spa.example/cb/")],
        [("client_id", "api-a")],
    ] {
        let page = world.browser().get(&link(OLDER, &changes)).await;
        crate::steps::assert_shown(&page);
    }
    let twice = format!("{}&client_id=web", link(OLDER, &[]));
    crate::steps::assert_shown(&world.browser().get(&twice).await);
    // Left out, it is the only one there is.
    let page = world.browser().get(&link(OLDER, &[("redirect_uri", "")])).await;
    assert!(page.shows("login"));
}

#[tokio::test]
async fn ac_06_what_the_client_cannot_have_is_refused_before_anybody_signs_in() {
    let world = strict().await;
    for (scope, error, reason) in [
        ("api://a/A.none", "invalid_scope", "scope-unknown"),
        ("api://c/C.use api://a/A.use", "invalid_scope", "authorize-malformed"),
        ("api://b/B.read", "invalid_target", "edge-missing"),
        ("api://nobody/X", "invalid_target", "target-unknown"),
        ("openid profile", "invalid_request", "target-missing"),
    ] {
        let page = world.browser().get(&link(V2, &[("scope", scope)])).await;
        assert_eq!(sent_back(&page, "error"), error, "{scope}");
        assert_eq!(last(&world).await, reason, "{scope}");
    }
    // Nobody has to agree to what cli may, but for what api-a does behind it, unless that does not know it.
    let of_cli = link(OLDER, &[("client_id", "cli"), ("redirect_uri", "com.example.app:/cb")]);
    assert!(world.browser().get(&of_cli).await.shows("login"));
    let nobody = KnownClients::Only(vec![]);
    world.change_application("api-a", |app| app.known_clients = nobody).await;
    let page = world.browser().get(&of_cli).await;
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_scope"));
    assert_eq!(last(&world).await, "scope-empty");
}

#[tokio::test]
async fn ac_07_agreeing_again_adds_what_lacks_and_a_withdrawal_asks_once_more() {
    let world = strict().await;
    let agree = async |scope| {
        let (browser, page) = seen_by(&world, "alice", &link(V2, &[("scope", scope)])).await;
        browser.fill(&page, &[], "consent-allow").await;
    };
    agree("api://a/A.use").await;
    agree("api://a/A.use").await;
    assert_eq!(on_file(&world).await.len(), 3);
    agree("api://a/A.use api://a/A.more").await;
    assert_eq!(on_file(&world).await.len(), 4);

    let of_spa = on_file(&world).await.into_iter().find(|one| one.scopes.to_string() == "A.use");
    let path = format!("/consents/{}", of_spa.unwrap().id);
    assert_eq!(world.admin(Method::DELETE, &path, None).await.0, 204);
    let browser = world.browser();
    let page = browser.get(&world.t1().authorize_url(&[])).await;
    let page = sign_in(&browser, &page, "bob").await;
    assert_eq!(page.parameter("error").as_deref(), Some("consent_required"));
    agree("api://a/A.use").await;
    let page = browser.get(&world.t1().authorize_url(&[])).await;
    assert!(page.parameter("code").is_some(), "{}", page.text);
}

#[tokio::test]
async fn ac_07_going_on_after_users_left_is_agreed_to_where_it_is_asked_for() {
    let world = strict().await;
    let scope = "api://a/A.use offline_access";
    let (browser, page) = seen_by(&world, "alice", &link(V2, &[("scope", scope)])).await;
    assert!(page.shows_text("after they have left"), "{}", page.text);
    browser.fill(&page, &[], "consent-allow").await;
    let asked = ("scope", "openid offline_access api://a/A.use");
    let browser = world.browser();
    let page = browser.get(&world.t1().authorize_url(&[asked])).await;
    let page = sign_in(&browser, &page, "bob").await;
    assert!(page.parameter("code").is_some(), "{}", page.text);
}

/// The value of a hidden field.
fn value<'p>(page: &'p Page, name: &str) -> &'p str {
    let start = format!("name=\"{name}\" value=\"");
    page.text.split(&start).nth(1).unwrap().split('"').next().unwrap()
}
