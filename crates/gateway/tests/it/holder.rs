//! Somebody with a key of their own, who makes proofs by hand (RFC 9449 §4.2).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use stead_proto::digest::{base64url, sha256};
use stead_proto::jwt::Typ;
use stub_provider::{NOON, Stub};

pub(crate) struct Holder(EcdsaKeyPair);

impl Holder {
    pub(crate) fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    /// The coordinates of the public key.
    fn point(&self) -> (String, String) {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        (base64url(x), base64url(y))
    }

    /// Alice's token, bound to this key by its thumbprint (RFC 7638).
    pub(crate) fn token(&self, stub: &Stub) -> String {
        let (x, y) = self.point();
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let cnf = json!({ "jkt": sha256(canonical.as_bytes()) });
        stub.token_with(Typ::AccessToken, "alice", &json!({ "cnf": cnf }))
    }

    /// A proof for a `GET` of this URL with this token, with some of what it says otherwise.
    pub(crate) fn proof(&self, url: &str, token: &str, changes: &Value) -> String {
        let mut says = json!({
            "jti": format!("p-{}", fastrand::u64(..)), "htm": "GET", "htu": url, "iat": NOON,
            "ath": sha256(token.as_bytes()),
        });
        says.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let (x, y) = self.point();
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk });
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(&says));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", base64url(signature.as_ref()))
    }
}
