//! Permissions, edges and who has which scopes, as they are written.

use crate::document::At;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a front end may ask for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// The resource, by audience.
    pub towards: At<String>,
    /// At most these of its scopes.
    pub scopes: At<Vec<At<String>>>,
    /// As a signed-in user, or as itself.
    #[serde(rename = "as", default)]
    pub acts_as: ActsAs,
    /// Who has to agree.
    #[serde(default)]
    pub consent: ConsentRule,
    /// The only client that may exchange the tokens; any with an edge if absent.
    pub exchange_by: Option<At<String>>,
}

/// Whose rights a permission speaks of.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActsAs {
    /// Those of the user who signed in.
    #[default]
    User,
    /// The application's own.
    Itself,
}

/// Who has to agree.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRule {
    /// An administrator.
    Admin,
    /// The user, or an administrator for them.
    #[default]
    User,
    /// Nobody: what this file says is enough.
    None,
}

/// An edge: this application may act on behalf of users towards a resource.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MayAct {
    /// On which resource, by audience.
    pub towards: At<String>,
    /// To do what, at most.
    pub scopes: At<Vec<At<String>>>,
    /// For whom: `everyone`, `consented`, `{ group = … }` or `{ user = … }`; everyone if absent.
    #[serde(rename = "for")]
    pub whom: Option<At<Whom>>,
    /// Scopes the subject token must hold to use this edge.
    #[serde(default)]
    pub requires: Vec<At<String>>,
    /// Which clients may have obtained the user's token; any if absent.
    #[serde(default)]
    pub via: Vec<At<String>>,
    /// Who has to agree.
    #[serde(default)]
    pub consent: ConsentRule,
    /// The greatest age of the user's sign-in, like `8h`.
    pub max_age: Option<At<String>>,
    /// The strength the user's sign-in must have.
    pub acr: Option<At<String>>,
    /// Whether it may go on after the user left.
    #[serde(default)]
    pub offline: bool,
    /// What bounds the life of its tokens.
    #[serde(default)]
    pub bounded_by: BoundedBy,
}

/// What a token from an exchange may not outlive.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoundedBy {
    /// The token it came from.
    #[default]
    SubjectToken,
    /// The session.
    Session,
}

/// For whom something holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Whom {
    /// Every user of the tenant.
    Everyone,
    /// Whoever has consented themselves.
    Consented,
    /// The members of a group.
    Group(At<String>),
    /// One user, by user name or id.
    User(At<String>),
}

/// A user's right to scopes of an application.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// Who.
    #[serde(rename = "for")]
    pub whom: At<Whom>,
    /// Which of the application's scopes.
    pub scopes: At<Vec<At<String>>>,
}

/// A client that may use scopes of this application without anybody's consent: its owner has agreed for all.
/// The client still needs a permission or an edge, and the user still has to have the scopes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preauthorized {
    /// The client: a front end or a middle tier.
    pub client: At<String>,
    /// Which of this application's scopes.
    pub scopes: At<Vec<At<String>>>,
}
