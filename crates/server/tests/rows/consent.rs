//! Who is asked for what, and who need not be: known clients, and clients authorized beforehand (rows OE-08).

use crate::obo::{A, BOTH, allowed, application, edge_to_b, refused, tried};
use crate::steps::{AS_WEB, last, opened};
use stead_core::admin::Desired;
use stead_core::model::application::Application;
use stead_core::model::permission::{ConsentRule, KnownClients, Preauthorized, Whom};
use stead_core::record::Event;
use stead_proto::id::ClientId;
use testkit::{Browser, PASSWORD, Page, Pairs, World};

/// A world where users agree to what `spa` wants of `api-a`, and to what that does with `api-b` and `api-c`.
fn all_ask(t1: &mut Desired) {
    application(t1, "spa").permissions[0].consent = ConsentRule::User;
    for edge in &mut application(t1, "api-a").may_act {
        edge.consent = ConsentRule::User;
    }
}

fn only(clients: &[&str]) -> KnownClients {
    KnownClients::Only(clients.iter().map(|id| ClientId::parse(*id).unwrap()).collect())
}

fn preauthorize(resource: &mut Application, client: &str, scopes: &str) {
    resource.preauthorized = vec![Preauthorized {
        client: client.parse().unwrap(),
        scopes: stead_proto::scope::ScopeSet::parse(scopes).unwrap(),
    }];
}

/// What alice sees after her password: the page that asks, or the answer.
async fn first_page(world: &World, browser: &Browser, changes: Pairs<'_>) -> Page {
    let page = browser.get(&world.t1().authorize_url(changes)).await;
    let typed = [("login", "alice@example.com"), ("password", PASSWORD)];
    browser.fill(&page, &typed, "submit").await
}

/// Which of these sentences a page shows.
fn shown(page: &Page) -> Vec<&'static str> {
    let all = ["Use A.use", "Use A.more", "Use B.read", "Use C.use"];
    all.into_iter().filter(|sentence| page.text.contains(sentence)).collect()
}

#[tokio::test]
async fn oe_08_the_page_of_a_known_client_asks_for_everything_behind_the_middle_tier() {
    let world = World::with(|t1| {
        all_ask(t1);
        application(t1, "api-a").known_clients = only(&["web", "spa"]);
    })
    .await;
    for scope in ["openid api://a/A.use", "openid api://a/.default"] {
        let page = first_page(&world, &world.browser(), &[("scope", scope)]).await;
        let all = shown(&page);
        assert!(["Use A.use", "Use B.read", "Use C.use"].iter().all(|one| all.contains(one)));
        assert!(page.text.contains("through <strong>The api-a</strong>"), "{}", page.text);
    }
    let token = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        for (audience, scope) in [("api://b", "B.read"), ("api://c", "C.use")] {
            let asking = dialect.ask(world.t1(), A, (&token, audience, scope));
            assert_eq!(tried(&world, asking).await.said(), allowed(), "{audience}");
        }
    }
}

#[tokio::test]
async fn oe_08_the_page_of_another_client_asks_for_its_own_alone_and_the_exchange_then_lacks_consent()
 {
    for known in [only(&["web"]), only(&[])] {
        let world = World::with(|t1| {
            all_ask(t1);
            application(t1, "api-a").known_clients = known.clone();
        })
        .await;
        let page = first_page(&world, &world.browser(), &[]).await;
        assert_eq!(shown(&page), ["Use A.use"], "{known:?}");
        let token = world.t1().token_for_a("alice").await;
        for dialect in BOTH {
            let asking = dialect.ask(world.t1(), A, (&token, "api://b", "B.read"));
            let (_, error, reason) = tried(&world, asking).await.said();
            let expected = dialect.pick(["invalid_grant", "invalid_scope"]);
            assert_eq!((error.as_str(), reason.as_str()), (expected, "consent-missing"));
        }
    }
}

#[tokio::test]
async fn oe_08_a_known_client_that_needs_no_consent_itself_still_asks_for_what_is_behind() {
    let world = World::with(|t1| {
        all_ask(t1);
        application(t1, "api-a").known_clients = only(&["web"]);
    })
    .await;
    let as_web = [&AS_WEB[..], &[("scope", "openid api://a/A.use")]].concat();
    let page = first_page(&world, &world.browser(), &as_web).await;
    assert_eq!(shown(&page), ["Use B.read", "Use C.use"]);
    // Nobody is kept from signing in silently for what only the middle tier needs.
    let browser = world.browser();
    let page = first_page(&world, &browser, &[]).await;
    browser.fill(&page, &[], "consent-allow").await;
    let silent = [&as_web[..], &[("prompt", "none")]].concat();
    assert!(browser.get(&world.t1().authorize_url(&silent)).await.parameter("code").is_some());
}

#[tokio::test]
async fn oe_08_without_known_clients_every_front_end_asks_and_one_withdrawn_later_does_not() {
    let world = World::with(all_ask).await;
    let page = first_page(&world, &world.browser(), &[]).await;
    assert_eq!(shown(&page), ["Use A.use", "Use B.read", "Use C.use"]);
    world.change_application("api-a", |app| app.known_clients = only(&[])).await;
    let page = first_page(&world, &world.browser(), &[]).await;
    assert_eq!(shown(&page), ["Use A.use"]);
}

