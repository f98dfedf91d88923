//! Consent: what is asked, what is put on file, and what is not.

use crate::tab::{Tab, alices_browser, answered, consent_page, error, granted, kind};
use crate::world::{NOON, World, audience, edge, set};
use stead_core::commit::Change;
use stead_core::login::{ConsentAnswer, ConsentLine};
use stead_core::model::consent::{Consent, Given};
use stead_core::model::managed::Managed;
use stead_core::model::permission::{ConsentRule, Whom};
use stead_core::model::revocation::Ancestor;
use stead_core::record::{Event, Outcome};
use stead_proto::id::{ClientId, ConsentId, GroupId};
use stead_proto::scope::{Scope, ScopeSet};

const READ: &str = "api://reports/Reports.Read";

/// The consents on file, as client → resource: scopes.
async fn on_file(world: &World) -> Vec<(String, String, ScopeSet)> {
    let consents = world.sts.store.consents(None, None).await.unwrap();
    let mut all: Vec<_> = consents
        .into_iter()
        .map(|one| (one.client.to_string(), one.resource.to_string(), one.scopes))
        .collect();
    all.sort_by_key(|(client, ..)| client.clone());
    all
}

fn line(resource: &str, name: &str, through: Option<&str>, scope: &str) -> ConsentLine {
    ConsentLine {
        resource_name: name.into(),
        audience: audience(resource),
        through: through.map(str::to_owned),
        scopes: vec![(Scope::parse(scope).unwrap(), format!("Use {scope}"))],
    }
}

fn by_admin(client: &str, resource: &str, scopes: &str) -> Change {
    Change::PutConsent(Consent {
        id: ConsentId::parse(format!("{client}-{scopes}")).unwrap(),
        client: ClientId::parse(client).unwrap(),
        resource: audience(resource),
        scopes: set(scopes),
        given: Given::ByAdmin(Whom::Everyone),
        at: NOON,
        managed: Managed::Api,
    })
}

#[tokio::test]
async fn one_page_asks_for_the_client_and_for_the_middle_tier_behind_it() {
    let world = World::new().await;
    world.change("reports", |app| app.may_act = vec![edge("api://data", "Rows.Read")]).await;
    let mut tab = Tab::open(READ, "");
    tab.sign_in(&world, "alice").await;
    let page = consent_page(tab.step(&world).await);
    assert_eq!(
        page.lines,
        [
            line("api://reports", "The reports", None, "Reports.Read"),
            line("api://data", "The data", Some("The reports"), "Rows.Read"),
        ]
    );
    assert_eq!((page.client_name.as_str(), page.offline), ("The dashboard", false));
    assert_eq!(page.redirect_host.as_deref(), Some("dashboard.example"));
    assert_eq!((page.user_name.as_str(), page.username.as_str()), ("alice Example", "alice"));

    assert_eq!(kind(&tab.allow(&world, &page).await), "code");
    assert_eq!(
        on_file(&world).await,
        [
            ("dashboard".into(), "api://reports".into(), set("Reports.Read")),
            ("reports".into(), "api://data".into(), set("Rows.Read")),
        ]
    );
    // Asked once.
    let again = Tab::open(READ, "").in_browser(&tab.browser);
    assert_eq!(kind(&again.step(&world).await), "code");
}

#[tokio::test]
async fn an_edge_that_does_not_lead_on_from_here_is_not_asked_for() {
    let world = World::new().await;
    let employees = Whom::Group(GroupId::parse("employees").unwrap());
    let other = vec![ClientId::parse("other").unwrap()];
    let base = || edge("api://data", "Rows.Read");
    for (what, asked, edge) in [
        ("plain", true, base()),
        ("for employees", true, {
            let mut e = base();
            e.applies_to = employees;
            e
        }),
        ("via", false, {
            let mut e = base();
            e.via = other;
            e
        }),
        ("requires", false, {
            let mut e = base();
            e.requires = set("Reports.Write");
            e
        }),
        ("admin", false, {
            let mut e = base();
            e.consent = ConsentRule::Admin;
            e
        }),
        ("none", false, {
            let mut e = base();
            e.consent = ConsentRule::None;
            e
        }),
    ] {
        world.change("reports", |app| app.may_act = vec![edge]).await;
        let mut tab = Tab::open(READ, "");
        tab.sign_in(&world, "alice").await;
        let lines = consent_page(tab.step(&world).await).lines;
        assert_eq!(lines.len() == 2, asked, "{what}");
    }
}

