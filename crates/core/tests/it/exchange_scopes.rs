//! granted ⊆ asked ∩ edge ∩ consent ∩ assignment, and nothing less: over random worlds, against an oracle
//! that knows nothing of the rules' code.

use crate::tokens::{ALICE, DIALECTS, SignIn, api, block_on, scopes_of};
use crate::world::{World, audience, edge, permission, put, set};
use proptest::collection::vec;
use proptest::prelude::*;
use stead_core::commit::Change;
use stead_core::model::consent::{Consent, Given};
use stead_core::model::managed::Managed;
use stead_core::model::permission::{Assignment, ConsentRule, Edge, Permission, Whom};
use stead_core::model::revocation::Ancestor;
use stead_proto::id::ClientId;

/// Scopes as bits: the resource may offer the first four, nobody offers the fifth.
type Bits = u8;
const SCOPES: [&str; 5] = ["A", "B", "C", "D", "E"];
const HELD: [&str; 2] = ["Reports.Read", "Reports.Write"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum For {
    Everyone,
    Staff,
    Bosses,
    Alice,
    Bob,
    Consented,
}

#[derive(Debug, Clone)]
struct AnEdge {
    scopes: Bits,
    applies_to: For,
    requires: Bits,
    via: Via,
    consent: ConsentRule,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Via {
    Anybody,
    Dashboard,
    Another,
}

#[derive(Debug, Clone)]
struct AConsent {
    scopes: Bits,
    by_admin: bool,
    applies_to: For,
    to_another_client: bool,
    withdrawn: bool,
}

/// One tenant, one request of alice's.
#[derive(Debug, Clone)]
struct Case {
    in_staff: bool,
    in_bosses: bool,
    offered: Bits,
    edges: Vec<AnEdge>,
    consents: Vec<AConsent>,
    assignments: Vec<(For, Bits)>,
    held: Bits,
    /// Nothing by name means all the edge gives.
    asked: Bits,
    dialect: usize,
}

/// The oracle: what alice is to get, or that she is refused. Sets and words of the documentation only.
fn expected(case: &Case) -> Option<Bits> {
    let is_alice = |whom: For| match whom {
        For::Everyone | For::Alice => true,
        For::Staff => case.in_staff,
        For::Bosses => case.in_bosses,
        For::Bob | For::Consented => false,
    };
    let leads_here: Vec<&AnEdge> = case
        .edges
        .iter()
        .filter(|edge| edge.applies_to == For::Consented || is_alice(edge.applies_to))
        .filter(|edge| edge.via != Via::Another)
        .filter(|edge| edge.requires & !case.held == 0)
        .collect();
    let edge = leads_here.iter().find(|edge| case.asked & !edge.scopes == 0)?;

    let mine = case.assignments.iter().filter(|(whom, _)| is_alice(*whom));
    let assigned = match case.assignments.as_slice() {
        [] => case.offered,
        _ => mine.fold(0, |all, (_, scopes)| all | scopes),
    };
    let nobody_has_to_agree =
        edge.consent == ConsentRule::None && edge.applies_to != For::Consented;
    let agreed_by = |admin: bool| {
        let covers = |consent: &&AConsent| {
            if admin { is_alice(consent.applies_to) } else { consent.applies_to == For::Alice }
        };
        let theirs = case.consents.iter().filter(|consent| consent.by_admin == admin);
        let living = theirs.filter(|consent| !consent.withdrawn && !consent.to_another_client);
        living.filter(covers).fold(0, |all, consent| all | consent.scopes)
    };
    let (admins, hers) = (agreed_by(true), agreed_by(false));
    let agreed = match (edge.applies_to, edge.consent) {
        _ if nobody_has_to_agree => Bits::MAX,
        (For::Consented, ConsentRule::Admin) => hers & admins,
        (For::Consented, _) => hers,
        (_, ConsentRule::Admin) => admins,
        _ => hers | admins,
    };

    let allowed = edge.scopes & case.offered & assigned & agreed;
    let granted = if case.asked == 0 { allowed } else { case.asked };
    (granted != 0 && granted & !allowed == 0).then_some(granted)
}

fn named(bits: Bits, names: &[&str]) -> String {
    let chosen = names.iter().enumerate().filter(|(place, _)| bits & (1 << place) != 0);
    chosen.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

fn whom(whom: For) -> Whom {
    match whom {
        For::Everyone => Whom::Everyone,
        For::Staff => Whom::Group("staff".parse().unwrap()),
        For::Bosses => Whom::Group("bosses".parse().unwrap()),
        For::Alice => Whom::User("id-of-alice".parse().unwrap()),
        For::Bob => Whom::User("id-of-bob".parse().unwrap()),
        For::Consented => Whom::Consented,
    }
}

fn an_edge(of: &AnEdge) -> Edge {
    let client = |id: &str| ClientId::parse(id).unwrap();
    Edge {
        applies_to: whom(of.applies_to),
        requires: set(&named(of.requires, &HELD)),
        via: match of.via {
            Via::Anybody => vec![],
            Via::Dashboard => vec![client("other"), client("dashboard")],
            Via::Another => vec![client("other")],
        },
        consent: of.consent,
        ..edge("api://data", &named(of.scopes, &SCOPES))
    }
}

fn a_consent(place: usize, of: &AConsent) -> Consent {
    let client = if of.to_another_client { "other" } else { "reports" };
    let given = match (of.by_admin, of.applies_to) {
        (true, applies_to) => Given::ByAdmin(whom(applies_to)),
        (false, For::Alice) => Given::ByUser("id-of-alice".parse().unwrap()),
        (false, _) => Given::ByUser("id-of-bob".parse().unwrap()),
    };
    Consent {
        id: format!("consent-{place}").parse().unwrap(),
        client: client.parse().unwrap(),
        resource: audience("api://data"),
        scopes: set(&named(of.scopes, &SCOPES)),
        given,
        at: crate::world::NOON,
        managed: Managed::Api,
    }
}

async fn build(case: &Case) -> World {
    let world = World::new().await;
    let mut alice = world.user("alice").await;
    let groups = [("staff", case.in_staff), ("bosses", case.in_bosses)];
    let hers = groups.into_iter().filter(|(_, member)| *member);
    alice.groups = hers.map(|(name, _)| name.parse().unwrap()).collect();

    let mut reports = api("reports", "Reports.Read Reports.Write");
    reports.may_act = case.edges.iter().map(an_edge).collect();
    let mut data = api("data", &named(case.offered, &SCOPES));
    let entry = |(to, scopes): &(For, Bits)| Assignment {
        applies_to: whom(*to),
        scopes: set(&named(*scopes, &SCOPES)),
    };
    data.assignments = case.assignments.iter().map(entry).collect();

    let mut changes = vec![Change::PutUser(Box::new(alice)), put(reports), put(data)];
    changes.push(put(api("other", "Other.Use")));
    for (place, consent) in case.consents.iter().enumerate() {
        changes.push(Change::PutConsent(a_consent(place, consent)));
    }
    world.write(changes).await;
    world
        .change("dashboard", |app| {
            app.permissions = vec![Permission {
                consent: ConsentRule::None,
                ..permission("api://reports", "Reports.Read Reports.Write")
            }];
        })
        .await;
    for (place, consent) in case.consents.iter().enumerate() {
        if consent.withdrawn {
            let id = format!("consent-{place}").parse().unwrap();
            world.revoke(Ancestor::Consent(id)).await;
        }
    }
    world
}

async fn check(case: &Case) -> Result<bool, TestCaseError> {
    let world = build(case).await;
    let held = named(case.held, &HELD);
    let signed_in = world.sign_in(&SignIn { scopes: &held, ..ALICE }).await;
    let asked = named(case.asked, &SCOPES);
    let dialect = DIALECTS[case.dialect];
    let answer =
        world.exchange(("reports", dialect), &signed_in.access_token, ("api://data", &asked)).await;
    let granted = answer.as_ref().ok().map(|token| {
        let claims = world.claims(&token.access_token);
        let scopes = scopes_of(&claims);
        assert!(scopes.is_subset(&set(&token.scope.replace("api://data/", ""))), "{}", token.scope);
        scopes
    });
    let oracle = expected(case).map(|bits| set(&named(bits, &SCOPES)));
    prop_assert_eq!(&granted, &oracle, "{:?}", answer.err());
    Ok(granted.is_some())
}

fn a_whom() -> impl Strategy<Value = For> {
    prop_oneof![
        5 => Just(For::Everyone),
        4 => Just(For::Alice),
        2 => Just(For::Staff),
        1 => Just(For::Bosses),
        1 => Just(For::Bob),
        1 => Just(For::Consented),
    ]
}

/// Often everything, so that many worlds say yes.
fn wide(all: Bits) -> impl Strategy<Value = Bits> {
    prop_oneof![1 => Just(all), 1 => 1..=all]
}

fn cases() -> impl Strategy<Value = Case> {
    let rule = prop_oneof![
        2 => Just(ConsentRule::None),
        2 => Just(ConsentRule::User),
        1 => Just(ConsentRule::Admin)
    ];
    let via =
        prop_oneof![3 => Just(Via::Anybody), 2 => Just(Via::Dashboard), 1 => Just(Via::Another)];
    let requires = prop_oneof![3 => Just(0u8), 1 => 0u8..4];
    let edge = (wide(31), a_whom(), requires, via, rule).prop_map(
        |(scopes, applies_to, requires, via, consent)| AnEdge {
            scopes,
            applies_to,
            requires,
            via,
            consent,
        },
    );
    let rarely = || prop::bool::weighted(0.2);
    let consent = (wide(31), any::<bool>(), a_whom(), rarely(), rarely()).prop_map(
        |(scopes, by_admin, applies_to, to_another_client, withdrawn)| AConsent {
            scopes,
            by_admin,
            applies_to,
            to_another_client,
            withdrawn,
        },
    );
    let assignments = prop_oneof![2 => Just(vec![]), 1 => vec((a_whom(), 1u8..16), 1..3)];
    let asked = prop_oneof![1 => Just(0u8), 2 => 1u8..4, 1 => 0u8..32];
    let user = (any::<bool>(), any::<bool>());
    let lists = (vec(edge, 1..4), vec(consent, 0..4), assignments);
    (user, wide(15), lists, wide(3), asked, 0usize..2).prop_map(
        |((in_staff, in_bosses), offered, lists, held, asked, dialect)| {
            let (edges, consents, assignments) = lists;
            Case {
                in_staff,
                in_bosses,
                offered,
                edges,
                consents,
                assignments,
                held,
                asked,
                dialect,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_granted_is_what_asked_edge_consent_and_assignment_share(case in cases()) {
        block_on(check(&case))?;
    }
}

/// The worlds above are worth asking: neither all of them say yes, nor all of them no.
#[test]
fn random_worlds_say_yes_and_no() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let drawn = (0..400).map(|_| cases().new_tree(&mut runner).unwrap().current());
    let yes = drawn.filter(|case| expected(case).is_some()).count();
    assert!((80..320).contains(&yes), "{yes} of 400 are allowed");
}
