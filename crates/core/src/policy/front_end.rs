//! What a front end may have of a resource for its signed-in user: one answer for the sign-in page,
//! the code and every refresh.

use crate::denied::Denied;
use crate::model::application::{Application, TokenSettings};
use crate::model::consent::Consent;
use crate::model::permission::{ConsentRule, Permission};
use crate::model::revocation::Revocation;
use crate::model::user::User;
use crate::policy::beforehand::authorized;
use crate::policy::rules::grantable;
use std::collections::BTreeSet;
use std::sync::Arc;
use stead_proto::delegation::MayAct;
use stead_proto::id::{Audience, ConsentId, Issuer};
use stead_proto::scope::{OpenIdScope, Scope, ScopeSet, Wanted};

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct FrontEnd<'a> {
    /// Who asks.
    pub client: &'a Application,
    /// For whom.
    pub user: &'a User,
    /// Of what.
    pub resource: &'a Application,
    /// Which scopes.
    pub wanted: &'a Wanted,
    /// The consents the client has towards it.
    pub consents: &'a [Arc<Consent>],
    /// The facts about those consents.
    pub revocations: &'a [Revocation],
}

/// What may be had, and what has yet to be agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// The audience of the token.
    pub towards: Audience,
    /// How such tokens look.
    pub tokens: TokenSettings,
    /// The scopes.
    pub scopes: ScopeSet,
    /// Those of them nobody has agreed to yet.
    pub unagreed: ScopeSet,
    /// Those of them that nobody has to agree to, since the resource has authorized the client beforehand.
    pub preauthorized: ScopeSet,
    /// Who can agree to them.
    pub consent: ConsentRule,
    /// The consents it rests on.
    pub consents: Vec<ConsentId>,
    /// Who alone may exchange the token.
    pub may_act: Option<MayAct>,
}

impl Entitlement {
    /// A token for our own userinfo endpoint, which needs no permission beyond the sign-in.
    #[must_use]
    pub fn to_userinfo(issuer: &Issuer, openid: &BTreeSet<OpenIdScope>) -> Option<Self> {
        let shown = openid.iter().filter(|scope| **scope != OpenIdScope::OfflineAccess);
        Some(Self {
            towards: Audience::parse(issuer.as_str()).ok()?,
            tokens: TokenSettings::default(),
            scopes: shown.filter_map(|scope| Scope::parse(scope.as_str()).ok()).collect(),
            unagreed: ScopeSet::default(),
            preauthorized: ScopeSet::default(),
            consent: ConsentRule::None,
            consents: Vec::new(),
            may_act: None,
        })
    }

    /// Whether nothing is left to agree to.
    pub fn agreed(self) -> Result<Self, Denied> {
        if self.unagreed.is_empty() { Ok(self) } else { Err(Denied::ConsentMissing(self.unagreed)) }
    }
}

/// Answers what a front end may have. What is asked by name is answered whole or refused.
pub fn entitled(ask: &FrontEnd<'_>) -> Result<Entitlement, Denied> {
    if !ask.resource.enabled {
        return Err(Denied::TargetUnknown);
    }
    let towards = ask.resource.audience.clone().ok_or(Denied::TargetUnknown)?;
    let permission = permission(ask.client, ask.resource).ok_or(Denied::EdgeMissing)?;
    let scopes = grantable(ask.wanted, ask.resource, &permission.scopes, ask.user)?;
    let (asked, preauthorized) = match permission.consent {
        ConsentRule::None => (ScopeSet::default(), ScopeSet::default()),
        ConsentRule::User | ConsentRule::Admin => {
            let beforehand = authorized(&ask.client.id, ask.resource, &scopes);
            (scopes.missing_from(&beforehand), beforehand)
        }
    };
    let (consents, agreed) =
        if asked.is_empty() { Default::default() } else { agreed(ask, permission) };
    let unagreed = asked.missing_from(&agreed);
    Ok(Entitlement {
        towards,
        tokens: ask.resource.tokens.clone(),
        scopes,
        unagreed,
        preauthorized,
        consent: permission.consent,
        consents,
        may_act: permission.exchange_by.clone().map(|sub| MayAct { sub, iss: None }),
    })
}

/// The client's permission towards a resource, for its users.
pub(crate) fn permission<'a>(
    client: &'a Application,
    resource: &Application,
) -> Option<&'a Permission> {
    let of_users = client.permissions.iter().filter(|permission| !permission.as_itself());
    of_users.into_iter().find(|permission| resource.is_addressed_by(&permission.towards))
}

/// The living consents that count for this permission, and all they agree to.
fn agreed(ask: &FrontEnd<'_>, permission: &Permission) -> (Vec<ConsentId>, ScopeSet) {
    let dead = |id: &ConsentId| ask.revocations.iter().any(|fact| fact.about.is_consent(id));
    let counts: Vec<&Consent> = ask
        .consents
        .iter()
        .map(AsRef::as_ref)
        .filter(|consent: &&Consent| !dead(&consent.id) && consent.covers(ask.user))
        .filter(|consent| permission.consent != ConsentRule::Admin || consent.by_admin())
        .collect();
    let scopes = counts.iter().fold(ScopeSet::default(), |all, one| all.union(&one.scopes));
    (counts.into_iter().map(|consent| consent.id.clone()).collect(), scopes)
}
