//! The one way to write: changes that happen together or not at all, and the record of them.

pub use crate::chain::{Chain, End, Receipt};

use crate::failure::StoreError;
use crate::liveness::Descent;
use crate::model::application::Application;
use crate::model::code::CodeGrant;
use crate::model::consent::Consent;
use crate::model::device::{DeviceChange, DeviceGrant};
use crate::model::factors::Factors;
use crate::model::key::StoredKey;
use crate::model::refresh::RefreshGrant;
use crate::model::revocation::{Ancestor, Revocation};
use crate::model::session::Session;
use crate::model::tenant::TrustedIssuer;
use crate::model::user::{Group, User};
use crate::record::Record;
use serde::{Deserialize, Serialize};
use std::fmt;
use stead_proto::digest::Sha256;
use stead_proto::id::{ClientId, ConsentId, GroupId, Issuer, Subject};
use stead_proto::secret::SecretHash;
use stead_proto::time::{Seconds, Timestamp};

/// Changes and their record. The store applies them in order inside one transaction.
#[derive(Debug, Clone)]
pub struct Commit {
    /// What changes; may be nothing, when there is only something to record.
    pub changes: Vec<Change>,
    /// What is put on record. Durable before the answer leaves.
    pub record: Record,
}

/// One change of what is on file.
#[derive(Debug, Clone)]
pub enum Change {
    /// Changes nothing: conflicts if what is on file at this place is anything else.
    Expect(Box<Expected>),
    /// Registers an application, or replaces it. Its audience must be nobody else's audience or client id.
    PutApplication(Box<Application>),
    /// Removes an application.
    DeleteApplication(ClientId),
    /// Adds a user, or replaces them. The user name must be nobody else's, in any case.
    PutUser(Box<User>),
    /// Removes a user, and their factors.
    DeleteUser(Subject),
    /// Replaces a user's factors. The user must be there, and no passkey may be another user's.
    PutFactors(Subject, Box<Factors>),
    /// Adds a group, or replaces it.
    PutGroup(Group),
    /// Removes a group; memberships in it end with it.
    DeleteGroup(GroupId),
    /// Adds a consent, or replaces it.
    PutConsent(Consent),
    /// Removes a consent from what is given. The fact that it was withdrawn is a [`Revocation`] beside it.
    DeleteConsent(ConsentId),
    /// Begins a session, or replaces it (a new secret after signing in again).
    PutSession(Session),
    /// Keeps a code until it is spent.
    PutCode(SecretHash, Box<CodeGrant>),
    /// Uses a code. Conflicts with an earlier use.
    SpendCode(SecretHash, Timestamp),
    /// Keeps what a device asked for, under the hash of its device code. Its user code must be that of no
    /// other that has not expired.
    PutDevice(SecretHash, Box<DeviceGrant>),
    /// Goes on with what a device asked for. Conflicts if it has got too far for that, or is gone.
    Device(SecretHash, DeviceChange),
    /// Keeps a refresh token until it is spent.
    PutRefresh(SecretHash, Box<RefreshGrant>),
    /// Uses a refresh token. Conflicts with an earlier use, unless that is within the grace.
    SpendRefresh {
        /// Which.
        token: SecretHash,
        /// When.
        at: Timestamp,
        /// How long after its first use it may be used again.
        grace: Seconds,
    },
    /// Uses a name that works once (an assertion's `jti`, prefixed with whose it is). Conflicts with an
    /// earlier use that has not expired.
    SpendOnce(Once),
    /// Takes the records of a chain away, up to this one, which has to be kept and to have this hash.
    CutRecords {
        /// Which chain.
        chain: Chain,
        /// The last record that leaves.
        through: End,
    },
    /// States a fact.
    Revoke(Revocation),
    /// Keeps a signing key, or replaces it.
    PutKey(StoredKey),
    /// Trusts an issuer, or replaces what is known of it.
    PutTrustedIssuer(TrustedIssuer),
    /// Stops trusting an issuer.
    DeleteTrustedIssuer(Issuer),
}

/// What is on file, or is not, for a commit to be made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// This application under this id.
    Application(ClientId, Option<Application>),
    /// This user under this id.
    User(Subject, Option<User>),
    /// These factors of this user; none are the empty ones.
    Factors(Subject, Factors),
    /// This group under this id.
    Group(GroupId, Option<Group>),
    /// No fact that ended this, or anything it descends from. A store with many writers looks for facts
    /// that others have stated and this one has not heard of.
    Alive(Descent),
    /// These signing keys and no others, oldest first: of several nodes that find the next one missing, one
    /// makes it.
    Keys(Vec<StoredKey>),
}

/// A name that works once within a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// Hash of whose it is and its name.
    pub key: Sha256,
    /// Until when a second use must be noticed.
    pub until: Timestamp,
}

/// Why nothing was written.
#[derive(Debug)]
pub enum CommitError {
    /// What is on file does not allow it.
    Conflict(Conflict),
    /// The store could not.
    Failed(StoreError),
}

/// What on file stands against a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// The code was used before.
    CodeSpent,
    /// The user code is that of another device.
    UserCodeTaken,
    /// What the device asked for was answered or used before.
    DeviceSettled,
    /// The refresh token was used before.
    RefreshSpent,
    /// The name was used before.
    OnceSpent,
    /// The audience is another application's audience or client id, or the client id another's audience.
    AudienceTaken {
        /// Whose.
        by: ClientId,
    },
    /// The user name is another user's.
    UsernameTaken {
        /// Whose.
        by: Subject,
    },
    /// The passkey is another user's (`WebAuthn` §7.1).
    PasskeyTaken,
    /// A client id equal to a user's id, or the other way round (RFC 9068 §5, RFC 9700 §4.15).
    IdTaken,
    /// What the commit was made from is no longer on file.
    Changed,
    /// What is to be issued descends from something that was ended.
    Ended(Ancestor),
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CodeSpent => f.write_str("the code was used before"),
            Self::UserCodeTaken => f.write_str("the user code is that of another device"),
            Self::DeviceSettled => f.write_str("the device's request was answered or used before"),
            Self::RefreshSpent => f.write_str("the refresh token was used before"),
            Self::OnceSpent => f.write_str("the assertion was used before"),
            Self::AudienceTaken { by } => {
                write!(f, "the audience or client id already names the application {by}")
            }
            Self::UsernameTaken { by } => write!(f, "the user name already belongs to user {by}"),
            Self::PasskeyTaken => f.write_str("the passkey already belongs to another user"),
            Self::IdTaken => f.write_str("the id already names a user or an application"),
            Self::Changed => f.write_str("somebody else changed it at the same time: try again"),
            Self::Ended(_) => f.write_str("what it descends from was ended"),
        }
    }
}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(conflict) => conflict.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CommitError {}
