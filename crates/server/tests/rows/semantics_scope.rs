//! Attacks on how much and towards what: scopes, audiences, chains, consent (rows KB).

use crate::obo::{
    A, B, BOTH, C, JWT_BEARER, allowed, and, application, ask, consent_to_reading, edge_to_b,
    refused, tried, with,
};
use reqwest::Method;
use serde_json::{Value, json};
use stead_core::admin::Desired;
use stead_core::model::permission::{
    ActsAs, Assignment, BoundedBy, ConsentRule, Edge, Permission, Whom,
};
use stead_proto::id::{Audience, ClientId, Subject};
use stead_proto::scope::ScopeSet;
use stead_proto::time::Seconds;
use testkit::World;

fn set(scopes: &str) -> ScopeSet {
    ScopeSet::parse(scopes).unwrap()
}

/// `api-a` may read and write at `api-b`; alice has agreed to reading.
fn alice_agreed_to_reading(t1: &mut Desired) {
    let edge = edge_to_b(t1);
    (edge.scopes, edge.consent) = (set("B.read B.write"), ConsentRule::User);
    t1.consents.push(consent_to_reading(Whom::User(Subject::parse("user-alice").unwrap())));
}

#[tokio::test]
async fn kb_18_a_scope_nobody_consented_to() {
    let world = World::new().await;
    let alice = world.t1().token_for_a("alice").await;
    let mallory = world.t1().token_for_a("mallory").await;
    world.files_say(alice_agreed_to_reading).await.unwrap();
    for dialect in BOTH {
        for (token, scope) in
            [(&alice, "B.write"), (&alice, "B.read B.write"), (&mallory, "B.read"), (&mallory, "")]
        {
            let asking = dialect.ask(world.t1(), A, (token, "api://b", scope));
            let tried = tried(&world, asking).await;
            let error = dialect.pick(["invalid_grant", "invalid_scope"]);
            assert_eq!(tried.said(), refused(400, error, "consent-missing"), "{scope}");
            let suberror = dialect.pick([json!("consent_required"), Value::Null]);
            assert_eq!(tried.answer.member("suberror"), suberror);
        }
        for scope in ["B.read", ""] {
            let answer = dialect.ask(world.t1(), A, (&alice, "api://b", scope)).await;
            assert_eq!(answer.claims()["scope"], "B.read");
        }
    }
}

#[tokio::test]
async fn kb_19_more_scope_through_default_nothing_or_a_star() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        let beside_openid =
            dialect.pick(["api://b/.default openid offline_access", "openid offline_access"]);
        let form = dialect.form(&token, "api://b", "");
        for form in [
            dialect.form(&token, "api://b", ".default"),
            dialect.form(&token, "api://b", "openid .default"),
            with(&form, "scope", beside_openid),
            form,
        ] {
            let answer = ask(world.t1(), A, &form).await;
            assert_eq!(answer.claims()["scope"], "B.read", "{form:?}");
            assert_eq!(answer.member("refresh_token"), Value::Null);
        }
        for (scope, reason) in [
            ("*", "scope-unknown"),
            ("B.*", "scope-unknown"),
            (".default B.write", "request-malformed"),
            ("A.use", "scope-unknown"),
        ] {
            let asking = dialect.ask(world.t1(), A, (&token, "api://b", scope));
            let said = tried(&world, asking).await.said();
            assert_eq!(said, refused(400, "invalid_scope", reason), "{dialect:?} {scope}");
        }
    }
}

