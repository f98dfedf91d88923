//! Private keys in the open: to sign any header over any claims, which no honest signer would.

use crate::world::World;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding,
};
use serde_json::{Value, json};
use std::fmt;
use stead_proto::digest::base64url;
use stead_proto::jwt::{Algorithm, Jwk, JwkSet, SigningKey, Typ};
use stead_store::MasterKey;

/// A private key that signs whatever it is given.
pub struct RawKey {
    alg: Algorithm,
    pkcs8: Vec<u8>,
    public: Jwk,
}

impl fmt::Debug for RawKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawKey({})", self.kid())
    }
}

impl RawKey {
    /// A new key, nobody's yet.
    pub fn generate(alg: Algorithm) -> Self {
        let (key, pkcs8) = SigningKey::generate(alg).unwrap();
        Self { alg, pkcs8: pkcs8.to_vec(), public: key.public_jwk() }
    }

    /// The same numbers, for another algorithm.
    #[must_use]
    pub fn as_if_for(&self, alg: Algorithm) -> Self {
        Self::read(alg, &self.pkcs8)
    }

    fn read(alg: Algorithm, pkcs8: &[u8]) -> Self {
        let key = SigningKey::from_pkcs8(alg, pkcs8).unwrap();
        Self { alg, pkcs8: pkcs8.to_vec(), public: key.public_jwk() }
    }

    /// Its name.
    pub fn kid(&self) -> String {
        self.public.kid().unwrap().to_string()
    }

    /// Its public half.
    pub fn public(&self) -> Jwk {
        self.public.clone()
    }

    /// A key set of it alone.
    pub fn set(&self) -> JwkSet {
        [self.public()].into_iter().collect()
    }

    /// The header that an honest signer writes.
    pub fn header(&self, typ: Typ) -> Value {
        json!({ "alg": self.alg.as_str(), "kid": self.kid(), "typ": typ.as_str() })
    }

    /// An honest JWT.
    pub fn jwt(&self, typ: Typ, claims: &Value) -> String {
        self.sign(&self.header(typ).to_string(), &claims.to_string())
    }

    /// Any two texts as header and claims, under a true signature.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
        let signature = self.signature(signed.as_bytes());
        format!("{signed}.{}", base64url(&signature))
    }

    /// A true signature over anything.
    pub fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self.alg {
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.pkcs8)
                    .unwrap();
                pair.sign(&random, message).unwrap().as_ref().to_vec()
            }
            Algorithm::EdDsa => {
                Ed25519KeyPair::from_pkcs8(&self.pkcs8).unwrap().sign(message).as_ref().to_vec()
            }
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let padding: &'static dyn RsaEncoding = match self.alg {
                    Algorithm::Ps256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let pair = RsaKeyPair::from_pkcs8(&self.pkcs8).unwrap();
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }
}

impl World {
    /// A tenant's own private key, as only somebody with its master key could read it.
    pub async fn own_key(&self, tenant: &str, alg: Algorithm) -> RawKey {
        let master = MasterKey::load_or_create(&self.dir().join("master.key"), [0; 32]).unwrap();
        let sts = self.sts(tenant);
        let kid = sts.ring().signer(alg).unwrap().kid().clone();
        let on_file = sts.store.keys().await.unwrap();
        let stored = on_file.iter().find(|key| key.kid == kid).unwrap();
        let sealed = stored.sealed.as_ref().unwrap();
        RawKey::read(alg, &master.open("signing-key", sealed).unwrap())
    }
}
