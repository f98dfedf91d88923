//! RFC 8693, token exchange: what it gives, and how much (rows TX).

use crate::obo::{
    A, ACCESS_TOKEN, B, BOTH, C, Dialect, JWT, allowed, and, application, ask, edge_to_b, refused,
    tried,
};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use stead_core::model::permission::{Assignment, Whom};
use stead_core::record::{Event, Outcome, Record};
use stead_proto::id::Subject;
use stead_proto::scope::ScopeSet;
use testkit::World;
use tokio::task::JoinSet;

#[tokio::test]
async fn tx_01_an_exchange_answers_with_a_token_for_the_target() {
    let world = World::new().await;
    let user = world.t1().token_for_a("alice").await;

    let answer = world.t1().obo_exchange(&user, "api://b", "B.read").await;

    let mut body = answer.json();
    assert!(body["access_token"].as_str().unwrap().contains('.'));
    body["access_token"] = json!("…");
    assert_eq!(answer.status, 200);
    assert_eq!(
        body,
        json!({
            "access_token": "…",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": 3600,
            "ext_expires_in": 3600,
            "scope": "B.read",
        })
    );
}

/// Each bound by itself: what the target offers, the client's edge, the user's own assignment, and what
/// the edge requires of the subject token.
#[tokio::test]
async fn tx_12_scope_never_widens() {
    let world = World::with(|t1| {
        edge_to_b(t1).scopes = ScopeSet::parse("B.read B.write").unwrap();
        edge_to_b(t1).requires = ScopeSet::parse("A.use").unwrap();
        application(t1, "api-b").assignments = vec![Assignment {
            applies_to: Whom::Everyone,
            scopes: ScopeSet::parse("B.read").unwrap(),
        }];
    })
    .await;
    let user = world.t1().token_for_a("alice").await;
    let lesser = [("scope", "openid api://a/A.more")];
    let lesser = world.t1().tokens("alice", &lesser).await.access_token();

    for dialect in BOTH {
        for (token, scope, error, reason) in [
            (&user, "B.read B.none", "invalid_scope", "scope-unknown"),
            (&user, "B.read B.write", "invalid_scope", "scope-not-assigned"),
            (&lesser, "B.read", dialect.pick(["invalid_grant", "invalid_scope"]), "edge-requires"),
        ] {
            let asking = dialect.ask(world.t1(), A, (token, "api://b", scope));
            assert_eq!(tried(&world, asking).await.said(), refused(400, error, reason));
        }
        let within = dialect.ask(world.t1(), A, (&user, "api://b", "B.read")).await;
        assert_eq!(within.claims()["scope"], "B.read");
    }
    // The fixture again: an edge for reading alone, towards an API that gives everybody everything.
    world.files_say(|_| {}).await.unwrap();
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), A, (&user, "api://b", "B.write"));
        let said = tried(&world, asking).await.said();
        assert_eq!(said, refused(400, "invalid_scope", "scope-not-permitted"));
        let within = dialect.ask(world.t1(), A, (&user, "api://b", "B.read"));
        assert_eq!(tried(&world, within).await.said(), allowed());
    }
}

#[tokio::test]
async fn tx_13_no_scope_means_what_is_permitted_there() {
    let world = World::with(|t1| {
        edge_to_b(t1).scopes = ScopeSet::parse("B.read B.write").unwrap();
        application(t1, "api-b").assignments = vec![
            Assignment { applies_to: Whom::Everyone, scopes: ScopeSet::parse("B.read").unwrap() },
            Assignment {
                applies_to: Whom::User(Subject::parse("user-mallory").unwrap()),
                scopes: ScopeSet::parse("B.write").unwrap(),
            },
        ];
    })
    .await;
    for (user, permitted) in [("alice", "B.read"), ("mallory", "B.read B.write")] {
        let scope = [("scope", "openid api://a/A.use api://a/A.more")];
        let token = world.t1().tokens(user, &scope).await.access_token();
        for dialect in BOTH {
            let answer = dialect.ask(world.t1(), A, (&token, "api://b", "")).await;
            let claims = answer.claims();
            assert_eq!((&claims["scope"], &claims["scp"]), (&json!(permitted), &json!(permitted)));
        }
        let answer = world.t1().obo_exchange(&token, "api://b", "").await;
        assert_eq!(answer.member("scope"), permitted);
    }
}

/// A client may narrow a token that was addressed to it: the one exchange that needs no edge.
#[tokio::test]
async fn tx_43_a_narrower_token_for_the_same_audience_is_for_its_own_client_alone() {
    let world = World::new().await;
    let scope = [("scope", "openid api://a/A.use api://a/A.more")];
    let token = world.t1().tokens("alice", &scope).await.access_token();
    let narrow = world.t1().token_for_a("alice").await;

    for dialect in BOTH {
        let answer = dialect.ask(world.t1(), A, (&token, "api://a", "A.use")).await;
        let claims = answer.claims();
        assert_eq!((&claims["aud"], &claims["scope"]), (&json!("api://a"), &json!("A.use")));
        assert_eq!(claims["act"], json!({ "sub": "api-a" }));

        let wider = dialect.ask(world.t1(), A, (&narrow, "api://a", "A.use A.more"));
        let said = tried(&world, wider).await.said();
        assert_eq!(said, refused(400, "invalid_scope", "scope-not-permitted"));

        for other in [B, C] {
            let theirs = dialect.ask(world.t1(), other, (&token, "api://a", "A.use"));
            let error = dialect.pick(["invalid_grant", "invalid_request"]);
            let said = tried(&world, theirs).await.said();
            assert_eq!(said, refused(400, error, "subject-token-not-for-client"));
        }
    }
}

#[tokio::test]
async fn tx_44_a_thousand_at_once_are_all_distinct_and_all_on_record() {
    let world = Arc::new(World::on_sqlite().await);
    let token: Arc<str> = world.t1().token_for_a("alice").await.into();
    let before = world.records().await.len();

    let mut asking = JoinSet::new();
    for _ in 0..1000 {
        let (world, token) = (Arc::clone(&world), Arc::clone(&token));
        asking.spawn(async move { world.t1().obo_exchange(&token, "api://b", "B.read").await });
    }
    let answers = asking.join_all().await;

    let named = |claims: serde_json::Value| claims["jti"].as_str().unwrap().to_owned();
    let issued: BTreeSet<String> = answers.iter().map(|answer| named(answer.claims())).collect();
    assert_eq!(issued.len(), 1000);
    let on_record = |record: Record| match record {
        Record { event: Event::Token(event), outcome: Outcome::Done, .. } => event.token.unwrap(),
        other => unreachable!("{other:?}"),
    };
    let records = world.records().await.split_off(before);
    assert_eq!(records.len(), 1000);
    let recorded: BTreeSet<String> =
        records.into_iter().map(|record| on_record(record).to_string()).collect();
    assert_eq!(recorded, issued);
}

/// Stead makes no opaque access tokens; what it makes is called an access token whatever was asked for,
/// so that nobody is led to read it.
#[tokio::test]
async fn tx_45_what_is_issued_is_called_an_access_token_and_never_a_jwt() {
    let world = World::new().await;
    let form = Dialect::Exchange.form(&world.t1().token_for_a("alice").await, "api://b", "B.read");
    for form in [form.clone(), and(&form, "requested_token_type", JWT)] {
        let tried = tried(&world, ask(world.t1(), A, &form)).await;
        assert_eq!(tried.said(), allowed());
        assert_eq!(tried.answer.member("issued_token_type"), ACCESS_TOKEN);
    }
}
