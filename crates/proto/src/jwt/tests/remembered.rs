//! A memory of signatures: it spares looking at one, and nothing else.

use super::*;
use crate::digest::{Sha256, sha256};

/// Knows the tokens that were proved with one set of keys.
#[derive(Default)]
struct Known(Vec<Sha256>);

impl SignedBefore for Known {
    fn knows(&self, token: impl FnOnce() -> Sha256) -> bool {
        self.0.contains(&token())
    }
}

fn proved(token: &Jwt, keys: &KeySet, accept: &Accept<'_>, known: &Known) -> Option<JwtError> {
    let parts = Unverified::parse(token).unwrap();
    parts.verify_remembering::<Value>(keys, accept, known).err()
}

#[test]
fn only_the_very_token_that_is_known_is_spared_its_signature() {
    let key = key(Algorithm::Es256);
    let (keys, token) = (set_of(&[key]), signed(key, header(key), claims()));
    let forged = with_signature(header(key), claims(), &[7; 64]);
    let nobody = Known::default();
    assert_eq!(proved(&token, &keys, &accept(), &nobody), None);
    assert_eq!(proved(&forged, &keys, &accept(), &nobody), Some(JwtError::BadSignature));
    let known = Known(vec![sha256(token.expose().as_bytes())]);
    assert_eq!(proved(&token, &keys, &accept(), &known), None);
    assert_eq!(proved(&forged, &keys, &accept(), &known), Some(JwtError::BadSignature));
    // Whoever says yes is believed: it is the memory's word that counts.
    let wrong = Known(vec![sha256(forged.expose().as_bytes())]);
    assert_eq!(proved(&forged, &keys, &accept(), &wrong), None);
}

#[test]
fn all_else_about_a_known_token_is_looked_at_each_time() {
    let own = key(Algorithm::Es256);
    let (keys, token) = (set_of(&[own]), signed(own, header(own), claims()));
    let known = Known(vec![sha256(token.expose().as_bytes())]);
    let later = Accept { now: Timestamp::from_secs(NOON + 300), ..accept() };
    assert_eq!(proved(&token, &keys, &later, &known), Some(JwtError::Expired));
    let other = Accept { typ: AcceptTyp::Exactly(Typ::IdToken), ..accept() };
    assert_eq!(proved(&token, &keys, &other, &known), Some(JwtError::UnexpectedTyp));
    let others = set_of(&[key(Algorithm::EdDsa)]);
    assert_eq!(proved(&token, &others, &accept(), &known), Some(JwtError::UnknownKey));
    assert_eq!(proved(&token, &keys, &accept(), &known), None);
}