#[tokio::test]
async fn kb_20_an_audience_that_was_not_given() {
    let world = World::with(|t1| {
        let mut admin = application(t1, "api-c").clone();
        admin.id = ClientId::parse("api-admin").unwrap();
        admin.audience = Some(Audience::parse("api://admin").unwrap());
        admin.may_act.clear();
        t1.applications.push(admin);
    })
    .await;
    let token = world.t1().token_for_a("alice").await;
    let itself = world.t1().issuer();
    for dialect in BOTH {
        let error = dialect.pick(["invalid_resource", "invalid_target"]);
        for (audience, reason) in [
            ("api://admin", "edge-missing"),
            ("api-admin", "edge-missing"),
            ("spa", "target-unknown"),
            (itself.as_str(), "target-unknown"),
        ] {
            let asking = dialect.ask(world.t1(), A, (&token, audience, "C.use"));
            let said = tried(&world, asking).await.said();
            assert_eq!(said, refused(400, error, reason), "{dialect:?} {audience}");
        }
        let asking = dialect.ask(world.t1(), A, (&token, "api://b", "B.read"));
        assert_eq!(tried(&world, asking).await.said(), allowed());
    }
}

#[tokio::test]
async fn kb_21_an_audience_that_is_somebody_elses_or_nearly() {
    let world = World::new().await;
    let body = |audience: &str| json!({ "name": "New", "kind": "web-api", "audience": audience, "scopes": { "N.x": "Do x" } });
    for taken in ["api://a", "api://a/", "api://a//", "API://A", "Api://a", "api-a", "API-A"] {
        let (status, said) = world.admin(Method::PUT, "/applications/new", Some(body(taken))).await;
        assert_eq!(status, 422, "{taken}: {said}");
        let file = |t1: &mut Desired| {
            application(t1, "api-c").audience = Some(Audience::parse(taken).unwrap());
        };
        assert!(world.files_say(file).await.is_err(), "{taken}");
        assert_eq!(world.admin(Method::GET, "/applications/new", None).await.0, 404);
    }
    for id in ["API-A", "api%3A%2F%2Fa"] {
        let (status, said) =
            world.admin(Method::PUT, &format!("/applications/{id}"), Some(body("api://new"))).await;
        assert_eq!(status, 422, "{id}: {said}");
    }
    let (status, _) = world.admin(Method::PUT, "/applications/new", Some(body("api://new"))).await;
    assert_eq!(status, 201);
}

/// Back and forth between `api-b` and `api-c`, after `api-a`, in both dialects in turn.
async fn hops(world: &World, most: usize) {
    let mut token = world.t1().token_for_a("alice").await;
    let to_b = ("api://b", "B.read");
    for hop in 0..most {
        let (client, (audience, scope)) = match hop {
            0 => (A, to_b),
            odd if odd % 2 == 1 => (B, ("api://c", "C.use")),
            _ => (C, to_b),
        };
        let answer = BOTH[hop % 2].ask(world.t1(), client, (&token, audience, scope)).await;
        token = answer.access_token();
        let mut depth = 0;
        let mut act = &answer.claims()["act"];
        while act.is_object() {
            (depth, act) = (depth + 1, &act["act"]);
        }
        assert_eq!(depth, hop + 1);
    }
    let (client, audience) = if most % 2 == 1 { (B, "api://c") } else { (C, "api://b") };
    for dialect in BOTH {
        let tried = tried(world, dialect.ask(world.t1(), client, (&token, audience, ""))).await;
        let error = dialect.pick(["invalid_grant", "invalid_request"]);
        assert_eq!(tried.said(), refused(400, error, "chain-too-deep"));
        let clear = tried.answer.member("error_description");
        assert!(clear.as_str().unwrap().contains("the chain of actors is too long"), "{clear}");
    }
}

#[tokio::test]
async fn kb_23_eight_hops_pass_and_the_ninth_does_not() {
    hops(&World::new().await, 8).await;
    hops(&World::with_settings(|settings| settings.max_chain = 2).await, 2).await;
}

