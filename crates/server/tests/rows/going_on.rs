//! Stead and its SDK: going on for a user who has left, and stopping when that is no longer allowed.

use crate::obo::{consent_to_reading, edge_to_b};
use std::fs::read;
use std::sync::Arc;
use std::time::Duration;
use stead::{AcquireError, Clock, Credential, Obo, Provider, SealingKey, Transport, Verifier};
use stead_core::admin::Desired;
use stead_core::model::permission::{ConsentRule, Whom};
use stead_core::model::revocation::Ancestor;
use stead_proto::id::Subject;
use stead_proto::secret::Jwt;
use stead_proto::time::Seconds;
use testkit::{API_A_SECRET, World};

const TARGET: &str = "api://b/B.read";

fn provider(world: &World) -> Provider {
    let ca = read(world.running().ca_certificate().unwrap()).unwrap();
    let clock = Arc::clone(world.clock());
    let transport = Transport::builder().root_certificates_pem(&ca).unwrap();
    // A debug build among many tests is slow.
    let transport = transport.timeouts(Duration::from_secs(9), Duration::from_secs(20));
    Provider::builder(world.t1().issuer())
        .transport(transport.build().unwrap())
        .clock(Clock::new(move || clock.now()))
        .build()
        .unwrap()
}

fn obo(world: &World) -> Obo {
    let builder = Obo::builder().provider(provider(world)).client_id("api-a");
    let builder = builder.credential(Credential::secret(API_A_SECRET));
    builder.budget(Duration::from_mins(1)).build().unwrap()
}

async fn alice(world: &World) -> stead::Caller {
    let verifier = Verifier::builder().provider(provider(world)).audience("api://a");
    let token = Jwt::new(world.t1().token_for_a("alice").await);
    verifier.build().unwrap().verify(&token).await.unwrap()
}

/// What the files say while `api-a` may go on after the user left.
fn offline(t1: &mut Desired) {
    let edge = edge_to_b(t1);
    (edge.offline, edge.consent) = (true, ConsentRule::Admin);
    t1.consents.push(consent_to_reading(Whom::Everyone));
}

#[tokio::test]
async fn the_sdk_goes_on_for_alice_when_her_token_has_ended_until_she_is_signed_out() {
    let world = World::with(offline).await;
    let key = SealingKey::new(&[7; 32]).unwrap();
    let caller = alice(&world).await;
    let sealed = obo(&world).long_running(&caller, TARGET).await.unwrap().seal(&key).unwrap();

    world.advance(Seconds(2 * 3600));
    let api_b = Verifier::builder().provider(provider(&world)).audience("api://b").build().unwrap();
    let mut sealed = sealed;
    for _ in 0..2 {
        // Each time another process, with what the last one kept.
        let obo = obo(&world);
        let mut handle = obo.open(&key, &sealed).unwrap();
        let token = obo.resume(&mut handle).await.unwrap();
        let seen = api_b.verify(&Jwt::new(token.expose())).await.unwrap();
        assert_eq!(
            (seen.subject().as_str(), seen.actor().unwrap().as_str()),
            ("user-alice", "api-a")
        );
        assert_eq!(seen.scopes().to_string(), "B.read");
        sealed = handle.seal(&key).unwrap();
    }

    world.revoke(Ancestor::User(Subject::parse("user-alice").unwrap())).await;
    let obo = obo(&world);
    let mut handle = obo.open(&key, &sealed).unwrap();
    let refused = obo.resume(&mut handle).await.unwrap_err();
    assert!(matches!(refused, AcquireError::Denied(_)), "{refused:?}");
}

#[tokio::test]
async fn the_sdk_gets_no_leave_to_go_on_where_the_edge_does_not_give_it() {
    let world = World::new().await;
    let (obo, caller) = (obo(&world), alice(&world).await);
    let refused = obo.long_running(&caller, TARGET).await.unwrap_err();
    assert!(matches!(refused, AcquireError::Config(_)), "{refused:?}");
    assert!(obo.token(&caller, TARGET).await.is_ok());
}
