//! What applications may ask for: permissions of front ends, edges of middle tiers, assignments of users.

use crate::model::user::User;
use serde::{Deserialize, Serialize};
use stead_proto::acr::{Acr, StepUp};
use stead_proto::id::{Audience, ClientId, GroupId, Subject};
use stead_proto::scope::ScopeSet;
use stead_proto::time::Seconds;

/// An application may ask for these scopes of that resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// The resource.
    pub towards: Audience,
    /// At most these.
    pub scopes: ScopeSet,
    /// As a signed-in user, or as itself.
    #[serde(default)]
    pub acts_as: ActsAs,
    /// Who has to agree.
    #[serde(default)]
    pub consent: ConsentRule,
    /// The only client that may exchange the tokens (becomes `may_act`); any with an edge if absent.
    #[serde(default)]
    pub exchange_by: Option<ClientId>,
}

impl Permission {
    /// Whether it is for the application without a user.
    #[must_use]
    pub fn as_itself(&self) -> bool {
        self.acts_as == ActsAs::Itself
    }
}

/// Whose rights a permission speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActsAs {
    /// Those of the user who signed in.
    #[default]
    User,
    /// The application's own.
    Itself,
}

/// Who has to agree before a permission or an edge is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRule {
    /// An administrator.
    Admin,
    /// The user, or an administrator for them.
    #[default]
    User,
    /// Nobody: what the file says is enough.
    None,
}

/// An edge: this application may act towards a resource, for some users, under conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// On which resource.
    pub towards: Audience,
    /// To do what, at most.
    pub scopes: ScopeSet,
    /// For whom.
    #[serde(default)]
    pub applies_to: Whom,
    /// Scopes the subject token must hold to use this edge.
    #[serde(default)]
    pub requires: ScopeSet,
    /// Which clients may have obtained the user's token; any if empty.
    #[serde(default)]
    pub via: Vec<ClientId>,
    /// Who has to agree.
    #[serde(default)]
    pub consent: ConsentRule,
    /// The greatest age of the user's sign-in.
    #[serde(default)]
    pub max_age: Option<Seconds>,
    /// The strength the user's sign-in must have.
    #[serde(default)]
    pub acr: Option<Acr>,
    /// Whether it may go on after the user left.
    #[serde(default)]
    pub offline: bool,
    /// What bounds the life of its tokens.
    #[serde(default)]
    pub bounded_by: BoundedBy,
}

impl Edge {
    /// One for everyone who agrees, which asks for nothing else.
    #[must_use]
    pub fn new(towards: Audience, scopes: ScopeSet) -> Self {
        Self {
            towards,
            scopes,
            applies_to: Whom::default(),
            requires: ScopeSet::default(),
            via: Vec::new(),
            consent: ConsentRule::default(),
            max_age: None,
            acr: None,
            offline: false,
            bounded_by: BoundedBy::default(),
        }
    }

    /// Whether it may be for this user. Of those who consented, the rule on consent has the last word.
    #[must_use]
    pub fn may_be_for(&self, user: &User) -> bool {
        self.applies_to == Whom::Consented || self.applies_to.includes(user)
    }

    /// What it asks of the user's sign-in.
    #[must_use]
    pub fn demands(&self) -> StepUp {
        StepUp { acr: self.acr, max_age: self.max_age }
    }
}

/// What a token from an exchange may not outlive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundedBy {
    /// The token it came from.
    #[default]
    SubjectToken,
    /// The session, said explicitly.
    Session,
}

/// For whom something holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// Every user of the tenant.
    #[default]
    Everyone,
    /// The members of a group.
    Group(GroupId),
    /// One user.
    User(Subject),
    /// Whoever has consented themselves; of edges alone.
    Consented,
}

impl Whom {
    /// Whether this user is meant, whatever they consented to.
    #[must_use]
    pub fn includes(&self, user: &User) -> bool {
        match self {
            Self::Everyone => true,
            Self::Consented => false,
            Self::Group(group) => user.groups.contains(group),
            Self::User(subject) => user.id == *subject,
        }
    }
}

/// A user's right to scopes of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who.
    pub applies_to: Whom,
    /// Which of the resource's scopes.
    pub scopes: ScopeSet,
}

/// A resource's own word that a client may use scopes of it without anybody's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preauthorized {
    /// The client: a front end or a middle tier.
    pub client: ClientId,
    /// For which of the resource's scopes.
    pub scopes: ScopeSet,
}

/// At whose sign-in users are also asked for what a middle tier will do behind it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownClients {
    /// At that of every front end with a permission towards the middle tier.
    #[default]
    All,
    /// At that of these, which may be none.
    Only(Vec<ClientId>),
}

impl KnownClients {
    /// Whether this front end is one of them.
    #[must_use]
    pub fn include(&self, client: &ClientId) -> bool {
        match self {
            Self::All => true,
            Self::Only(these) => these.contains(client),
        }
    }
}
