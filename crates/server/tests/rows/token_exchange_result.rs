//! RFC 8693 §2.2.1: what an issued token says, how long it lives, and what goes with it (rows TX).

use crate::obo::{
    A, B, BOTH, Dialect, Form, allowed, and, application, ask, consent_to_reading, edge_to_b,
    refused, tried,
};
use serde_json::json;
use stead_core::admin::Desired;
use stead_core::model::permission::{BoundedBy, ConsentRule, Whom};
use stead_proto::time::Seconds;
use testkit::{Answer, World};

/// `act` names the client by its id alone: the issuer is the token's own (RFC 8693 §4.1 leaves it open).
#[tokio::test]
async fn tx_19_the_result_says_alice_through_api_a_for_api_b_and_nothing_else() {
    let world = World::new().await;
    let scope = [("scope", "openid profile api://a/A.use api://a/A.more")];
    let user = world.t1().tokens("alice", &scope).await;
    world.advance(Seconds(100));
    let now = world.clock().now().secs();
    let from = user.claims();

    for dialect in BOTH {
        let form = dialect.form(&user.access_token(), "api://b", "B.read");
        let tried = tried(&world, ask(world.t1(), A, &form)).await;
        assert_eq!(tried.said(), allowed());
        let mut claims = tried.answer.claims();
        let named = claims["jti"].as_str().unwrap().to_owned();
        assert_eq!(tried.event().token.as_ref().unwrap().as_str(), named);
        assert_ne!(from["jti"], claims["jti"]);
        claims["jti"] = json!("new");
        let lineage = &from["lineage"];
        assert_eq!(
            claims,
            json!({
                "iss": world.t1().issuer(), "sub": "user-alice", "aud": "api://b",
                "exp": from["exp"], "iat": now, "nbf": now, "jti": "new",
                "client_id": "api-a", "azp": "api-a", "azpacr": "1",
                "scope": "B.read", "scp": "B.read", "act": { "sub": "api-a" },
                "sid": from["sid"], "auth_time": from["auth_time"], "acr": from["acr"],
                "amr": from["amr"], "oid": "user-alice", "tid": from["tid"], "ver": "2.0",
                "preferred_username": "alice@example.com", "name": "alice Example",
                "lineage": {
                    "auth": lineage["auth"], "since": lineage["since"],
                    "until": lineage["until"], "families": lineage["families"],
                    "tokens": [from["jti"]], "clients": ["spa"],
                },
            }),
            "{dialect:?}"
        );
    }
}

#[tokio::test]
async fn tx_22_an_actor_holds_no_times_and_no_audience() {
    let world = World::new().await;
    let first = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        let second = dialect.ask(world.t1(), A, (&first, "api://b", "B.read")).await;
        let third = dialect.ask(world.t1(), B, (&second.access_token(), "api://c", "C.use")).await;
        let act = third.claims()["act"].clone();
        assert_eq!(act, json!({ "sub": "api-b", "act": { "sub": "api-a" } }));
    }
}

/// There is no right to impersonate: no exchange leaves the actor out, whatever is asked.
#[tokio::test]
async fn tx_24_no_token_without_act_comes_of_an_exchange() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let form = Dialect::Exchange.form(&token, "api://b", "B.read");
    let forms: [Form; 4] = [
        form.clone(),
        and(&form, "act", ""),
        and(&form, "impersonation", "true"),
        Dialect::Entra.form(&token, "api://b", "B.read"),
    ];
    for form in &forms {
        let answer = ask(world.t1(), A, form).await;
        assert_eq!(answer.claims()["act"], json!({ "sub": "api-a" }));
    }
}

#[tokio::test]
async fn tx_33_the_exchanged_token_stays_as_it_was() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    let before = world.t1().introspect(A, &token).await.json();
    assert_eq!(before["active"], true);
    for dialect in BOTH {
        for _ in 0..2 {
            let asking = dialect.ask(world.t1(), A, (&token, "api://b", "B.read"));
            assert_eq!(tried(&world, asking).await.said(), allowed());
        }
    }
    assert_eq!(world.t1().introspect(A, &token).await.json(), before);
}

