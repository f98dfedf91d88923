//! Keys parsed once: to sign with, to verify with.

use super::jwk::Material;
use super::sign::{Heads, KeyNamed};
use super::{Algorithm, Jwk, JwkSet, JwtError};
use crate::digest::Sha256;
use crate::id::KeyId;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey,
};
use std::fmt;
use zeroize::Zeroizing;

/// A private key with its one algorithm, named by its RFC 7638 thumbprint unless it is given another name.
pub struct SigningKey {
    kid: KeyId,
    public: Jwk,
    pair: Pair,
    heads: Heads,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// A private key that cannot be made, cannot be read, or is for another algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadSigningKey;

impl fmt::Display for BadSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the private key cannot be read, or is for another algorithm")
    }
}

impl std::error::Error for BadSigningKey {}

impl SigningKey {
    /// Makes a new key; also returns it as PKCS #8, to be kept. RSA keys have 2048 bits.
    pub fn generate(alg: Algorithm) -> Result<(Self, Zeroizing<Vec<u8>>), BadSigningKey> {
        let bad = |_| BadSigningKey;
        let pair = match alg {
            Algorithm::Es256 => {
                Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(bad)?)
            }
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate().map_err(bad)?),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(bad)?)
            }
        };
        let pkcs8 = pair.to_pkcs8()?;
        Ok((Self::new(alg, pair)?, pkcs8))
    }

    /// Reads a key from PKCS #8.
    pub fn from_pkcs8(alg: Algorithm, pkcs8: &[u8]) -> Result<Self, BadSigningKey> {
        let bad = |_| BadSigningKey;
        let pair = match alg {
            Algorithm::Es256 => Pair::P256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(bad)?,
            ),
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(bad)?),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(bad)?)
            }
        };
        Self::new(alg, pair)
    }

    fn new(alg: Algorithm, pair: Pair) -> Result<Self, BadSigningKey> {
        let material = pair.material().ok_or(BadSigningKey)?;
        let public = Jwk::new(None, alg, material).map_err(|_| BadSigningKey)?;
        let kid = KeyId::parse(public.thumbprint().to_string()).map_err(|_| BadSigningKey)?;
        let heads = Heads::of(alg, KeyNamed::Id(&kid));
        Ok(Self { public: public.named(kid.clone()), heads, kid, pair })
    }

    /// The same key under another name, for a verifier that knows it by that.
    #[must_use]
    pub fn named(self, kid: KeyId) -> Self {
        let heads = Heads::of(self.alg(), KeyNamed::Id(&kid));
        Self { public: self.public.named(kid.clone()), heads, kid, pair: self.pair }
    }

    /// The same key, named in what it signs by the SHA-256 thumbprint of its certificate (`x5t#S256`, RFC 7515
    /// §4.1.8) and by nothing else.
    #[must_use]
    pub fn certified(self, thumbprint: Sha256) -> Self {
        let heads = Heads::of(self.alg(), KeyNamed::Certificate(thumbprint));
        Self { heads, ..self }
    }

    /// Its name: the RFC 7638 thumbprint unless it was given another.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// Its one algorithm.
    #[must_use]
    pub fn alg(&self) -> Algorithm {
        self.public.alg()
    }

    /// The public half, to publish.
    #[must_use]
    pub fn public_jwk(&self) -> Jwk {
        self.public.clone()
    }

    /// The public half as certificates hold it (`SubjectPublicKeyInfo` in DER, RFC 5280 §4.1.2.7).
    pub fn public_der(&self) -> Result<Vec<u8>, BadSigningKey> {
        let der: Result<PublicKeyX509Der<'_>, _> = match &self.pair {
            Pair::P256(pair) => pair.public_key().as_der(),
            Pair::Ed25519(pair) => pair.public_key().as_der(),
            Pair::Rsa(pair) => pair.public_key().as_der(),
        };
        der.map(|der| der.as_ref().to_vec()).map_err(|_| BadSigningKey)
    }

    pub(super) fn heads(&self) -> &Heads {
        &self.heads
    }

    /// A raw signature, in the form JWS wants it.
    pub(super) fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, JwtError> {
        let failed = |_| JwtError::SigningFailed;
        match &self.pair {
            Pair::P256(pair) => pair
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(failed),
            Pair::Ed25519(pair) => {
                pair.try_sign(message).map(|signature| signature.as_ref().to_vec()).map_err(failed)
            }
            Pair::Rsa(pair) => {
                let padding: &'static dyn signature::RsaEncoding = match self.alg() {
                    Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), message, &mut out).map_err(failed)?;
                Ok(out)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.alg(), self.kid)
    }
}