#[tokio::test]
async fn oe_08_a_front_end_authorized_beforehand_asks_nobody_for_these_scopes_and_the_record_says_so()
 {
    for rule in [ConsentRule::User, ConsentRule::Admin] {
        let world = World::with(|t1| {
            application(t1, "spa").permissions[0].consent = rule;
            preauthorize(application(t1, "api-a"), "spa", "A.use");
        })
        .await;
        let answer = world.t1().tokens("alice", &[]).await;
        assert_eq!(answer.claims()["scp"], "A.use");
        let last_record = world.records().await.pop().unwrap();
        let Event::Token(event) = last_record.event else { unreachable!("{last_record:?}") };
        assert_eq!((event.granted.as_str(), event.preauthorized.as_str()), ("A.use", "A.use"));
        let consents = world.sts("t1").store.consents(None, None).await.unwrap();
        assert_eq!(consents, [], "nobody was asked");
    }
}

#[tokio::test]
async fn oe_08_what_was_not_authorized_beforehand_is_asked_for_and_nothing_beside() {
    let world = World::with(|t1| {
        all_ask(t1);
        preauthorize(application(t1, "api-a"), "spa", "A.use");
        preauthorize(application(t1, "api-b"), "api-a", "B.read");
    })
    .await;
    let both = [("scope", "openid api://a/A.use api://a/A.more")];
    let browser = world.browser();
    let page = first_page(&world, &browser, &both).await;
    assert_eq!(shown(&page), ["Use A.more", "Use C.use"]);
    let page = browser.fill(&page, &[], "consent-allow").await;
    let answer = world.t1().redeem(&page.parameter("code").unwrap()).await;
    assert_eq!(answer.claims()["scp"], "A.more A.use");
}

#[tokio::test]
async fn oe_08_what_only_an_administrator_may_give_is_refused_unless_authorized_beforehand() {
    let world = World::with(|t1| {
        application(t1, "spa").permissions[0].consent = ConsentRule::Admin;
        preauthorize(application(t1, "api-a"), "web", "A.use");
    })
    .await;
    let browser = world.browser();
    let page = first_page(&world, &browser, &[]).await;
    assert_eq!(page.parameter("error").as_deref(), Some("consent_required"));
    assert_eq!(last(&world).await, "consent-missing");
    world.change_application("api-a", |app| preauthorize(app, "spa", "A.use")).await;
    let page = browser.get(&world.t1().authorize_url(&[])).await;
    assert!(page.parameter("code").is_some());
}

#[tokio::test]
async fn oe_08_a_middle_tier_authorized_beforehand_needs_nobodys_consent_for_these_scopes() {
    for rule in [ConsentRule::User, ConsentRule::Admin] {
        let world = World::with(|t1| {
            let edge = edge_to_b(t1);
            edge.consent = rule;
            edge.scopes = stead_proto::scope::ScopeSet::parse("B.read B.write").unwrap();
            preauthorize(application(t1, "api-b"), "api-a", "B.read");
            application(t1, "api-a").known_clients = only(&[]);
        })
        .await;
        let token = world.t1().token_for_a("alice").await;
        for dialect in BOTH {
            let tried_one =
                tried(&world, dialect.ask(world.t1(), A, (&token, "api://b", "B.read"))).await;
            assert_eq!(tried_one.said(), allowed());
            assert_eq!(tried_one.event().preauthorized, "B.read");
            assert_eq!(tried_one.answer.claims()["lineage"].get("consents"), None);

            let asking = dialect.ask(world.t1(), A, (&token, "api://b", "B.write"));
            let expected = dialect.pick(["invalid_grant", "invalid_scope"]);
            let said = tried(&world, asking).await.said();
            assert_eq!(said, refused(400, expected, "consent-missing"));
            let asking = dialect.ask(world.t1(), A, (&token, "api://b", ""));
            let all = tried(&world, asking).await;
            assert_eq!(all.event().granted, "B.read", "all that was agreed to");
        }
        // No longer, once the resource takes it back.
        world.change_application("api-b", |app| app.preauthorized.clear()).await;
        let asking = BOTH[0].ask(world.t1(), A, (&token, "api://b", "B.read"));
        let said = tried(&world, asking).await.said();
        assert_eq!(said, refused(400, "invalid_grant", "consent-missing"));
    }
}

#[tokio::test]
async fn oe_08_being_authorized_beforehand_is_no_edge_no_permission_and_no_right_of_the_user() {
    let world = World::with(|t1| {
        edge_to_b(t1).consent = ConsentRule::User;
        edge_to_b(t1).applies_to = Whom::Consented;
        preauthorize(application(t1, "api-b"), "api-a", "B.read B.write");
        preauthorize(application(t1, "api-a"), "web", "A.more");
        application(t1, "api-a").known_clients = only(&[]);
    })
    .await;
    let token = world.t1().token_for_a("alice").await;
    let ask = async |scope| {
        let asking = BOTH[0].ask(world.t1(), A, (&token, "api://b", scope));
        tried(&world, asking).await.said()
    };
    // An edge for whoever consented is for those still.
    assert_eq!(ask("B.read").await, refused(400, "invalid_grant", "consent-missing"));
    world.change_application("api-a", |app| app.may_act[0].applies_to = Whom::Everyone).await;
    assert_eq!(ask("B.read").await, allowed());
    assert_eq!(ask("B.write").await, refused(400, "invalid_scope", "scope-not-permitted"));
    world
        .change_application("api-a", |app| {
            app.may_act.retain(|edge| edge.towards.as_str() != "api://b");
        })
        .await;
    assert_eq!(ask("B.read").await, refused(400, "invalid_resource", "edge-missing"));

    let as_web = [&AS_WEB[..], &[("scope", "openid api://a/A.more")]].concat();
    let page = opened(&world, &as_web).await;
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_scope"));
}