#[tokio::test]
async fn what_is_needed_for_some_is_not_asked_of_others() {
    let world = World::new().await;
    let mut for_employees = edge("api://data", "Rows.Read");
    for_employees.applies_to = Whom::Group(GroupId::parse("employees").unwrap());
    world.change("reports", |app| app.may_act = vec![for_employees]).await;
    let mut tab = Tab::open(READ, "");
    tab.sign_in(&world, "bob").await;
    assert_eq!(consent_page(tab.step(&world).await).lines.len(), 1);
}

#[tokio::test]
async fn oa_29_a_user_who_says_no_gives_nothing_and_the_client_hears_it() {
    let world = World::new().await;
    let mut tab = Tab::open(READ, "");
    tab.sign_in(&world, "alice").await;
    assert_eq!(error(tab.answer(&world, &ConsentAnswer::Deny).await), "access_denied");
    assert_eq!(on_file(&world).await, []);
    assert_eq!(world.last_reason().await, "access-denied");
}

#[tokio::test]
async fn the_record_says_what_was_agreed_to() {
    let world = World::new().await;
    alices_browser(&world, READ).await;
    let query = stead_core::chain::RecordQuery { limit: 2, ..Default::default() };
    let records = world.sts.store.records(&query).await.unwrap();
    let agreed = records.last().unwrap().record().unwrap();
    assert_eq!(agreed.outcome, Outcome::Done);
    assert_eq!(
        agreed.event,
        Event::Consent {
            subject: world.user("alice").await.id,
            client: ClientId::parse("dashboard").unwrap(),
            about: vec!["api://reports for dashboard: Reports.Read".into()],
        }
    );
}

#[tokio::test]
async fn kd_13_a_page_that_asked_somebody_else_or_something_else_agrees_to_nothing() {
    let world = World::new().await;
    let mut tab = Tab::open(READ, "");
    tab.sign_in(&world, "alice").await;
    let shown_to_alice = consent_page(tab.step(&world).await);

    let mut other_tab = Tab::open(READ, "").in_browser(&tab.browser);
    other_tab.sign_in(&world, "bob").await;
    let stale = Tab::open(READ, "").in_browser(&other_tab.browser);
    assert_eq!(kind(&stale.allow(&world, &shown_to_alice).await), "consent");
    assert_eq!(on_file(&world).await, []);

    let shown_to_bob = consent_page(stale.step(&world).await);
    world.change("reports", |app| app.may_act = vec![edge("api://data", "Rows.Read")]).await;
    assert_eq!(kind(&stale.allow(&world, &shown_to_bob).await), "consent");
    assert_eq!(on_file(&world).await, []);

    let shown_now = consent_page(stale.step(&world).await);
    assert_eq!(kind(&stale.allow(&world, &shown_now).await), "code");
}

#[tokio::test]
async fn kd_14_agreeing_without_having_signed_in_starts_at_the_beginning() {
    let world = World::new().await;
    let allow = ConsentAnswer::Allow { shown: String::new() };
    assert_eq!(kind(&Tab::open(READ, "").answer(&world, &allow).await), "sign in");
    assert_eq!(on_file(&world).await, []);
}

