//! A resource file as it is written: applications, users, groups, consents, trusted issuers.

mod credential;
mod permission;

pub use credential::{Credential, Federated};
pub use permission::{
    ActsAs, Assign, BoundedBy, ConsentRule, MayAct, Permission, Preauthorized, Whom,
};

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
    /// Of a middle tier: the front ends at whose sign-in users are also asked, on the same page, for what the
    /// middle tier will do for them behind it. Absent: every front end with a permission towards it. `[]`: none.
    pub known_clients: Option<Vec<At<String>>>,
    /// Of a resource: who may use which of its scopes without anybody's consent, by a permission or by an edge.
    #[serde(default)]
    pub preauthorized: Vec<At<Preauthorized>>,
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
