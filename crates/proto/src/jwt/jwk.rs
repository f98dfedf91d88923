//! One public key as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2).

use super::{Algorithm, VerifyingKey};
use crate::digest::{Sha256, base64url, from_base64url, sha256};
use crate::id::KeyId;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaPublicKeyComponents};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// A public key to verify signatures with: its material has been parsed, and it has one algorithm.
#[derive(Clone)]
pub struct Jwk {
    kid: Option<KeyId>,
    alg: Algorithm,
    material: Material,
    parsed: ParsedPublicKey,
}

/// The numbers of a public key, big-endian.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Material {
    P256 { x: [u8; 32], y: [u8; 32] },
    Ed25519 { x: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// What an RSA key is for when its JWK does not say: one key has one algorithm (RFC 8725 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaDefault {
    /// `RS256`, what most issuers mean.
    #[default]
    Rs256,
    /// `PS256`, what Entra's libraries sign client assertions with.
    Ps256,
    /// Nothing: such a key is refused.
    Refused,
}

/// Why a JWK is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwkProblem {
    /// Not an object, or a member is of the wrong type.
    NotAKey,
    /// A key type or curve we do not know.
    KeyType,
    /// A shared key (`kty` = `oct`) where a public one is meant.
    Symmetric,
    /// The private half is in it.
    Private,
    /// `use` says it is not for signatures.
    Use,
    /// `key_ops` does not allow verifying.
    KeyOps,
    /// `alg` is unknown, does not fit the key, or is needed and not there.
    Algorithm,
    /// The numbers are not those of a key.
    Material,
    /// An RSA modulus below 2048 or above 8192 bits.
    RsaSize,
    /// An RSA exponent that is even or below 65537 (FIPS 186-5 §A.1.1).
    RsaExponent,
    /// Another key of the set has the same `kid`.
    RepeatedKid,
}

impl fmt::Display for JwkProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAKey => "is no JSON Web Key",
            Self::KeyType => {
                "is of a type or on a curve that is not supported (EC P-256, OKP Ed25519, RSA)"
            }
            Self::Symmetric => "is a shared key, not a public one",
            Self::Private => "holds its private half",
            Self::Use => "is not for signatures (use)",
            Self::KeyOps => "is not for verifying (key_ops)",
            Self::Algorithm => "names no algorithm, or one that does not fit it (alg)",
            Self::Material => "holds numbers that are no key",
            Self::RsaSize => "is an RSA key of less than 2048 or more than 8192 bits",
            Self::RsaExponent => "is an RSA key with an even or too small exponent",
            Self::RepeatedKid => "has the same kid as another key",
        })
    }
}

impl std::error::Error for JwkProblem {}

/// A JWK as written.
#[derive(Deserialize)]
struct Written {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    kid: Option<KeyId>,
}

const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl Jwk {
    /// Reads one key.
    pub fn read(value: &Value, rsa: RsaDefault) -> Result<Self, JwkProblem> {
        // serde would take an array for the struct, member by member.
        if !value.is_object() {
            return Err(JwkProblem::NotAKey);
        }
        let written = Written::deserialize(value).map_err(|_| JwkProblem::NotAKey)?;
        if written.kty == "oct" {
            return Err(JwkProblem::Symmetric);
        }
        if PRIVATE_MEMBERS.iter().any(|name| value.get(name).is_some()) {
            return Err(JwkProblem::Private);
        }
        if written.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(JwkProblem::Use);
        }
        if written.key_ops.as_ref().is_some_and(|ops| !ops.iter().any(|op| op == "verify")) {
            return Err(JwkProblem::KeyOps);
        }
        let material = written.material()?;
        let alg = written.algorithm(&material, rsa)?;
        Self::new(written.kid, alg, material)
    }

    pub(super) fn new(
        kid: Option<KeyId>,
        alg: Algorithm,
        material: Material,
    ) -> Result<Self, JwkProblem> {
        let parsed = material.parse(alg)?;
        Ok(Self { kid, alg, material, parsed })
    }

    pub(super) fn named(self, kid: KeyId) -> Self {
        Self { kid: Some(kid), ..self }
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

    /// The key itself, to verify with.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::new(self.kid.clone(), self.alg, self.parsed.clone())
    }

    /// The key's name by its content (RFC 7638 §3).
    #[must_use]
    pub fn thumbprint(&self) -> Sha256 {
        let b64 = base64url;
        // The members RFC 7638 §3.2 and RFC 8037 §2 require, in lexicographic order, without spaces.
        let canonical = match &self.material {
            Material::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, b64(x), b64(y))
            }
            Material::Ed25519 { x } => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, b64(x))
            }
            Material::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64(e), b64(n))
            }
        };
        sha256(canonical.as_bytes())
    }
}

impl PartialEq for Jwk {
    fn eq(&self, other: &Self) -> bool {
        (&self.kid, self.alg, &self.material) == (&other.kid, other.alg, &other.material)
    }
}

