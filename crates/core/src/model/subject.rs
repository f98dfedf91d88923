//! What is known of the user a client acts for.

use serde::{Deserialize, Serialize};
use stead_proto::acr::{Acr, Amr};
use stead_proto::claims::{Confirmation, Lineage};
use stead_proto::delegation::{Actor, MayAct};
use stead_proto::id::{Audience, ClientId, Issuer, KeyId, SessionId, Subject, TokenId};
use stead_proto::scope::ScopeSet;
use stead_proto::time::Timestamp;

/// What is known of a subject: from a token just validated, or from the exchange that a refresh token
/// continues. Only `subject::validate` makes it from a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectFacts {
    /// Who said so.
    pub issuer: Issuer,
    /// The user's id here.
    pub user: Subject,
    /// Whom the token is addressed to.
    pub audience: Audience,
    /// What it allows there.
    pub scopes: ScopeSet,
    /// The client that obtained it: the front end, or the actor before this one.
    pub obtained_by: ClientId,
    /// Who acted so far.
    pub act: Option<Actor>,
    /// Who alone may act next.
    pub may_act: Option<MayAct>,
    /// The sign-in.
    pub session: Option<SessionId>,
    /// When the user proved who they are.
    pub auth_time: Option<Timestamp>,
    /// How strongly.
    pub acr: Option<Acr>,
    /// By what means.
    pub amr: Vec<Amr>,
    /// The key it is bound to.
    pub cnf: Option<Confirmation>,
    /// What it descends from.
    pub lineage: Lineage,
    /// Its own id.
    pub token: Option<TokenId>,
    /// The key that signed it.
    pub key: Option<KeyId>,
    /// When it ends.
    pub expires: Timestamp,
    /// Whether it speaks of an application alone.
    pub app_only: bool,
}

impl SubjectFacts {
    /// The client at the root of the chain: the one that signed the user in.
    #[must_use]
    pub fn first_client(&self) -> &ClientId {
        self.lineage.clients.first().unwrap_or(&self.obtained_by)
    }

    /// Every client on the way, the first first.
    #[must_use]
    pub fn through(&self) -> Vec<ClientId> {
        let mut clients = self.lineage.clients.clone();
        if clients.last() != Some(&self.obtained_by) {
            clients.push(self.obtained_by.clone());
        }
        clients
    }
}
