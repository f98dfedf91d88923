//! The strict JOSE profile, row by row. `ka_…` names the row of the specification a test proves.
//!
//! Each attack has its positive twin: the same token without the attack, which passes.

mod forgery;
mod key_sets;
mod parsing;
mod properties;
mod remembered;
mod times;
mod typ;

use super::*;
use crate::digest::base64url;
use crate::secret::Jwt;
use crate::time::{Seconds, Timestamp};
use serde_json::{Value, json};
use std::sync::LazyLock;

const NOON: i64 = 1_795_435_200;

/// Accepts access tokens of any algorithm at noon, to the second.
fn accept() -> Accept<'static> {
    Accept {
        typ: AcceptTyp::Exactly(Typ::AccessToken),
        algorithms: &Algorithm::ALL,
        now: Timestamp::from_secs(NOON),
        leeway: Seconds(0),
        times: Times::Required,
    }
}

/// One key for each algorithm, made once: RSA keys take their time.
fn key(alg: Algorithm) -> &'static SigningKey {
    static KEYS: LazyLock<Vec<SigningKey>> =
        LazyLock::new(|| Algorithm::ALL.into_iter().map(new_key).collect());
    KEYS.iter().find(|key| key.alg() == alg).unwrap()
}

fn new_key(alg: Algorithm) -> SigningKey {
    SigningKey::generate(alg).unwrap().0
}

fn set_of(keys: &[&SigningKey]) -> KeySet {
    keys.iter().map(|key| key.public_jwk().verifying_key()).collect()
}

fn claims() -> Value {
    json!({ "iss": "https://id.example/t1", "sub": "alice", "aud": "api://a", "exp": NOON + 300, "iat": NOON, "nbf": NOON })
}

/// The header a token of this key has.
fn header(key: &SigningKey) -> Value {
    json!({ "alg": key.alg(), "kid": key.kid(), "typ": "at+jwt" })
}

/// A header and claims of any bytes, under a true signature.
fn signed(key: &SigningKey, header: impl ToString, claims: impl ToString) -> Jwt {
    let input = signing_input(header, claims);
    let signature = base64url(&key.sign_bytes(input.as_bytes()).unwrap());
    Jwt::new(format!("{input}.{signature}"))
}

/// A header and claims of any bytes, under these bytes as signature.
fn with_signature(header: impl ToString, claims: impl ToString, signature: &[u8]) -> Jwt {
    Jwt::new(format!("{}.{}", signing_input(header, claims), base64url(signature)))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that a test may pass text, a Value or a reference"
)]
fn signing_input(header: impl ToString, claims: impl ToString) -> String {
    let part = |text: String| base64url(text.as_bytes());
    format!("{}.{}", part(header.to_string()), part(claims.to_string()))
}

/// A value with members added or replaced.
fn with(mut value: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members") };
    value.as_object_mut().unwrap().extend(members);
    value
}

fn without(mut value: Value, member: &str) -> Value {
    value.as_object_mut().unwrap().remove(member);
    value
}

fn verify_with(token: &Jwt, keys: &KeySet, accept: &Accept<'_>) -> Result<Value, JwtError> {
    Unverified::parse(token)?.verify(keys, accept).map(Verified::into_claims)
}

/// What becomes of a token at its issuer's only key.
fn verify(token: &Jwt, key: &SigningKey) -> Result<Value, JwtError> {
    verify_with(token, &set_of(&[key]), &accept())
}

#[test]
fn a_token_we_sign_says_alg_kid_and_typ_and_passes() {
    for alg in Algorithm::ALL {
        let key = key(alg);
        let token = key.sign(Typ::AccessToken, &claims()).unwrap();
        let header = token.expose().split('.').next().unwrap().to_owned();
        assert_eq!(
            String::from_utf8(crate::digest::from_base64url(&header).unwrap()).unwrap(),
            format!(r#"{{"alg":"{alg}","kid":"{}","typ":"at+jwt"}}"#, key.kid())
        );
        assert_eq!(verify(&token, key), Ok(claims()), "{alg}");
    }
}

#[test]
fn a_proved_token_keeps_its_header_and_fits_the_type_asked_for() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Who {
        sub: String,
    }
    let key = key(Algorithm::EdDsa);
    let token = key.sign(Typ::AccessToken, &claims()).unwrap();
    let parts = Unverified::parse(&token).unwrap();
    assert_eq!(parts.issuer(), Some("https://id.example/t1"));
    assert_eq!((parts.typ(), parts.claims_for_display()), (Some(Typ::AccessToken), claims()));

    let proved = parts.verify::<Who>(&set_of(&[key]), &accept()).unwrap();
    assert_eq!(proved.claims(), &Who { sub: "alice".into() });
    assert_eq!(proved.header().kid(), Some(key.kid()));
    assert_eq!(parts.verify::<Vec<u8>>(&set_of(&[key]), &accept()), Err(JwtError::BadClaims));
}

#[test]
fn debug_shows_neither_token_nor_private_key() {
    let (key, _) = SigningKey::generate(Algorithm::EdDsa).unwrap();
    assert_eq!(format!("{key:?}"), format!("SigningKey(EdDSA {})", key.kid()));
    let token = key.sign(Typ::AccessToken, &claims()).unwrap();
    let shown = format!("{:?}", Unverified::parse(&token).unwrap());
    assert!(!shown.contains("alice") && !shown.contains("eyJ"), "{shown}");
}
