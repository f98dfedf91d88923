//! The strict JOSE profile: what a JWT of ours looks like, and what of others we accept.
//!
//! | file | what it does |
//! |---|---|
//! | [`algorithm`](Algorithm) | the four signature algorithms there are |
//! | [`typ`](Typ) | the kinds of JWT, so that none passes for another |
//! | [`header`](Header) | the JOSE header, and what it must not hold |
//! | [`jwk`](Jwk), [`jwk_set`](JwkSet) | public keys as JSON |
//! | [`keys`](KeySet) | keys parsed once: to sign with, to verify with |
//! | `scan` | one pass over a token's JSON, strict, and nothing is built |
//! | [`sign`](SigningKey::sign) | claims → token |
//! | [`unverified`](Unverified) | token → its parts, nothing about it proved |
//! | [`verify`](Verified) | its parts and the keys of one issuer → proved claims |
//! | [`proof`](DpopProof) | `DPoP` proofs, which bring their own key |
//! | `times` | `exp`, `nbf`, `iat` |
//!
//! The rules are those of RFC 8725: the caller names the algorithms and the kind it accepts, a key has
//! one algorithm, keys are those of one issuer, no key is ever taken from a token (a `DPoP` proof is none),
//! and nothing here opens a socket. On top of it a member may stand in an object only once ([`crate::json`]).

mod algorithm;
mod error;
mod header;
mod jwk;
mod jwk_set;
mod keys;
mod proof;
mod scan;
mod sign;
mod times;
mod typ;
mod unverified;
mod verify;

#[cfg(test)]
mod tests;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use error::JwtError;
pub use header::{Header, HeaderTyp};
pub use jwk::{Jwk, JwkProblem, RsaDefault};
pub use jwk_set::{BadJwkSet, JwkSet, MAX_JWK_SET, MAX_KEYS};
pub use keys::{BadSigningKey, KeySet, SigningKey, VerifyingKey};
pub use proof::{DpopClaims, DpopProof, MAX_PROOF};
pub use times::{Period, Times};
pub use typ::Typ;
pub use unverified::Unverified;
pub use verify::{Accept, AcceptTyp, SignedBefore, Verified};

/// Longest token read or written, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// Most actors in a token's `act` chain (RFC 8693 §4.1).
pub const MAX_ACT_DEPTH: usize = 8;
