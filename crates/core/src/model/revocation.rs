//! Revocations: facts with a time. Nothing is swept; liveness is computed from them.

use serde::{Deserialize, Serialize};
use std::fmt;
use stead_proto::id::{ClientId, ConsentId, FamilyId, KeyId, SessionId, Subject, TokenId};
use stead_proto::time::Timestamp;

/// Something a token can descend from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Ancestor {
    /// The user: signed out everywhere, disabled, password changed.
    User(Subject),
    /// One sign-in.
    Session(SessionId),
    /// An application: disabled, or one of its secrets leaked.
    Client(ClientId),
    /// A consent: withdrawn.
    Consent(ConsentId),
    /// A token: revoked by name.
    Token(TokenId),
    /// What came of one authorization code or refresh token.
    Family(FamilyId),
    /// A signing key: everything it signed.
    Key(KeyId),
}

impl Ancestor {
    /// Whether its id is used once and never again, so that a revocation holds for good, whatever the times.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        !matches!(self, Self::User(_) | Self::Client(_))
    }

    /// Whether it is this consent.
    #[must_use]
    pub fn is_consent(&self, id: &ConsentId) -> bool {
        matches!(self, Self::Consent(own) if own == id)
    }

    /// The kind, as one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Session(_) => "session",
            Self::Client(_) => "client",
            Self::Consent(_) => "consent",
            Self::Token(_) => "token",
            Self::Family(_) => "family",
            Self::Key(_) => "key",
        }
    }

    /// The id, as written.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::User(id) => id.as_str(),
            Self::Session(id) => id.as_str(),
            Self::Client(id) => id.as_str(),
            Self::Consent(id) => id.as_str(),
            Self::Token(id) => id.as_str(),
            Self::Family(id) => id.as_str(),
            Self::Key(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Ancestor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.id())
    }
}

/// A fact: what descends from `about`, and came to be before `at`, is dead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Of what.
    pub about: Ancestor,
    /// Since when.
    pub at: Timestamp,
    /// Why, in a few words.
    pub why: String,
}
