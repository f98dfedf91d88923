//! A token never outlives the token it came from, unless the edge says "session"; and never the session.

use crate::tokens::{ALICE, DIALECTS, SignIn, api, block_on};
use crate::world::{World, edge, put};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;
use stead_core::model::permission::{BoundedBy, ConsentRule, Edge};
use stead_core::settings::Settings;
use stead_proto::time::Seconds;

const APIS: [&str; 4] = ["reports", "data", "ledger", "vault"];

#[derive(Debug, Clone)]
struct Case {
    /// How long the session, tokens of a sign-in and tokens of an exchange last.
    session: u32,
    access_token: u32,
    exchanged: u32,
    hops: Vec<Hop>,
}

#[derive(Debug, Clone)]
struct Hop {
    bounded_by: BoundedBy,
    /// The resource's own limit.
    at_most: Option<u32>,
    /// What passes before it, in milliseconds.
    after: i64,
    dialect: usize,
}

fn to_next(bounded_by: BoundedBy, api: &str) -> Edge {
    let consent = ConsentRule::None;
    Edge { consent, bounded_by, ..edge(&format!("api://{api}"), "Use") }
}

async fn build(case: &Case) -> World {
    let mut world = World::new().await;
    world.sts.settings = Arc::new(Settings {
        access_token: Seconds(case.access_token),
        exchanged_token: Seconds(case.exchanged),
        ..Settings::default()
    });
    let mut changes = Vec::new();
    for (place, id) in APIS.iter().enumerate() {
        let scopes = if place == 0 { "Reports.Read Reports.Write" } else { "Use" };
        let mut app = api(id, scopes);
        if let (Some(hop), Some(next)) = (case.hops.get(place), APIS.get(place + 1)) {
            app.may_act = vec![to_next(hop.bounded_by, next)];
        }
        if let Some(hop) = place.checked_sub(1).and_then(|before| case.hops.get(before)) {
            app.tokens.lifetime = hop.at_most.map(Seconds);
        }
        changes.push(put(app));
    }
    world.write(changes).await;
    world.change("dashboard", |app| app.permissions[0].consent = ConsentRule::None).await;
    world
}

async fn check(case: &Case) -> Result<(), TestCaseError> {
    let world = build(case).await;
    let session_ends = world.now().secs() + i64::from(case.session);
    let mut token =
        world.sign_in(&SignIn { lasts: Seconds(case.session), ..ALICE }).await.access_token;
    let mut subject = world.claims(&token);
    prop_assert!(subject.exp <= session_ends);
    for (place, hop) in case.hops.iter().enumerate() {
        world.pass_millis(hop.after);
        let now = world.now().secs();
        let target = format!("api://{}", APIS[place + 1]);
        let who = (APIS[place], DIALECTS[hop.dialect]);
        let answer = world.exchange(who, &token, (&target, "Use")).await;

        let bound = match hop.bounded_by {
            BoundedBy::SubjectToken => subject.exp.min(session_ends),
            BoundedBy::Session => session_ends,
        };
        let longest = i64::from(hop.at_most.unwrap_or(case.exchanged));
        let expected = if subject.exp <= now { 0 } else { longest.min(bound - now) };
        if expected <= 0 {
            prop_assert!(answer.is_err(), "nothing was left of what it came from");
            return Ok(());
        }
        let answer =
            answer.map_err(|denied| TestCaseError::fail(format!("hop {place}: {denied}")))?;
        let claims = world.claims(&answer.access_token);
        prop_assert_eq!(claims.exp - now, expected);
        prop_assert_eq!((claims.iat, claims.nbf), (now, now));
        prop_assert_eq!(i64::from(answer.expires_in), expected);
        prop_assert!(claims.exp <= session_ends, "outlives the session");
        if hop.bounded_by == BoundedBy::SubjectToken {
            prop_assert!(claims.exp <= subject.exp, "outlives the token it came from");
        }
        (token, subject) = (answer.access_token, claims);
    }
    Ok(())
}

fn cases() -> impl Strategy<Value = Case> {
    let bound = prop_oneof![2 => Just(BoundedBy::SubjectToken), 1 => Just(BoundedBy::Session)];
    let hop = (bound, proptest::option::of(1u32..5000), 0i64..1_500_000, 0usize..2).prop_map(
        |(bounded_by, at_most, after, dialect)| Hop { bounded_by, at_most, after, dialect },
    );
    (1u32..8000, 1u32..5000, 1u32..5000, vec(hop, 1..4)).prop_map(
        |(session, access_token, exchanged, hops)| Case { session, access_token, exchanged, hops },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_token_outlives_neither_the_session_nor_the_token_it_came_from(case in cases()) {
        block_on(check(&case))?;
    }
}

/// The one exception, said explicitly on the edge.
#[tokio::test]
async fn an_edge_bounded_by_the_session_may_outlive_the_token_and_one_that_is_not_may_not() {
    for (bounded_by, expected) in [(BoundedBy::Session, 3600), (BoundedBy::SubjectToken, 60)] {
        let hop = Hop { bounded_by, at_most: None, after: 0, dialect: 0 };
        let case = Case { session: 7200, access_token: 60, exchanged: 3600, hops: vec![hop] };
        let world = build(&case).await;
        let token = world.sign_in(&SignIn { lasts: Seconds(7200), ..ALICE }).await.access_token;
        let who = ("reports", DIALECTS[1]);
        let answer = world.exchange(who, &token, ("api://data", "Use")).await.unwrap();
        assert_eq!(answer.expires_in, expected, "{bounded_by:?}");
    }
}
