//! A resource file as it is written: applications, users, groups, consents, trusted issuers.

mod credential;

pub use credential::{Credential, Federated};

use crate::document::At;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A resource file. What stands in one wins over any other change of the same object.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// Applications: what is a client, a resource, or both.
    pub application: Vec<At<Application>>,
    /// Users, for small set-ups.
    pub user: Vec<At<User>>,
    /// Groups of users.
    pub group: Vec<At<Group>>,
    /// Consents given by an administrator.
    pub consent: Vec<At<Consent>>,
}

/// An application.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its name as a client.
    pub id: At<String>,
    /// The name people see; its id if absent.
    pub name: Option<At<String>>,
    /// What sort of program it is.
    pub kind: At<Kind>,
    /// Whether it takes part at present.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its name as a resource; without one, no token is made for it.
    pub audience: Option<At<String>>,
    /// The scopes it offers as a resource, each with the sentence that a user reads.
    #[serde(default)]
    pub scopes: BTreeMap<At<String>, At<String>>,
    /// Where users may be sent back to, byte by byte.
    #[serde(default)]
    pub redirect_uris: Vec<At<String>>,
    /// Where users may be sent after they signed out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<At<String>>,
    /// How it proves who it is: a secret or a JSON key set in a file, the key set itself as text, or another
    /// issuer's tokens about it.
    #[serde(default)]
    pub credentials: Vec<At<Credential>>,
    /// Which `aud` its client assertions carry.
    pub assertion_audience: Option<AssertionAudience>,
    /// What it may ask for: of which resource, which scopes.
    #[serde(default)]
    pub permission: Vec<At<Permission>>,
    /// On whose behalf it may act, towards what.
    #[serde(default)]
    pub may_act: Vec<At<MayAct>>,
    /// Who has which of its scopes; without any entry, everybody has all.
    #[serde(default)]
    pub assign: Vec<At<Assign>>,
    /// How tokens made for it look.
    #[serde(default)]
    pub tokens: Tokens,
}

fn yes() -> bool {
    true
}

/// What sort of program an application is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Runs in the browser; keeps no secret.
    Spa,
    /// Runs on a server and signs users in.
    Web,
    /// An API, called with tokens.
    WebApi,
    /// Runs on the user's device; keeps no secret.
    Native,
    /// Acts for users with less than their rights.
    Agent,
    /// Runs without users.
    Service,
}

/// Which `aud` a client assertion must carry.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// The issuer, and nothing else.
    Issuer,
    /// Also the token endpoint, as MSAL sends it.
    Legacy,
}

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

/// How tokens made for an application look.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// The algorithm they are signed with: `ES256`, `EdDSA`, `RS256` or `PS256`.
    pub algorithm: Option<At<String>>,
    /// Their lifetime at most, like `10m`.
    pub lifetime: Option<At<String>>,
    /// Whether `sub` is the user's id or one made for this resource alone.
    pub subject: Subject,
    /// Whether they list the user's groups.
    pub groups: bool,
}

/// What `sub` says.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The user's id, the same for everybody.
    #[default]
    Public,
    /// An id that no two resources share.
    Pairwise,
}

/// A user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The stable id; derived from the user name if absent.
    pub id: Option<At<String>>,
    /// What they type to sign in.
    pub username: At<String>,
    /// The name people see; the user name if absent.
    pub name: Option<At<String>>,
    /// Whether they may sign in and be acted for.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Groups they are in.
    #[serde(default)]
    pub groups: Vec<At<String>>,
    /// A file that holds their password.
    pub password_file: Option<At<String>>,
    /// Their password's argon2id hash.
    pub password_hash: Option<At<String>>,
    /// Mail address.
    pub email: Option<String>,
    /// Whether the mail address was proved.
    #[serde(default)]
    pub email_verified: bool,
    /// Postal address, lines separated by `\n`.
    pub address: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// A group of users.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name.
    pub id: At<String>,
    /// What it is for.
    #[serde(default)]
    pub description: String,
}

/// A consent given by an administrator.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The client that may.
    pub client: At<String>,
    /// The resource it may use, by audience.
    pub resource: At<String>,
    /// Which of its scopes.
    pub scopes: At<Vec<At<String>>>,
    /// For whom.
    #[serde(rename = "for")]
    pub whom: At<Whom>,
}
