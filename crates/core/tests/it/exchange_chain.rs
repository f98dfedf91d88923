//! Over a random road from API to API: one actor more a hop, the last outermost, and always the same user.

use crate::tokens::{ALICE, DIALECTS, api, block_on};
use crate::world::{World, edge, put};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use stead_core::denied::Denied;
use stead_core::model::permission::{ConsentRule, Edge};
use stead_core::settings::Settings;
use stead_proto::delegation::Actor;

/// Where a road may lead; it starts at the reports API.
const APIS: [&str; 5] = ["reports", "data", "ledger", "vault", "mail"];

async fn build(max_chain: usize) -> World {
    let mut world = World::new().await;
    world.sts.settings = Arc::new(Settings { max_chain, ..Settings::default() });
    let leads_to = |to: &&str| Edge {
        consent: ConsentRule::None,
        ..edge(&format!("api://{to}"), "Reports.Read")
    };
    let changes = APIS.map(|id| {
        let mut app = api(id, "Reports.Read Reports.Write");
        app.may_act = APIS.iter().filter(|to| **to != id).map(leads_to).collect();
        put(app)
    });
    world.write(changes.into()).await;
    world.change("dashboard", |app| app.permissions[0].consent = ConsentRule::None).await;
    world
}

/// The clients of a chain, outermost first.
fn actors(act: Option<&Actor>) -> Vec<String> {
    act.map(|act| act.iter().map(|actor| actor.sub.to_string()).collect()).unwrap_or_default()
}

async fn walk(road: &[(usize, usize)], max_chain: usize) -> Result<(), TestCaseError> {
    let world = build(max_chain).await;
    let mut token = world.sign_in(&ALICE).await.access_token;
    let root = world.claims(&token);
    prop_assert_eq!(actors(root.act.as_ref()), Vec::<String>::new());
    let (mut here, mut acted) = ("reports", Vec::<String>::new());
    let mut names = BTreeSet::from([root.jti.clone()]);
    for (next, dialect) in road {
        world.pass(1);
        let next = APIS[*next];
        let target = format!("api://{next}");
        let who = (here, DIALECTS[*dialect]);
        let answer = world.exchange(who, &token, (&target, "Reports.Read")).await;
        if acted.len() == max_chain {
            prop_assert_eq!(answer.err(), Some(Denied::ChainTooDeep));
            return Ok(());
        }
        let answer = answer.map_err(|denied| TestCaseError::fail(denied.to_string()))?;
        acted.insert(0, here.to_owned());
        let claims = world.claims(&answer.access_token);
        prop_assert_eq!(actors(claims.act.as_ref()), acted.clone());
        prop_assert!(claims.act.iter().flat_map(Actor::iter).all(|actor| actor.iss.is_none()));
        prop_assert_eq!(claims.client_id.as_str(), here);
        prop_assert_eq!(claims.aud.as_str(), target);
        prop_assert_eq!(
            (&claims.sub, &claims.oid, &claims.sid, &claims.auth_time),
            (&root.sub, &root.oid, &root.sid, &root.auth_time)
        );
        prop_assert_eq!(claims.lineage.tokens.len(), acted.len());
        prop_assert!(names.insert(claims.jti.clone()), "each token has a name of its own");
        (here, token) = (next, answer.access_token);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_chain_is_as_long_as_its_hops_and_speaks_of_the_same_user(
        road in vec((0usize..5, 0usize..2), 1..=10),
        max_chain in 1usize..=8,
    ) {
        block_on(walk(&road, max_chain))?;
    }
}

#[tokio::test]
async fn eight_actors_fit_and_a_ninth_does_not() {
    let to_and_fro: Vec<(usize, usize)> = (0..10).map(|hop| ((hop + 1) % 2, hop % 2)).collect();
    walk(&to_and_fro[..8], 8).await.unwrap();
    walk(&to_and_fro, 8).await.unwrap();
}
