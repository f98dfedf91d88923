//! The policy's yes. Only this file makes one, and only from what was checked.

use crate::client_auth::AuthenticatedClient;
use crate::liveness::Descent;
use crate::model::application::{Application, TokenSettings};
use crate::model::code::Authorization;
use crate::model::revocation::Ancestor;
use crate::model::user::User;
use crate::policy::front_end::Entitlement;
use crate::policy::{Draft, Facts};
use std::sync::Arc;
use stead_proto::acr::{Acr, Amr};
use stead_proto::claims::{Confirmation, Lineage};
use stead_proto::delegation::{Actor, MayAct};
use stead_proto::id::{Audience, ClientId, FamilyId, KeyId, SessionId};
use stead_proto::scope::ScopeSet;
use stead_proto::time::{Seconds, Timestamp};

/// A token may be issued, exactly this one. There is no other way to one than through here.
///
/// Nobody outside this file can make one, or widen it:
/// ```compile_fail,E0616
/// use stead_core::policy::Permit;
/// fn widen(narrow: &mut Permit, wide: Permit) {
///     narrow.scopes = wide.scopes;
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Permit {
    client: ClientId,
    towards: Audience,
    tokens: TokenSettings,
    scopes: ScopeSet,
    lifetime: Seconds,
    speaks_of: PermitFor,
    lineage: Lineage,
    vouched_by: Option<KeyId>,
    edge: Option<String>,
    preauthorized: ScopeSet,
    offline: bool,
}

/// Whom the token will speak of.
#[derive(Debug, Clone)]
pub enum PermitFor {
    /// A user.
    User(Box<OfUser>),
    /// The client itself.
    Application,
}

/// What a token says of a user beyond its scopes.
#[derive(Debug, Clone)]
pub struct OfUser {
    /// Who.
    pub user: Arc<User>,
    /// Of which sign-in.
    pub session: Option<SessionId>,
    /// When they proved who they are.
    pub auth_time: Option<Timestamp>,
    /// How strongly.
    pub acr: Option<Acr>,
    /// By what means.
    pub amr: Vec<Amr>,
    /// Who acts.
    pub act: Option<Actor>,
    /// Who alone may act next.
    pub may_act: Option<MayAct>,
    /// The key it is bound to.
    pub cnf: Option<Confirmation>,
}

impl Permit {
    /// From an exchange whose rules all passed.
    pub(crate) fn of_exchange(facts: &Facts<'_>, draft: Draft<'_>) -> Option<Self> {
        let (subject, user, resource) = (draft.subject?, draft.user?, draft.resource?);
        let (edge, scopes) = (draft.edge?, draft.granted?);
        let actor = match subject.act.clone() {
            Some(before) => before.then(facts.client.id.clone()),
            None => Actor::first(facts.client.id.clone()),
        };
        let mut lineage = subject.lineage.clone();
        lineage.clients = subject.through();
        lineage.tokens.extend(subject.token.clone());
        lineage.consents.extend(draft.consents?);
        let of_user = OfUser {
            user: Arc::clone(user),
            session: subject.session.clone(),
            auth_time: subject.auth_time,
            acr: subject.acr,
            amr: subject.amr.clone(),
            act: Some(actor),
            may_act: None,
            cnf: facts.proof.cloned(),
        };
        Some(Self {
            client: facts.client.id.clone(),
            towards: resource.audience.clone()?,
            tokens: resource.tokens.clone(),
            scopes,
            lifetime: draft.lifetime?,
            speaks_of: PermitFor::User(Box::new(of_user)),
            lineage,
            vouched_by: subject.key.clone(),
            edge: Some(format!("{} -> {}", facts.client.id, edge.towards)),
            preauthorized: draft.preauthorized,
            offline: edge.offline,
        })
    }

    /// From a sign-in: what a front end may have of a resource, or of userinfo alone.
    pub(crate) fn of_sign_in(
        authorization: &Authorization,
        user: &User,
        entitlement: Entitlement,
        lifetime: Seconds,
    ) -> Self {
        let of_user = OfUser {
            user: Arc::new(user.clone()),
            session: Some(authorization.session.clone()),
            auth_time: Some(authorization.auth_time),
            acr: Some(authorization.acr),
            amr: authorization.amr.clone(),
            act: None,
            may_act: entitlement.may_act,
            cnf: None,
        };
        let lineage = Lineage {
            auth: authorization.auth_time,
            since: authorization.since,
            until: Some(authorization.session_expires),
            families: vec![authorization.family.clone()],
            tokens: Vec::new(),
            consents: entitlement.consents,
            clients: Vec::new(),
        };
        Self {
            client: authorization.client.clone(),
            towards: entitlement.towards,
            tokens: entitlement.tokens,
            scopes: entitlement.scopes,
            lifetime,
            speaks_of: PermitFor::User(Box::new(of_user)),
            lineage,
            vouched_by: None,
            edge: None,
            preauthorized: entitlement.preauthorized,
            offline: false,
        }
    }

    /// From a client acting as itself, with the roles it was given.
    pub(crate) fn of_application(
        client: &AuthenticatedClient,
        resource: &Application,
        roles: ScopeSet,
        (lifetime, now): (Seconds, Timestamp),
    ) -> Option<Self> {
        Some(Self {
            client: client.id().clone(),
            towards: resource.audience.clone()?,
            tokens: resource.tokens.clone(),
            scopes: roles,
            lifetime,
            speaks_of: PermitFor::Application,
            lineage: Lineage {
                auth: now,
                since: now,
                until: None,
                families: Vec::new(),
                tokens: Vec::new(),
                consents: Vec::new(),
                clients: Vec::new(),
            },
            vouched_by: None,
            edge: None,
            preauthorized: ScopeSet::default(),
            offline: false,
        })
    }

    /// The same, as part of a refresh token's family, so that it ends with that.
    pub(crate) fn of_family(mut self, family: &FamilyId) -> Self {
        self.lineage.families.push(family.clone());
        self
    }

    /// The client it is for.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// The audience.
    #[must_use]
    pub fn towards(&self) -> &Audience {
        &self.towards
    }

    /// How tokens for that audience look.
    #[must_use]
    pub fn tokens(&self) -> &TokenSettings {
        &self.tokens
    }

    /// What is granted.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// For how long.
    #[must_use]
    pub fn lifetime(&self) -> Seconds {
        self.lifetime
    }

    /// Whom it speaks of.
    #[must_use]
    pub fn speaks_of(&self) -> &PermitFor {
        &self.speaks_of
    }

    /// What it descends from.
    #[must_use]
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// Everything that must not have been ended for the token to be issued: what it descends from, the
    /// key that signed the subject token, and the client.
    #[must_use]
    pub fn descent(&self) -> Descent {
        let (user, session) = match &self.speaks_of {
            PermitFor::User(of_user) => (Some(&of_user.user.id), of_user.session.as_ref()),
            PermitFor::Application => (None, None),
        };
        let mut descent = Descent::of_lineage(&self.lineage, user, session);
        descent.ancestors.extend(self.vouched_by.clone().map(Ancestor::Key));
        descent.and_client(&self.client)
    }

    /// The edge it rests on, as a sentence for the record.
    #[must_use]
    pub fn edge(&self) -> Option<&str> {
        self.edge.as_deref()
    }

    /// What of it nobody had to consent to, since the resource has authorized the client beforehand.
    #[must_use]
    pub fn preauthorized(&self) -> &ScopeSet {
        &self.preauthorized
    }

    /// Whether it may go on after the user left.
    #[must_use]
    pub fn offline(&self) -> bool {
        self.offline
    }
}
