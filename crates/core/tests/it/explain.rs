//! `explain`: every rule with its answer, and for the first that fails the one edit that would change it.
//! Each edit is also made, so that what is said is so.

use crate::tokens::api;
use crate::world::{World, edge, put, put_user, set};
use stead_core::commit::Change;
use stead_core::explain::{ExplainQuery, ExplainSubject, ExplainedAnswer, Explanation};
use stead_core::model::application::{Application, Kind};
use stead_core::model::consent::{Consent, Given};
use stead_core::model::managed::Managed;
use stead_core::model::permission::{Assignment, ConsentRule, Edge, Preauthorized, Whom};
use stead_core::model::user::User;
use stead_proto::acr::Acr;
use stead_proto::time::Seconds;

/// What the question is about; a row spoils something in it, and mends it again as the edit says.
struct Parts {
    reports: Application,
    data: Application,
    alice: User,
    consents: Vec<Consent>,
    scope: &'static str,
    to: &'static str,
}

impl Parts {
    fn edge(&mut self) -> &mut Edge {
        &mut self.reports.may_act[0]
    }
}

fn in_file(line: usize) -> Managed {
    Managed::File { file: "acme.toml".into(), line }
}

async fn parts(world: &World) -> Parts {
    let mut reports = api("reports", "Reports.Read");
    reports.managed = in_file(10);
    reports.may_act =
        vec![Edge { consent: ConsentRule::None, ..edge("api://data", "Rows.Read Rows.Write") }];
    let mut data = api("data", "Rows.Read Rows.Write Rows.Purge");
    data.managed = in_file(30);
    let mut alice = world.user("alice").await;
    alice.managed = in_file(50);
    Parts { reports, data, alice, consents: vec![], scope: "Rows.Read", to: "api://data" }
}

async fn explain(world: &World, parts: &Parts) -> Explanation {
    let mut changes =
        vec![put_user(parts.alice.clone()), put(parts.reports.clone()), put(parts.data.clone())];
    changes.extend(parts.consents.iter().cloned().map(Change::PutConsent));
    world.write(changes).await;
    let query = ExplainQuery {
        subject: ExplainSubject::User {
            username: "alice".parse().unwrap(),
            via: None,
            holding: None,
        },
        client: Some("reports".parse().unwrap()),
        to: Some(parts.to.parse().unwrap()),
        scope: parts.scope.into(),
    };
    world.sts.explain(&query, &world.moment()).await.unwrap()
}

/// The first rule that fails: its number, reason and edit.
fn first_failure(explanation: &Explanation) -> Option<(u8, &str, &str)> {
    explanation.rules.iter().find_map(|rule| match &rule.answer {
        ExplainedAnswer::Failed { reason, edit, .. } => {
            Some((rule.number, *reason, edit.as_deref().unwrap_or_default()))
        }
        _ => None,
    })
}

struct Row {
    rule: u8,
    reason: &'static str,
    edit: &'static str,
    spoil: fn(&mut Parts),
    mend: fn(&mut Parts),
}

fn consent(given: Given) -> Consent {
    Consent {
        id: "consent-1".parse().unwrap(),
        client: "reports".parse().unwrap(),
        resource: "api://data".parse().unwrap(),
        scopes: set("Rows.Read"),
        given,
        at: crate::world::NOON,
        managed: in_file(60),
    }
}

fn for_everyone(parts: &mut Parts) {
    parts.consents = vec![consent(Given::ByAdmin(Whom::Everyone))];
}

fn rows_of_client_and_user() -> Vec<Row> {
    vec![
        Row {
            rule: 1,
            reason: "client-disabled",
            edit: "in application reports (acme.toml:10): enabled = true",
            spoil: |parts| parts.reports.enabled = false,
            mend: |parts| parts.reports.enabled = true,
        },
        Row {
            rule: 1,
            reason: "client-not-confidential",
            edit: "in application reports (acme.toml:10): kind = \"web-api\", and give it a credential",
            spoil: |parts| parts.reports.kind = Kind::Spa,
            mend: |parts| parts.reports.kind = Kind::WebApi,
        },
        Row {
            rule: 1,
            reason: "grant-not-allowed",
            edit: "in application reports (acme.toml:10), add:\n[[application.may_act]]\ntowards = \"api://data\"\nscopes  = [\"Rows.Read\"]\nfor     = \"everyone\"",
            spoil: |parts| parts.reports.may_act.clear(),
            mend: |parts| {
                parts.reports.may_act = vec![edge("api://data", "Rows.Read")];
                for_everyone(parts);
            },
        },
        Row {
            rule: 4,
            reason: "user-disabled",
            edit: "in user alice (acme.toml:50): enabled = true",
            spoil: |parts| parts.alice.enabled = false,
            mend: |parts| parts.alice.enabled = true,
        },
        Row {
            rule: 6,
            reason: "target-unknown",
            edit: "register an application with audience = \"api://nothing\", or enable it",
            spoil: |parts| parts.to = "api://nothing",
            mend: |parts| parts.to = "api://data",
        },
    ]
}