impl Pair {
    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, BadSigningKey> {
        let bad = |_| BadSigningKey;
        let bytes = match self {
            Self::P256(pair) => pair.to_pkcs8v1().map_err(bad)?.as_ref().to_vec(),
            Self::Ed25519(pair) => pair.to_pkcs8v1().map_err(bad)?.as_ref().to_vec(),
            Self::Rsa(pair) => pair.as_der().map_err(bad)?.as_ref().to_vec(),
        };
        Ok(Zeroizing::new(bytes))
    }

    fn material(&self) -> Option<Material> {
        match self {
            Self::P256(pair) => {
                // An uncompressed point: 4, x, y.
                let (_, xy) = pair.public_key().as_ref().split_first()?;
                let (x, y) = xy.split_at_checked(32)?;
                Some(Material::P256 { x: x.try_into().ok()?, y: y.try_into().ok()? })
            }
            Self::Ed25519(pair) => {
                Some(Material::Ed25519 { x: pair.public_key().as_ref().try_into().ok()? })
            }
            Self::Rsa(pair) => Some(Material::Rsa {
                n: pair.public_key().modulus().big_endian_without_leading_zero().to_vec(),
                e: pair.public_key().exponent().big_endian_without_leading_zero().to_vec(),
            }),
        }
    }
}

/// A public key, parsed, with its one algorithm.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: Option<KeyId>,
    alg: Algorithm,
    key: ParsedPublicKey,
}

impl VerifyingKey {
    pub(super) fn new(kid: Option<KeyId>, alg: Algorithm, key: ParsedPublicKey) -> Self {
        Self { kid, alg, key }
    }

    /// Its name in the set.
    #[must_use]
    pub fn kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// Its one algorithm.
    #[must_use]
    pub fn alg(&self) -> Algorithm {
        self.alg
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JwtError> {
        let length_fits = match self.alg {
            // r and s of 32 bytes each, never DER (RFC 7518 §3.4); RFC 8032 §5.1.6.
            Algorithm::Es256 | Algorithm::EdDsa => signature.len() == 64,
            Algorithm::Rs256 | Algorithm::Ps256 => true,
        };
        if !length_fits {
            return Err(JwtError::BadSignature);
        }
        self.key.verify_sig(message, signature).map_err(|_| JwtError::BadSignature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("kid", &self.kid)
            .field("alg", &self.alg)
            .finish_non_exhaustive()
    }
}

/// The public keys of **one** issuer or **one** client. There is no set of everybody's keys, so a key
/// of one tenant can never vouch for another.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<VerifyingKey>,
}

impl KeySet {
    /// The keys of a set.
    #[must_use]
    pub fn from_jwks(set: &JwkSet) -> Self {
        set.iter().map(Jwk::verifying_key).collect()
    }

    /// The key of this name.
    #[must_use]
    pub fn get(&self, kid: &KeyId) -> Option<&VerifyingKey> {
        self.iter().find(|key| key.kid() == Some(kid))
    }

    /// The only key, if there is only one.
    #[must_use]
    pub fn single(&self) -> Option<&VerifyingKey> {
        only(self.iter())
    }

    /// The only key with this algorithm, for a token that names no key.
    #[must_use]
    pub fn single_for(&self, alg: Algorithm) -> Option<&VerifyingKey> {
        only(self.iter().filter(|key| key.alg() == alg))
    }

    /// The keys.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.keys.iter()
    }
}

impl FromIterator<VerifyingKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect() }
    }
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}
