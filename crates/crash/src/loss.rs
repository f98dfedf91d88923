//! What must never be: a promise that was not kept.

use crate::once::Once;
use std::fmt;
use stead_core::model::revocation::Ancestor;
use stead_proto::id::ConsentId;

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// An answer has no record.
    Unrecorded {
        /// The request.
        name: String,
        /// How it was answered.
        answered: &'static str,
    },
    /// An answer and its record differ.
    Contradicted {
        /// The request.
        name: String,
        /// In what.
        how: &'static str,
    },
    /// What works once worked more often.
    Twice {
        /// What.
        once: Once,
        /// For which requests.
        names: Vec<String>,
    },
    /// What was used could be used again.
    Fresh(Once),
    /// What was handed out and never used is not there.
    Gone(Once),
    /// A revocation is not on file.
    Revocation(Ancestor),
    /// What was revoked is alive.
    Alive(String),
    /// A consent is not on file.
    Consent(ConsentId),
    /// A consent that was withdrawn is on file.
    ConsentAgain(ConsentId),
    /// A session is not on file.
    Session(String),
    /// The chain of records is broken.
    Chain(String),
    /// The store or the server does not come up.
    Closed(String),
    /// An answer that must not be.
    Unexpected {
        /// To what.
        asked: String,
        /// Which.
        answer: String,
    },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unrecorded { name, answered } => {
                write!(f, "request {name} was {answered}, and that is not on record")
            }
            Self::Contradicted { name, how } => write!(f, "request {name}: {how}"),
            Self::Twice { once, names } => {
                write!(f, "{once} was accepted {} times: {}", names.len(), names.join(", "))
            }
            Self::Fresh(once) => write!(f, "{once} was used, and can be used again"),
            Self::Gone(once) => write!(f, "{once} was handed out, not used, and is not there"),
            Self::Revocation(about) => write!(f, "the revocation of {about} is gone"),
            Self::Alive(what) => write!(f, "{what} was revoked, and is alive"),
            Self::Consent(id) => write!(f, "consent {id} was given, and is gone"),
            Self::ConsentAgain(id) => write!(f, "consent {id} was withdrawn, and is there"),
            Self::Session(id) => write!(f, "session {id} began, and is gone"),
            Self::Chain(how) => write!(f, "the chain of records is broken: {how}"),
            Self::Closed(why) => write!(f, "it does not open: {why}"),
            Self::Unexpected { asked, answer } => write!(f, "{asked} was answered with {answer}"),
        }
    }
}