fn rows_of_edges() -> Vec<Row> {
    vec![
        Row {
            rule: 7,
            reason: "edge-missing",
            edit: "in application reports (acme.toml:10), add:\n[[application.may_act]]\ntowards = \"api://data\"\nscopes  = [\"Rows.Read\"]\nfor     = \"everyone\"",
            spoil: |parts| parts.edge().towards = "api://mail".parse().unwrap(),
            mend: |parts| {
                parts.reports.may_act.push(edge("api://data", "Rows.Read"));
                for_everyone(parts);
            },
        },
        Row {
            rule: 7,
            reason: "edge-not-for-user",
            edit: "in user alice (acme.toml:50): add \"bosses\" to groups",
            spoil: |parts| parts.edge().applies_to = Whom::Group("bosses".parse().unwrap()),
            mend: |parts| _ = parts.alice.groups.insert("bosses".parse().unwrap()),
        },
        Row {
            rule: 7,
            reason: "edge-not-for-user",
            edit: "in application reports (acme.toml:10), in [[application.may_act]] towards api://data: for = { user = \"alice\" }",
            spoil: |parts| parts.edge().applies_to = Whom::User("id-of-bob".parse().unwrap()),
            mend: |parts| parts.edge().applies_to = Whom::User("id-of-alice".parse().unwrap()),
        },
        Row {
            rule: 7,
            reason: "edge-not-via",
            edit: "in application reports (acme.toml:10), in [[application.may_act]] towards api://data: add \"dashboard\" to via",
            spoil: |parts| parts.edge().via = vec!["portal".parse().unwrap()],
            mend: |parts| parts.edge().via.push("dashboard".parse().unwrap()),
        },
        Row {
            rule: 7,
            reason: "edge-requires",
            edit: "in application reports (acme.toml:10), in [[application.may_act]] towards api://data: remove Reports.Export from requires, or have the front end ask for it",
            spoil: |parts| parts.edge().requires = set("Reports.Read Reports.Export"),
            mend: |parts| parts.edge().requires = set("Reports.Read"),
        },
    ]
}

fn rows_of_scopes_and_after() -> Vec<Row> {
    vec![
        Row {
            rule: 10,
            reason: "scope-unknown",
            edit: "in application data (acme.toml:30): add Rows.Paint to scopes, or ask for one of Rows.Purge Rows.Read Rows.Write",
            spoil: |parts| parts.scope = "Rows.Paint",
            mend: |parts| parts.scope = "Rows.Write",
        },
        Row {
            rule: 10,
            reason: "scope-not-permitted",
            edit: "in application reports (acme.toml:10), in [[application.may_act]] towards api://data: add Rows.Purge to scopes",
            spoil: |parts| parts.scope = "Rows.Purge",
            mend: |parts| parts.edge().scopes = set("Rows.Read Rows.Write Rows.Purge"),
        },
        Row {
            rule: 10,
            reason: "scope-not-assigned",
            edit: "in application data (acme.toml:30), add:\n[[application.assign]]\nfor    = { user = \"alice\" }\nscopes = [\"Rows.Read\"]",
            spoil: |parts| {
                let applies_to = Whom::User("id-of-bob".parse().unwrap());
                parts.data.assignments = vec![Assignment { applies_to, scopes: set("Rows.Read") }];
            },
            mend: |parts| {
                let applies_to = Whom::User("id-of-alice".parse().unwrap());
                parts.data.assignments.push(Assignment { applies_to, scopes: set("Rows.Read") });
            },
        },
        Row {
            rule: 11,
            reason: "consent-missing",
            edit: "an administrator consents; in a resource file, add:\n[[consent]]\nclient   = \"reports\"\nresource = \"api://data\"\nscopes   = [\"Rows.Read\"]\nfor      = \"everyone\"",
            spoil: |parts| parts.edge().consent = ConsentRule::Admin,
            mend: for_everyone,
        },
        Row {
            rule: 11,
            reason: "consent-missing",
            edit: "the user consents at the next sign-in; or in a resource file, add:\n[[consent]]\nclient   = \"reports\"\nresource = \"api://data\"\nscopes   = [\"Rows.Read\"]\nfor      = \"everyone\"",
            spoil: |parts| parts.edge().consent = ConsentRule::User,
            mend: for_everyone,
        },
        Row {
            rule: 12,
            reason: "step-up-required",
            edit: "the user signs in again; or in application reports (acme.toml:10), in [[application.may_act]] towards api://data: relax acr or max_age",
            spoil: |parts| parts.edge().acr = Some(Acr::MultiFactor),
            mend: |parts| parts.edge().acr = Some(Acr::Password),
        },
        Row {
            rule: 13,
            reason: "nothing-left",
            edit: "",
            spoil: |parts| parts.data.tokens.lifetime = Some(Seconds(0)),
            mend: |parts| parts.data.tokens.lifetime = None,
        },
    ]
}