/// Also where an edge towards itself would give more.
#[tokio::test]
async fn kb_25_an_exchange_for_oneself_only_narrows() {
    let world = World::with(|t1| {
        application(t1, "api-a").may_act.push(Edge {
            consent: ConsentRule::None,
            offline: true,
            bounded_by: BoundedBy::Session,
            ..Edge::new(Audience::parse("api://a").unwrap(), set("A.use A.more"))
        });
    })
    .await;
    let narrow = world.t1().token_for_a("alice").await;
    let scope = [("scope", "openid api://a/A.use api://a/A.more")];
    let wide = world.t1().tokens("alice", &scope).await.access_token();
    world.advance(Seconds(600));
    for dialect in BOTH {
        let wider = dialect.ask(world.t1(), A, (&narrow, "api://a", "A.use A.more"));
        let said = tried(&world, wider).await.said();
        assert_eq!(said, refused(400, "invalid_scope", "scope-not-permitted"));
        for (token, asked, given) in [
            (&narrow, "", "A.use"),
            (&wide, "A.use offline_access", "A.use"),
            (&wide, "", "A.more A.use"),
        ] {
            let answer = dialect.ask(world.t1(), A, (token, "api://a", asked)).await;
            assert_eq!(answer.claims()["scope"], given);
            assert_eq!(answer.member("expires_in"), 3000);
            assert_eq!(answer.member("refresh_token"), Value::Null);
        }
    }
}

#[tokio::test]
async fn kb_40_consent_left_out() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    world.files_say(|t1| edge_to_b(t1).consent = ConsentRule::User).await.unwrap();
    for dialect in BOTH {
        let form = dialect.form(&token, "api://b", "B.read");
        for (name, value) in [
            ("prompt", "none"),
            ("consent", "true"),
            ("client_info", "1"),
            ("scope", dialect.pick(["api://b/.default", ".default"])),
        ] {
            let tried = tried(&world, ask(world.t1(), A, &with(&form, name, value))).await;
            let error = dialect.pick(["invalid_grant", "invalid_scope"]);
            assert_eq!(tried.said(), refused(400, error, "consent-missing"), "{name}");
        }
    }
    let as_grant = [
        ("grant_type", JWT_BEARER.into()),
        ("assertion", token.clone()),
        ("scope", "api://b/B.read".into()),
    ];
    let said = tried(&world, ask(world.t1(), A, &as_grant)).await.said();
    assert_eq!(said, refused(400, "invalid_grant", "assertion-issuer-untrusted"));

    let agreed = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        let asking = dialect.ask(world.t1(), A, (&agreed, "api://b", "B.read"));
        assert_eq!(tried(&world, asking).await.said(), allowed());
    }
}

/// There is no right to impersonate. What a user has whom the caller would like to be stays theirs, and
/// nothing of the application's own comes with a user's token.
#[tokio::test]
async fn kb_41_impersonating_an_administrator() {
    let mallory = || Subject::parse("user-mallory").unwrap();
    let world = World::with(|t1| {
        edge_to_b(t1).scopes = set("B.read B.write");
        application(t1, "api-a").permissions.push(Permission {
            towards: Audience::parse("api://b").unwrap(),
            scopes: set("B.write"),
            acts_as: ActsAs::Itself,
            consent: ConsentRule::None,
            exchange_by: None,
        });
        application(t1, "api-b").assignments = vec![
            Assignment { applies_to: Whom::Everyone, scopes: set("B.read") },
            Assignment { applies_to: Whom::User(mallory()), scopes: set("B.write") },
        ];
    })
    .await;
    let alice = world.t1().token_for_a("alice").await;
    let administrator = world.t1().token_for_a("mallory").await;
    for dialect in BOTH {
        let form =
            and(&dialect.form(&alice, "api://b", "B.write"), "requested_subject", "user-mallory");
        let said = tried(&world, ask(world.t1(), A, &form)).await.said();
        assert_eq!(said, refused(400, "invalid_scope", "scope-not-assigned"));
        let answer = dialect.ask(world.t1(), A, (&alice, "api://b", "")).await;
        let claims = answer.claims();
        assert_eq!((&claims["sub"], &claims["scope"]), (&json!("user-alice"), &json!("B.read")));
        let asking = dialect.ask(world.t1(), A, (&administrator, "api://b", "B.write"));
        assert_eq!(tried(&world, asking).await.said(), allowed());
    }
}