/// The policy: a token never outlives the one it came from; an edge may widen that to the session, and
/// then the session is the bound.
#[tokio::test]
async fn tx_34_the_result_does_not_outlive_what_it_came_from() {
    for (bounded_by, after, lives) in [
        (BoundedBy::SubjectToken, 0, 3600),
        (BoundedBy::SubjectToken, 3000, 600),
        (BoundedBy::Session, 3000, 3600),
    ] {
        let world = World::with(|t1| edge_to_b(t1).bounded_by = bounded_by).await;
        let token = world.t1().token_for_a("alice").await;
        world.advance(Seconds(after));
        for dialect in BOTH {
            let answer = dialect.ask(world.t1(), A, (&token, "api://b", "B.read")).await;
            assert_eq!(answer.member("expires_in"), lives, "{bounded_by:?} after {after}");
            let end = world.clock().now().secs() + lives;
            assert_eq!(answer.claims()["exp"], end);
        }
    }
    // The session ends before the token would.
    let world = World::with_settings(|settings| settings.session = Seconds(1800)).await;
    let token = world.t1().token_for_a("alice").await;
    world.advance(Seconds(600));
    let answer = world.t1().obo_exchange(&token, "api://b", "B.read").await;
    assert_eq!(answer.member("expires_in"), 1200);
}

async fn refresh(world: &World, token: &str) -> Answer {
    let form = [("grant_type", "refresh_token".into()), ("refresh_token", token.into())];
    ask(world.t1(), A, &form).await
}

fn refresh_token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.member("refresh_token").as_str().unwrap().to_owned()
}

/// What the files say while `api-a` may go on after the user left, with an administrator's consent.
fn offline(t1: &mut Desired) {
    let edge = edge_to_b(t1);
    (edge.offline, edge.consent) = (true, ConsentRule::Admin);
    t1.consents.push(consent_to_reading(Whom::Everyone));
}

/// What the files say besides.
type Change = fn(&mut Desired);

#[tokio::test]
async fn tx_35_a_refresh_token_only_where_the_edge_allows_it_and_its_refresh_asks_every_rule() {
    let world = World::new().await;
    let token = world.t1().token_for_a("alice").await;
    for dialect in BOTH {
        let form = dialect.form(&token, "api://b", "B.read offline_access");
        let answer = ask(world.t1(), A, &form).await;
        assert_eq!((answer.status, answer.member("refresh_token")), (200, json!(null)));
    }

    let causes: [(Change, u16, &str, &str); 8] = [
        (
            |t1| t1.users.iter_mut().for_each(|one| one.user.enabled = false),
            400,
            "invalid_grant",
            "user-disabled",
        ),
        (|t1| application(t1, "api-b").enabled = false, 400, "invalid_target", "target-unknown"),
        (|t1| application(t1, "api-a").enabled = false, 401, "invalid_client", "client-disabled"),
        (
            |t1| application(t1, "spa").enabled = false,
            400,
            "invalid_grant",
            "subject-token-revoked",
        ),
        (|t1| t1.consents.clear(), 400, "invalid_grant", "consent-missing"),
        (
            |t1| application(t1, "api-a").may_act.clear(),
            400,
            "unauthorized_client",
            "grant-not-allowed",
        ),
        (|t1| edge_to_b(t1).offline = false, 400, "unauthorized_client", "grant-not-allowed"),
        (
            |t1| t1.users.iter_mut().for_each(|one| one.user.groups.clear()),
            400,
            "invalid_grant",
            "edge-not-for-user",
        ),
    ];
    for (place, (cause, status, error, reason)) in causes.into_iter().enumerate() {
        let world = World::with(offline).await;
        let token = world.t1().token_for_a("alice").await;
        // Which dialect it began in does not matter.
        let form = BOTH[place % 2].form(&token, "api://b", "B.read offline_access");
        let first = ask(world.t1(), A, &form).await;
        // The user's own token ends in between.
        world.advance(Seconds(3600));
        let second = refresh(&world, &refresh_token(&first)).await;
        assert_eq!(second.claims()["act"], json!({ "sub": "api-a" }), "{}", second.text);

        let change = |t1: &mut Desired| {
            offline(t1);
            cause(t1);
        };
        world.files_say(change).await.unwrap();
        let token = refresh_token(&second);
        let said = tried(&world, refresh(&world, &token)).await.said();
        assert_eq!(said, refused(status, error, reason));
    }
}
