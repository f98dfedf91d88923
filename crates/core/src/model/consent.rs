//! Consent: somebody agreed that a client may use scopes of a resource.

use crate::model::managed::Managed;
use crate::model::permission::Whom;
use crate::model::user::User;
use serde::{Deserialize, Serialize};
use stead_proto::id::{Audience, ClientId, ConsentId, Subject};
use stead_proto::scope::ScopeSet;
use stead_proto::time::Timestamp;

/// A consent as given once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Its own id: a withdrawn consent given again has another.
    pub id: ConsentId,
    /// The client that may.
    pub client: ClientId,
    /// The resource it may use.
    pub resource: Audience,
    /// Which scopes.
    pub scopes: ScopeSet,
    /// Who agreed.
    pub given: Given,
    /// When.
    pub at: Timestamp,
    /// Who looks after this entry.
    #[serde(default)]
    pub managed: Managed,
}

/// Who agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// A user, for themselves.
    ByUser(Subject),
    /// An administrator, for these users.
    ByAdmin(Whom),
}

impl Consent {
    /// Whether it speaks for this user.
    #[must_use]
    pub fn covers(&self, user: &User) -> bool {
        match &self.given {
            Given::ByUser(subject) => *subject == user.id,
            Given::ByAdmin(whom) => whom.includes(user),
        }
    }

    /// Who gave it for themselves; `None` if an administrator gave it.
    #[must_use]
    pub fn given_by(&self) -> Option<&Subject> {
        match &self.given {
            Given::ByUser(subject) => Some(subject),
            Given::ByAdmin(_) => None,
        }
    }

    /// Whether an administrator gave it.
    #[must_use]
    pub fn by_admin(&self) -> bool {
        matches!(self.given, Given::ByAdmin(_))
    }
}