#[tokio::test]
async fn the_edit_of_each_rule_is_said_and_made_the_exchange_is_allowed() {
    let rows = [rows_of_client_and_user(), rows_of_edges(), rows_of_scopes_and_after()];
    for row in rows.into_iter().flatten() {
        let world = World::new().await;
        let mut parts = parts(&world).await;
        assert!(explain(&world, &parts).await.allowed, "before {}", row.reason);
        (row.spoil)(&mut parts);
        let spoiled = explain(&world, &parts).await;
        assert_eq!(first_failure(&spoiled), Some((row.rule, row.reason, row.edit)));
        assert_eq!((spoiled.allowed, spoiled.granted, spoiled.lifetime), (false, None, None));
        (row.mend)(&mut parts);
        let mended = explain(&world, &parts).await;
        assert!(mended.allowed, "{}: {mended:?}", row.edit);
    }
}

#[tokio::test]
async fn only_the_first_failure_has_an_edit_and_what_hangs_on_it_is_not_asked() {
    let world = World::new().await;
    let mut parts = parts(&world).await;
    parts.reports.enabled = false;
    parts.edge().applies_to = Whom::Group("bosses".parse().unwrap());
    let explanation = explain(&world, &parts).await;
    let answers: Vec<(u8, &str)> = explanation
        .rules
        .iter()
        .map(|rule| match &rule.answer {
            ExplainedAnswer::Passed { .. } => (rule.number, "✓"),
            ExplainedAnswer::Failed { edit: Some(_), .. } => (rule.number, "✗ with its edit"),
            ExplainedAnswer::Failed { edit: None, .. } => (rule.number, "✗"),
            ExplainedAnswer::NotAsked => (rule.number, "–"),
        })
        .collect();
    let expected = [
        (1, "✗ with its edit"),
        (2, "✓"),
        (3, "✓"),
        (4, "✓"),
        (5, "✓"),
        (6, "✓"),
        (7, "✗"),
        (8, "✓"),
        (9, "✓"),
        (10, "–"),
        (11, "–"),
        (12, "–"),
        (13, "–"),
    ];
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn an_explanation_issues_nothing_and_leaves_no_record() {
    let world = World::new().await;
    let parts = parts(&world).await;
    explain(&world, &parts).await;
    let before = world.sts.store.heads().await.unwrap();
    let query = ExplainQuery {
        subject: ExplainSubject::User {
            username: "alice".parse().unwrap(),
            via: None,
            holding: None,
        },
        client: Some("reports".parse().unwrap()),
        to: Some("api://data".parse().unwrap()),
        scope: String::new(),
    };
    let explanation = world.sts.explain(&query, &world.moment()).await.unwrap();
    assert_eq!(explanation.granted.as_deref(), Some("Rows.Read Rows.Write"));
    assert_eq!(world.sts.store.heads().await.unwrap(), before);
}

#[tokio::test]
async fn the_group_edge_reads_as_somebody_would_say_it() {
    let world = World::new().await;
    let mut parts = parts(&world).await;
    parts.alice.groups.clear();
    parts.edge().applies_to = Whom::Group("employees".parse().unwrap());
    let explanation = explain(&world, &parts).await;
    let rule = serde_json::to_string_pretty(&explanation.rules[6]).unwrap();
    insta::assert_snapshot!(format!("{}\n{rule}", explanation.question), @r#"
    may reports act for alice towards api://data, to do Rows.Read
    {
      "number": 7,
      "rule": "edge",
      "question": "does an edge lead from the client to the resource for this user",
      "answer": "failed",
      "reason": "edge-not-for-user",
      "why": "the client may not act towards the resource for this user",
      "edit": "in user alice (acme.toml:50): add \"employees\" to groups"
    }
    "#);
}

#[tokio::test]
async fn consent_that_nobody_has_to_give_is_explained() {
    let world = World::new().await;
    let mut parts = parts(&world).await;
    parts.edge().consent = ConsentRule::Admin;
    let client = "reports".parse().unwrap();
    parts.data.preauthorized = vec![Preauthorized { client, scopes: set("Rows.Read") }];
    let explanation = explain(&world, &parts).await;
    let consent = explanation.rules.iter().find(|rule| rule.rule == "consent").unwrap();
    let why = Some("data has authorized reports beforehand to do Rows.Read".to_owned());
    assert_eq!(consent.answer, ExplainedAnswer::Passed { why });
    assert!(explanation.allowed);

    parts.scope = "Rows.Write";
    let explanation = explain(&world, &parts).await;
    assert_eq!(first_failure(&explanation).map(|(rule, ..)| rule), Some(11));
}
