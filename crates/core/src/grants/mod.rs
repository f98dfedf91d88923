//! One file a grant: gathers facts, asks policy, and says what would be issued.

pub(crate) mod authorization_code;
pub(crate) mod client_credentials;
pub(crate) mod device_code;
pub(crate) mod exchange;
pub(crate) mod jwt_bearer;
pub(crate) mod on_behalf_of;
pub(crate) mod refresh_token;
pub(crate) mod sign_in;

use crate::commit::Change;
use crate::denied::Denied;
use crate::error::Stop;
use crate::model::refresh::Continues;
use crate::model::revocation::{Ancestor, Revocation};
use crate::policy::Permit;
use crate::ports::StoreError;
use stead_proto::claims::IdTokenClaims;
use stead_proto::id::FamilyId;
use stead_proto::time::Timestamp;
use stead_proto::token_type::TokenType;

/// What a grant came to: a permit, and what goes with the token.
#[derive(Debug)]
pub(crate) struct Issue {
    /// The policy's yes.
    pub permit: Permit,
    /// What is written in the same commit as the record.
    pub changes: Vec<Change>,
    /// An ID token to go with it.
    pub id_token: Option<IdTokenClaims>,
    /// A refresh token to go with it.
    pub refresh: Option<NewRefresh>,
    /// The scope words to repeat in the answer, in the dialects that do.
    pub words: Vec<String>,
    /// What RFC 8693 says was issued.
    pub issued: Option<TokenType>,
    /// Whether Entra's hint about the account goes with it.
    pub client_info: bool,
}

/// A refresh token about to be made.
#[derive(Debug)]
pub(crate) struct NewRefresh {
    /// Its family.
    pub family: FamilyId,
    /// What it continues.
    pub continues: Continues,
    /// When it ends.
    pub expires: Timestamp,
}

/// A refusal, and what is written with its record: a burned code, an ended family.
#[derive(Debug)]
pub(crate) struct Refused {
    pub stop: Stop,
    pub changes: Vec<Change>,
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        Self { stop: Stop::Denied(denied), changes: Vec::new() }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self { stop: Stop::Failed(error), changes: Vec::new() }
    }
}

impl From<Stop> for Refused {
    fn from(stop: Stop) -> Self {
        Self { stop, changes: Vec::new() }
    }
}

impl Refused {
    /// The same refusal, with something to write beside it.
    pub(crate) fn and(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }
}

/// The fact that ends everything of one family.
pub(crate) fn end_family(family: &FamilyId, at: Timestamp, why: &str) -> Change {
    Change::Revoke(Revocation { about: Ancestor::Family(family.clone()), at, why: why.to_owned() })
}