impl Eq for Jwk {}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jwk({} {})", self.alg, self.thumbprint())
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut jwk = serializer.serialize_struct("Jwk", 7)?;
        match &self.material {
            Material::P256 { x, y } => {
                jwk.serialize_field("kty", "EC")?;
                jwk.serialize_field("crv", "P-256")?;
                jwk.serialize_field("x", &base64url(x))?;
                jwk.serialize_field("y", &base64url(y))?;
            }
            Material::Ed25519 { x } => {
                jwk.serialize_field("kty", "OKP")?;
                jwk.serialize_field("crv", "Ed25519")?;
                jwk.serialize_field("x", &base64url(x))?;
            }
            Material::Rsa { n, e } => {
                jwk.serialize_field("kty", "RSA")?;
                jwk.serialize_field("n", &base64url(n))?;
                jwk.serialize_field("e", &base64url(e))?;
            }
        }
        jwk.serialize_field("use", "sig")?;
        jwk.serialize_field("alg", &self.alg)?;
        match &self.kid {
            Some(kid) => jwk.serialize_field("kid", kid)?,
            None => jwk.skip_field("kid")?,
        }
        jwk.end()
    }
}

impl Written {
    fn material(&self) -> Result<Material, JwkProblem> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => Ok(Material::P256 {
                x: coordinate(self.x.as_ref())?,
                y: coordinate(self.y.as_ref())?,
            }),
            ("OKP", Some("Ed25519")) => Ok(Material::Ed25519 { x: coordinate(self.x.as_ref())? }),
            ("RSA", _) => {
                Ok(Material::Rsa { n: number(self.n.as_ref())?, e: number(self.e.as_ref())? })
            }
            _ => Err(JwkProblem::KeyType),
        }
    }

    fn algorithm(&self, material: &Material, rsa: RsaDefault) -> Result<Algorithm, JwkProblem> {
        let named =
            self.alg.as_deref().map(|alg| Algorithm::parse(alg).ok_or(JwkProblem::Algorithm));
        match (named.transpose()?, material) {
            (Some(alg), _) => Ok(alg),
            (None, Material::P256 { .. }) => Ok(Algorithm::Es256),
            (None, Material::Ed25519 { .. }) => Ok(Algorithm::EdDsa),
            (None, Material::Rsa { .. }) => match rsa {
                RsaDefault::Rs256 => Ok(Algorithm::Rs256),
                RsaDefault::Ps256 => Ok(Algorithm::Ps256),
                RsaDefault::Refused => Err(JwkProblem::Algorithm),
            },
        }
    }
}

fn number(text: Option<&String>) -> Result<Vec<u8>, JwkProblem> {
    text.and_then(|text| from_base64url(text)).ok_or(JwkProblem::Material)
}

fn coordinate(text: Option<&String>) -> Result<[u8; 32], JwkProblem> {
    number(text)?.try_into().map_err(|_| JwkProblem::Material)
}

impl Material {
    /// The key as the crypto library holds it; also the proof that the numbers are a key at all.
    fn parse(&self, alg: Algorithm) -> Result<ParsedPublicKey, JwkProblem> {
        let rejected = |_| JwkProblem::Material;
        match (self, alg) {
            (Self::P256 { x, y }, Algorithm::Es256) => {
                let point = [&[4], x.as_slice(), y].concat();
                ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).map_err(rejected)
            }
            (Self::Ed25519 { x }, Algorithm::EdDsa) => {
                ParsedPublicKey::new(&signature::ED25519, x).map_err(rejected)
            }
            (Self::Rsa { n, e }, Algorithm::Rs256 | Algorithm::Ps256) => {
                check_rsa(n, e)?;
                let parameters = match alg {
                    Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
                    _ => &signature::RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).map_err(rejected)
            }
            _ => Err(JwkProblem::Algorithm),
        }
    }
}

fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), JwkProblem> {
    let (Some(top), Some(low)) = (n.first(), n.last()) else { return Err(JwkProblem::Material) };
    if *top == 0 || low % 2 == 0 {
        return Err(JwkProblem::Material);
    }
    let bits = n.len() * 8 - top.leading_zeros() as usize;
    if !(2048..=8192).contains(&bits) {
        return Err(JwkProblem::RsaSize);
    }
    // At most four bytes: no issuer uses more, and a long exponent makes every verification slow.
    let exponent = e.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    let sound = e.len() <= 4 && e.first() != Some(&0) && exponent % 2 == 1 && exponent >= 65537;
    if sound { Ok(()) } else { Err(JwkProblem::RsaExponent) }
}

impl<'de> Deserialize<'de> for Jwk {
    /// Reads a key we wrote down ourselves, algorithm included.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::read(&value, RsaDefault::Refused)
            .map_err(|problem| serde::de::Error::custom(format!("the key {problem}")))
    }
}
