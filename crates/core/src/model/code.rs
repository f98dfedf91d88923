//! What an authorization code stands for until it is redeemed.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use stead_proto::acr::{Acr, Amr};
use stead_proto::authorize::CodeChallenge;
use stead_proto::delegation::MayAct;
use stead_proto::id::{Audience, ClientId, ConsentId, FamilyId, SessionId, Subject};
use stead_proto::scope::{OpenIdScope, ScopeSet};
use stead_proto::time::Timestamp;

/// A sign-in and what was agreed to in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// Everything that comes of it shares this.
    pub family: FamilyId,
    /// The client it was given to.
    pub client: ClientId,
    /// The user.
    pub subject: Subject,
    /// The sign-in.
    pub session: SessionId,
    /// When that session ends in any case.
    pub session_expires: Timestamp,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: Acr,
    /// By what means.
    pub amr: Vec<Amr>,
    /// The resource; without one, tokens are for userinfo alone.
    pub resource: Option<Audience>,
    /// Scopes of that resource.
    pub scopes: ScopeSet,
    /// OpenID Connect's scopes.
    pub openid: BTreeSet<OpenIdScope>,
    /// The scope words as asked, which the answer repeats.
    pub asked: Vec<String>,
    /// The consents it rests on.
    pub consents: Vec<ConsentId>,
    /// Who alone may exchange its access tokens.
    pub may_act: Option<MayAct>,
    /// When it was given.
    pub since: Timestamp,
}

/// A code on file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeGrant {
    /// What it stands for.
    pub authorization: Authorization,
    /// The redirect URI of the request; `None` if the request left it out.
    pub redirect_uri: Option<String>,
    /// What the redeemer must know.
    pub challenge: CodeChallenge,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// After this it is worth nothing.
    pub expires: Timestamp,
}

/// Whether something that works once was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Not yet.
    Fresh,
    /// Before, at this instant.
    Spent(Timestamp),
}
