//! Records: what happened, to whom, through whom, and why not. Hash-chained; never a token or a secret.

use crate::chain::{ChainedRecord, Receipt};
use crate::denied::Denied;
use crate::model::revocation::Ancestor;
use crate::moment::Moment;
use serde::{Deserialize, Serialize};
use stead_proto::error::Dialect;
use stead_proto::grants::GrantKind;
use stead_proto::id::{Audience, ClientId, SessionId, Subject, TokenId, TraceId, Username};
use stead_proto::time::Timestamp;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// The name of the request: ours, or that of the trace it is a part of.
    pub trace_id: TraceId,
    /// The client's name for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub correlation_id: Option<String>,
    /// What.
    pub event: Event,
    /// How it ended.
    pub outcome: Outcome,
}

impl Record {
    /// What happened in the request of this moment, and how it ended.
    #[must_use]
    pub fn new(event: Event, outcome: Outcome, moment: &Moment) -> Self {
        Self {
            at: moment.now,
            trace_id: moment.trace_id(),
            correlation_id: moment.correlation_id.clone(),
            event,
            outcome,
        }
    }
}

impl ChainedRecord {
    /// The record; `None` if what is on file is none.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        serde_json::from_str(&self.json).ok()
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Event {
    /// A token was asked for.
    Token(Box<TokenEvent>),
    /// An application asked for a sign-in.
    Authorize {
        /// Who asked, as claimed.
        client: Option<ClientId>,
        /// Who was signed in.
        subject: Option<Subject>,
        /// On what resource.
        resource: Option<Audience>,
    },
    /// A device asked for a sign-in, or a user answered it.
    Device {
        /// The application on it.
        client: Option<ClientId>,
        /// Who answered; nobody when the device asked.
        subject: Option<Subject>,
        /// On what resource.
        resource: Option<Audience>,
    },
    /// A user tried to sign in.
    SignIn {
        /// The name typed, if somebody has it; a stranger's typing is not kept.
        username: Option<Username>,
        /// Who that is.
        subject: Option<Subject>,
        /// The session that began.
        session: Option<SessionId>,
    },
    /// A user signed out.
    SignOut {
        /// Who.
        subject: Option<Subject>,
        /// Of which session.
        session: Option<SessionId>,
    },
    /// A user answered the question for consent.
    Consent {
        /// Who.
        subject: Subject,
        /// To whom.
        client: ClientId,
        /// What was agreed or declined, one entry a resource: `api://x: A B`.
        about: Vec<String>,
    },
    /// An administrator was asked to agree for everybody.
    AdminConsent {
        /// Who asked, as claimed.
        client: Option<ClientId>,
        /// Which user answered.
        subject: Option<Subject>,
        /// What was agreed or declined, one entry a client and resource: `api://x for y: A B`.
        about: Vec<String>,
    },
    /// A token was introspected, revoked or used at userinfo, and that was refused or changed something.
    TokenUse {
        /// Which endpoint.
        endpoint: String,
        /// Who asked.
        client: Option<ClientId>,
        /// About which token.
        token: Option<TokenId>,
    },
    /// An administrator, a file or the server itself changed something.
    Change {
        /// Who: `admin:<token name>`, `files`, `server`.
        by: String,
        /// What, one line a change.
        changes: Vec<String>,
    },
    /// What a user can prove beside their password was changed.
    Factors {
        /// Whose.
        subject: Subject,
        /// Who did it: `user:<name>`, `admin:<token name>`, `files`.
        by: String,
        /// What, one line a change.
        changes: Vec<String>,
    },
    /// A node saw how far the chains of all nodes reach.
    Anchor {
        /// The last record of each chain.
        heads: Vec<Receipt>,
    },
    /// Old records left.
    Cut {
        /// Of each chain, the last record that is no longer kept; those that are whole are not named.
        through: Vec<Receipt>,
    },
    /// What is on file came back from a backup: what happened after that was taken is not on record here.
    Restored {
        /// Who did it.
        by: String,
        /// When the backup was taken.
        taken: Timestamp,
        /// Whether everything ended that was issued until now, since nobody knows what happened in between.
        ended: bool,
    },
    /// Something was revoked.
    Revoked {
        /// Who did it.
        by: String,
        /// What.
        about: Ancestor,
    },
}

/// A request for a token, as far as it could be understood.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TokenEvent {
    /// By which grant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grant: Option<GrantKind>,
    /// In which dialect.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dialect: Option<Dialect>,
    /// Who asked: proved, or as claimed if that failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<ClientId>,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<Subject>,
    /// Of which sign-in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session: Option<SessionId>,
    /// Through whom: the client that signed the user in, then each actor before this one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub through: Vec<ClientId>,
    /// Towards what.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<Audience>,
    /// By which edge.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub edge: Option<String>,
    /// What was asked, in the request's words.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub asked: String,
    /// What was granted.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub granted: String,
    /// What of it nobody had to consent to, since the resource has authorized the client beforehand.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub preauthorized: String,
    /// The token presented.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<TokenId>,
    /// Whether the refresh token presented was used just before, by another tab of the page.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub again: bool,
    /// Whether a fault struck it on purpose.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub on_purpose: bool,
    /// The token issued.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<TokenId>,
    /// Until when that is valid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Timestamp>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Outcome {
    /// As asked.
    Done,
    /// Refused.
    Denied {
        /// The reason's name, as in `docs/errors.md`.
        reason: String,
        /// The clause that says it.
        why: String,
    },
}

impl Outcome {
    /// The refusal of a token, which may have been on purpose.
    #[must_use]
    pub fn of_token(denied: &Denied, on_purpose: bool) -> Self {
        let told = Self::from(denied);
        match told {
            Self::Denied { reason, why } if on_purpose => {
                Self::Denied { reason, why: format!("on purpose: {why}") }
            }
            other => other,
        }
    }
}

impl From<&Denied> for Outcome {
    /// The refusal as the record keeps it, which says more than the client hears.
    fn from(denied: &Denied) -> Self {
        Self::Denied { reason: denied.reason().to_owned(), why: denied.for_the_record() }
    }
}
