//! Why a JWT is refused.

use crate::json::JsonError;
use std::fmt;

/// Why a JWT is refused. Says nothing of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JwtError {
    /// Longer than [`super::MAX_TOKEN`].
    TooLong,
    /// Not three parts with dots between them (RFC 7515 §7.1).
    NotCompact,
    /// A part is not base64url in its one canonical form.
    BadEncoding,
    /// The header is no JSON object, or holds what no header may hold here.
    BadHeader,
    /// Header or claims name a member twice.
    RepeatedMember,
    /// The header has a `crit` member (RFC 7515 §4.1.11): no extension is understood.
    Critical,
    /// A JWT of another kind (RFC 8725 §3.11).
    UnexpectedTyp,
    /// Signed in a way that is not accepted here, or not at all.
    AlgorithmRefused,
    /// The issuer has no such key.
    UnknownKey,
    /// The key is for another algorithm.
    WrongKeyAlgorithm,
    /// The signature is not the key's over these bytes.
    BadSignature,
    /// The claims are no JSON object, or not the ones expected.
    BadClaims,
    /// `exp` has passed.
    Expired,
    /// `nbf` is still to come.
    NotYetValid,
    /// `iat` is still to come.
    IssuedInTheFuture,
    /// A time is missing, not a whole number, or absurd.
    BadTime,
    /// The key cannot sign (ours, not theirs).
    SigningFailed,
}

impl JwtError {
    pub(super) fn in_header(error: JsonError) -> Self {
        match error {
            JsonError::DuplicateMember => Self::RepeatedMember,
            JsonError::Syntax | JsonError::TooDeep | JsonError::WrongShape => Self::BadHeader,
        }
    }

    pub(super) fn in_claims(error: JsonError) -> Self {
        match error {
            JsonError::DuplicateMember => Self::RepeatedMember,
            JsonError::Syntax | JsonError::TooDeep | JsonError::WrongShape => Self::BadClaims,
        }
    }
}

impl fmt::Display for JwtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the token is too long",
            Self::NotCompact => "the token does not have three parts",
            Self::BadEncoding => "a part of the token is not base64url",
            Self::BadHeader => "the token's header is not one accepted here",
            Self::RepeatedMember => "the token names a member twice",
            Self::Critical => "the token demands an extension",
            Self::UnexpectedTyp => "the token is of another kind",
            Self::AlgorithmRefused => "the token is not signed with an accepted algorithm",
            Self::UnknownKey => "the token is signed with an unknown key",
            Self::WrongKeyAlgorithm => "the token's key is for another algorithm",
            Self::BadSignature => "the token's signature is wrong",
            Self::BadClaims => "the token's claims are not the expected ones",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::IssuedInTheFuture => "the token is issued in the future",
            Self::BadTime => "a time in the token is missing or no sound number",
            Self::SigningFailed => "the token cannot be signed",
        })
    }
}

impl std::error::Error for JwtError {}
