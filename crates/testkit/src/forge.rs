//! Tokens made by hand: with the tenant's own keys and wrong claims, or with anybody's keys and right ones.

use serde_json::{Value, json};
use stead_core::sts::Sts;
use stead_proto::digest::base64url;
use stead_proto::jwt::{Algorithm, SigningKey, Typ};
use stead_proto::time::Timestamp;

/// Somebody who makes tokens.
#[derive(Debug)]
pub struct Forge {
    sts: Sts,
    now: Timestamp,
}

impl Forge {
    pub(crate) fn new(sts: Sts, now: Timestamp) -> Self {
        Self { sts, now }
    }

    /// The claims that alice's real access token for `api://a` through `spa` would have, with some changed;
    /// a claim set to `null` is left out.
    pub fn claims(&self, changes: &Value) -> Value {
        let now = self.now.secs();
        let mut claims = json!({
            "iss": self.sts.issuer, "sub": "user-alice", "aud": "api://a",
            "exp": now + 3600, "iat": now, "nbf": now, "jti": "forged-1",
            "client_id": "spa", "azp": "spa", "azpacr": "0", "scope": "A.use", "scp": "A.use",
            "oid": "user-alice", "tid": self.sts.tenant.id, "ver": "2.0", "sid": "forged-session",
            "auth_time": now, "acr": "urn:stead:acr:password", "amr": ["pwd"],
            "lineage": { "auth": self.now.millis(), "since": self.now.millis() },
        });
        let members = claims.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                members.remove(name);
            } else {
                members.insert(name.clone(), value.clone());
            }
        }
        claims
    }

    /// Signed with the tenant's own key, as an access token.
    pub fn token(&self, changes: &Value) -> String {
        self.typed(Typ::AccessToken, &self.claims(changes))
    }

    /// Signed with the tenant's own key, as any kind of token.
    pub fn typed(&self, typ: Typ, claims: &Value) -> String {
        let ring = self.sts.ring();
        let key = ring.signer(Algorithm::Es256).unwrap();
        key.sign(typ, claims).unwrap().expose().to_owned()
    }

    /// Signed with somebody else's key.
    pub fn by_a_stranger(&self, changes: &Value) -> String {
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        key.sign(Typ::AccessToken, &self.claims(changes)).unwrap().expose().to_owned()
    }

    /// Any header over any claims, with any signature.
    pub fn raw(&self, header: &str, claims: &str, signature: &[u8]) -> String {
        let parts = [header.as_bytes(), claims.as_bytes(), signature];
        parts.map(base64url).join(".")
    }

    /// The id of the key that signs access tokens.
    pub fn kid(&self) -> String {
        self.sts.ring().signer(Algorithm::Es256).unwrap().kid().to_string()
    }
}
