//! What a verifier remembers: it never lets in what verifying again would not.

use crate::stub::{DATA, NOON, World};
use serde_json::json;
use stead::verify::VerifyError;
use stead::{Jwt, Verifier};
use stead_proto::jwt::{Algorithm, JwtError, SigningKey, Typ};

/// Whether two callers came from one verification.
fn same(one: &stead::Caller, other: &stead::Caller) -> bool {
    std::ptr::eq(one.claims(), other.claims())
}

#[tokio::test]
async fn a_token_is_verified_once_and_recognised_by_its_whole_text() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.sign(&world.claims());
    let first = verifier.verify(&token).await.unwrap();
    let again = verifier.verify(&Jwt::new(token.expose())).await.unwrap();
    assert!(same(&first, &again));
    assert_eq!(again.token().expose(), token.expose());

    let other = verifier.verify(&world.sign(&world.claims_with(&json!({ "jti": "j-2" })))).await;
    assert!(!same(&first, &other.unwrap()));
}

#[tokio::test]
async fn what_shares_all_but_the_end_with_a_remembered_token_is_refused() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.sign(&world.claims());
    verifier.verify(&token).await.unwrap();
    let (front, signature) = token.expose().rsplit_once('.').unwrap();
    let other = world.sign(&world.claims_with(&json!({ "jti": "j-2" })));
    let (_, others_signature) = other.expose().rsplit_once('.').unwrap();
    let turned = Jwt::new(format!("{front}.{others_signature}"));
    assert_eq!(verifier.verify(&turned).await.unwrap_err(), JwtError::BadSignature.into());
    for cut in [front.to_owned(), format!("{front}."), format!("{front}.{signature}A")] {
        assert!(verifier.verify(&Jwt::new(cut)).await.is_err());
    }
    assert!(verifier.verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_remembered_token_ends_when_it_ends() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.sign(&world.claims_with(&json!({ "exp": NOON + 100 })));
    verifier.verify(&token).await.unwrap();
    world.pass(129);
    assert!(verifier.verify(&token).await.is_ok());
    world.pass(1);
    assert_eq!(verifier.verify(&token).await.unwrap_err(), JwtError::Expired.into());
}

#[tokio::test]
async fn a_clock_set_back_makes_a_remembered_token_one_of_the_future_again() {
    let world = World::new().await;
    let verifier = world.verifier();
    for member in ["iat", "nbf"] {
        let token = world.sign(&world.claims_with(&json!({ "iat": null, member: NOON })));
        verifier.verify(&token).await.unwrap();
        world.pass(-31);
        assert!(verifier.verify(&token).await.is_err(), "{member}");
        world.pass(31);
        assert!(verifier.verify(&token).await.is_ok(), "{member}");
    }
}

#[tokio::test]
async fn a_key_that_is_withdrawn_takes_its_remembered_tokens_along() {
    let world = World::new().await;
    let verifier = world.verifier();
    let token = world.sign(&world.claims());
    verifier.verify(&token).await.unwrap();

    let (next, _) = SigningKey::generate(Algorithm::EdDsa).unwrap();
    world.publish([next.public_jwk()]);
    // A token by the new key makes the verifier ask for the keys; the old one is not among them.
    let by_next = next.sign(Typ::AccessToken, &world.claims()).unwrap();
    verifier.verify(&by_next).await.unwrap();
    assert_eq!(verifier.verify(&token).await.unwrap_err(), JwtError::UnknownKey.into());
}

#[tokio::test]
async fn what_is_refused_is_not_remembered() {
    let world = World::new().await;
    let verifier = world.verifier();
    let early = world.sign(&world.claims_with(&json!({ "nbf": NOON + 60 })));
    let refused: VerifyError = JwtError::NotYetValid.into();
    assert_eq!(verifier.verify(&early).await.unwrap_err(), refused);
    world.pass(60);
    assert!(verifier.verify(&early).await.is_ok());
}

#[tokio::test]
async fn a_verifier_of_another_audience_remembers_for_itself() {
    let world = World::new().await;
    let (ours, token) = (world.verifier(), world.sign(&world.claims()));
    ours.verify(&token).await.unwrap();
    let theirs = Verifier::builder().provider(world.provider()).audience("api://else").build();
    assert!(theirs.unwrap().verify(&token).await.is_err());
}

#[tokio::test]
async fn the_memory_is_bounded_and_can_be_switched_off() {
    let world = World::new().await;
    let remembering = |bytes| {
        let builder = Verifier::builder().provider(world.provider()).audience(DATA);
        builder.memory_bytes(bytes).build().unwrap()
    };
    for (bytes, most) in [(0, 0), (64 * 1024, 64)] {
        let verifier = remembering(bytes);
        let mut all = Vec::new();
        for number in 0..200 {
            let token = world.sign(&world.claims_with(&json!({ "jti": number.to_string() })));
            all.push(verifier.verify(&token).await.unwrap());
        }
        let mut kept = 0;
        for caller in all.iter().rev() {
            kept += usize::from(same(caller, &verifier.verify(caller.token()).await.unwrap()));
        }
        assert!(kept <= most, "{kept} of 200 in {bytes} bytes");
        assert_eq!(kept > 0, most > 0, "{kept} of 200 in {bytes} bytes");
    }
}
