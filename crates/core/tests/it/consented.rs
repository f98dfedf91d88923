//! Edges for whoever consented themselves: nobody else's word stands in for the user's, nor theirs for an
//! administrator's.

use crate::tokens::{ALICE, api};
use crate::world::{World, audience, edge, permission, put, set, user};
use stead_core::admin::consents::NewConsent;
use stead_core::admin::{Admin, AdminError, By};
use stead_core::commit::Change;
use stead_core::denied::Denied;
use stead_core::model::application::Application;
use stead_core::model::consent::{Consent, Given};
use stead_core::model::managed::Managed;
use stead_core::model::permission::{Assignment, ConsentRule, Edge, Permission, Whom};
use stead_proto::error::Dialect;
use stead_proto::secret::Jwt;
use stead_proto::token_response::TokenResponse;

fn consent(id: &str, given: Given) -> Change {
    Change::PutConsent(Consent {
        id: id.parse().unwrap(),
        client: "reports".parse().unwrap(),
        resource: audience("api://data"),
        scopes: set("Rows.Read"),
        given,
        at: crate::world::NOON,
        managed: Managed::Api,
    })
}

fn by_alice() -> Change {
    consent("by-alice", Given::ByUser(user("alice", &[]).id))
}

fn by_admin() -> Change {
    consent("by-admin", Given::ByAdmin(Whom::Everyone))
}

/// Reports acts for whoever consented, and this rule says who else has to agree.
async fn world(rule: ConsentRule) -> World {
    let world = World::new().await;
    let mut reports = api("reports", "Reports.Read");
    let towards_data = edge("api://data", "Rows.Read");
    reports.may_act = vec![Edge { applies_to: Whom::Consented, consent: rule, ..towards_data }];
    world.write(vec![put(reports), put(api("data", "Rows.Read"))]).await;
    let beforehand =
        Permission { consent: ConsentRule::None, ..permission("api://reports", "Reports.Read") };
    world.change("dashboard", |app| app.permissions = vec![beforehand]).await;
    world
}

async fn exchange(world: &World, token: &Jwt) -> Result<TokenResponse, Denied> {
    world.exchange(("reports", Dialect::Rfc8693), token, ("api://data", "Rows.Read")).await
}

async fn is_let_through(rule: ConsentRule, consents: Vec<Change>) -> bool {
    let world = world(rule).await;
    world.write(consents).await;
    let token = world.sign_in(&ALICE).await.access_token;
    match exchange(&world, &token).await {
        Ok(_) => true,
        Err(Denied::ConsentMissing(missing)) => {
            assert_eq!(missing, set("Rows.Read"));
            false
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn where_an_administrator_has_to_agree_too_neither_word_is_enough_alone() {
    assert!(!is_let_through(ConsentRule::Admin, vec![]).await);
    assert!(!is_let_through(ConsentRule::Admin, vec![by_alice()]).await);
    assert!(!is_let_through(ConsentRule::Admin, vec![by_admin()]).await);
    assert!(is_let_through(ConsentRule::Admin, vec![by_alice(), by_admin()]).await);
}

#[tokio::test]
async fn where_nobody_else_has_to_agree_the_users_own_word_is_needed_and_enough() {
    for rule in [ConsentRule::User, ConsentRule::None] {
        assert!(!is_let_through(rule, vec![by_admin()]).await);
        assert!(is_let_through(rule, vec![by_alice()]).await);
    }
}

#[tokio::test]
async fn only_an_edge_can_be_written_for_whoever_consented() {
    let world = world(ConsentRule::User).await;
    let admin = Admin::new(&world.sts, By::Admin("ada".into()));
    let data = admin.application(&"data".parse().unwrap()).await.unwrap();
    let assigned_to = |applies_to: Whom| {
        let assignment = Assignment { applies_to, scopes: set("Rows.Read") };
        Application { assignments: vec![assignment], ..data.clone() }
    };
    let consent_for = |applies_to: Whom| NewConsent {
        client: "reports".parse().unwrap(),
        resource: audience("api://data"),
        scopes: set("Rows.Read"),
        whom: applies_to,
    };
    let odd = admin.put_application(assigned_to(Whom::Consented), &world.moment()).await;
    assert!(matches!(odd, Err(AdminError::Invalid(found)) if found.len() == 1));
    let odd = admin.give_consent(consent_for(Whom::Consented), &world.moment()).await;
    assert!(matches!(odd, Err(AdminError::Invalid(found)) if found.len() == 1));
    assert!(admin.put_application(assigned_to(Whom::Everyone), &world.moment()).await.is_ok());
    assert!(admin.give_consent(consent_for(Whom::Everyone), &world.moment()).await.is_ok());
}

#[tokio::test]
async fn scopes_assigned_to_whoever_consented_are_nobodys() {
    let world = world(ConsentRule::User).await;
    world.write(vec![by_alice()]).await;
    let token = world.sign_in(&ALICE).await.access_token;
    let assigned_to = async |applies_to: Whom| {
        let assignment = Assignment { applies_to, scopes: set("Rows.Read") };
        world.change("data", |app| app.assignments = vec![assignment]).await;
        exchange(&world, &token).await.map(drop)
    };
    let nobodys = Err(Denied::ScopeNotAssigned(set("Rows.Read")));
    assert_eq!(assigned_to(Whom::Consented).await, nobodys);
    assert_eq!(assigned_to(Whom::Everyone).await, Ok(()));
}

#[tokio::test]
async fn an_administrators_consent_for_whoever_consented_speaks_for_nobody() {
    let world = World::new().await;
    let mut reports = api("reports", "Reports.Read");
    reports.may_act = vec![Edge { consent: ConsentRule::Admin, ..edge("api://data", "Rows.Read") }];
    world.write(vec![put(reports), put(api("data", "Rows.Read"))]).await;
    world.change("dashboard", |app| app.permissions[0].consent = ConsentRule::None).await;
    world.write(vec![consent("odd", Given::ByAdmin(Whom::Consented))]).await;
    let token = world.sign_in(&ALICE).await.access_token;
    assert_eq!(
        exchange(&world, &token).await.err(),
        Some(Denied::ConsentMissing(set("Rows.Read")))
    );
    world.write(vec![by_admin()]).await;
    assert!(exchange(&world, &token).await.is_ok());
}
