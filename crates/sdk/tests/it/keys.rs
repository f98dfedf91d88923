//! The issuer's keys: few questions, none of them an outsider's to multiply.

use crate::stub::World;
use stead::VerifyError;
use stead_proto::jwt::{Algorithm, JwtError, SigningKey, Typ};
use tokio::task::JoinSet;

fn stranger() -> SigningKey {
    SigningKey::generate(Algorithm::EdDsa).unwrap().0
}

#[tokio::test]
async fn keys_are_fetched_once_for_all_who_verify_at_once() {
    let world = World::new().await;
    let verifier = world.verifier();
    let mut all = JoinSet::new();
    for _ in 0..100 {
        let (verifier, token) = (verifier.clone(), world.sign(&world.claims()));
        all.spawn(async move { verifier.verify(&token).await.is_ok() });
    }
    assert!(all.join_all().await.into_iter().all(|good| good));
    assert_eq!(world.keys_fetched(), 1);
}

#[tokio::test]
async fn ka_05_a_hundred_unknown_keys_cause_one_fetch_in_thirty_seconds() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.sign(&world.claims())).await.unwrap();
    let before = world.keys_fetched();
    let mut all = JoinSet::new();
    for _ in 0..100 {
        let token = stranger().sign(Typ::AccessToken, &world.claims()).unwrap();
        let verifier = verifier.clone();
        all.spawn(async move { verifier.verify(&token).await.unwrap_err() });
    }
    for refused in all.join_all().await {
        assert_eq!(refused, JwtError::UnknownKey.into());
    }
    assert_eq!(world.keys_fetched() - before, 1);

    for (seconds, fetches) in [(0, 1), (29, 1), (1, 2)] {
        world.pass(seconds);
        let late = stranger().sign(Typ::AccessToken, &world.claims()).unwrap();
        verifier.verify(&late).await.unwrap_err();
        assert_eq!(world.keys_fetched() - before, fetches);
    }
}

#[tokio::test]
async fn a_new_key_is_found_at_once() {
    let world = World::new().await;
    let verifier = world.verifier();
    verifier.verify(&world.sign(&world.claims())).await.unwrap();
    let next = stranger();
    world.publish([world.key(), next.public_jwk()]);
    let token = next.sign(Typ::AccessToken, &world.claims()).unwrap();
    assert!(verifier.verify(&token).await.is_ok());
}

#[tokio::test]
async fn known_keys_serve_on_while_the_issuer_is_away() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.sign(&world.claims());
    verifier.verify(&token).await.unwrap();
    world.withhold_keys();
    let unknown = stranger().sign(Typ::AccessToken, &world.claims()).unwrap();
    assert_eq!(verifier.verify(&unknown).await.unwrap_err(), JwtError::UnknownKey.into());
    world.pass(1200);
    assert!(verifier.verify(&token).await.is_ok());
}

#[tokio::test]
async fn without_any_keys_nobody_is_let_in_and_nobody_is_called_a_forger() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.sign(&world.claims());
    world.withhold_keys();
    let refused = verifier.verify(&token).await.unwrap_err();
    assert_eq!(refused, VerifyError::Unavailable { retry_after: None });
    assert_eq!(refused.status(), 503);
    world.publish([world.key()]);
    assert!(verifier.verify(&token).await.is_ok());
}

#[tokio::test]
async fn keys_are_renewed_behind_the_scenes_once_after_ten_minutes() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.sign(&world.claims());
    verifier.verify(&token).await.unwrap();
    world.pass(599);
    verifier.verify(&token).await.unwrap();
    assert_eq!(world.keys_fetched(), 1);

    world.pass(1);
    for _ in 0..50 {
        verifier.verify(&token).await.unwrap();
    }
    world.keys_fetched_times(2).await;
    verifier.verify(&token).await.unwrap();
    assert_eq!(world.keys_fetched(), 2);
}