#[tokio::test]
async fn a_withdrawn_consent_is_asked_for_again() {
    let world = World::new().await;
    let browser = alices_browser(&world, READ).await;
    let consents = world.sts.store.consents(None, None).await.unwrap();
    let again = || Tab::open(READ, "").in_browser(&browser);
    assert_eq!(kind(&again().step(&world).await), "code");
    world.revoke(Ancestor::Consent(consents[0].id.clone())).await;
    assert_eq!(kind(&again().step(&world).await), "consent");
}

#[tokio::test]
async fn what_an_administrator_has_to_agree_to_no_user_is_asked() {
    let world = World::new().await;
    world.change("dashboard", |app| app.permissions[0].consent = ConsentRule::Admin).await;
    let mut tab = Tab::open(READ, "");
    tab.sign_in(&world, "alice").await;
    assert_eq!(error(tab.step(&world).await), "consent_required");
    assert_eq!(world.last_reason().await, "consent-missing");

    world.write(vec![by_admin("dashboard", "api://reports", "Reports.Read")]).await;
    let grant = granted(&world, &answered(tab.step(&world).await)).await;
    let relied_on = ConsentId::parse("dashboard-Reports.Read").unwrap();
    assert_eq!(grant.authorization.consents, [relied_on]);
}

#[tokio::test]
async fn what_was_agreed_to_beforehand_is_not_asked() {
    let world = World::new().await;
    world.change("dashboard", |app| app.permissions[0].consent = ConsentRule::None).await;
    let mut tab = Tab::open(&format!("{READ}+offline_access"), "");
    tab.sign_in(&world, "alice").await;
    let grant = granted(&world, &answered(tab.step(&world).await)).await;
    assert_eq!(grant.authorization.consents, []);
}

#[tokio::test]
async fn oc_19_going_on_after_the_user_left_is_agreed_to_and_rested_on() {
    let world = World::new().await;
    let browser = alices_browser(&world, READ).await;
    let tab = Tab::open(&format!("{READ}+offline_access"), "").in_browser(&browser);
    let page = consent_page(tab.step(&world).await);
    assert_eq!((page.offline, page.lines), (true, vec![]));

    let page = consent_page(tab.step(&world).await);
    let grant = granted(&world, &answered(tab.allow(&world, &page).await)).await;
    assert_eq!(grant.authorization.consents.len(), 2);
    assert_eq!(kind(&tab.step(&world).await), "code");
}

#[tokio::test]
async fn oc_19_also_where_there_is_no_resource() {
    let world = World::new().await;
    let mut tab = Tab::open("openid+offline_access", "");
    tab.sign_in(&world, "alice").await;
    let page = consent_page(tab.step(&world).await);
    assert!(page.offline);
    let grant = granted(&world, &answered(tab.allow(&world, &page).await)).await;
    assert_eq!(grant.authorization.consents.len(), 1);
    assert_eq!(kind(&tab.step(&world).await), "code");
}

#[tokio::test]
async fn oc_06_a_prompt_for_consent_shows_all_of_it_and_is_answered_once() {
    let world = World::new().await;
    let browser = alices_browser(&world, READ).await;
    let tab = Tab::open(READ, "prompt=consent").in_browser(&browser);
    let page = consent_page(tab.step(&world).await);
    assert_eq!(page.lines, [line("api://reports", "The reports", None, "Reports.Read")]);
    assert_eq!(kind(&tab.allow(&world, &page).await), "code");
    assert_eq!(on_file(&world).await.len(), 1);
}

#[tokio::test]
async fn one_users_consent_speaks_for_nobody_else() {
    let world = World::new().await;
    world.change("reports", |app| app.may_act = vec![edge("api://data", "Rows.Read")]).await;
    let scope = format!("{READ}+offline_access");
    let browser = alices_browser(&world, &scope).await;
    assert_eq!(kind(&Tab::open(&scope, "").in_browser(&browser).step(&world).await), "code");

    let mut tab = Tab::open(&scope, "");
    tab.sign_in(&world, "bob").await;
    let page = consent_page(tab.step(&world).await);
    assert_eq!((page.lines.len(), page.offline), (2, true));
}
