//! Applications: one object for what is a client, a resource, or both.

use crate::model::federated::Federated;
use crate::model::managed::Managed;
use crate::model::permission::{Assignment, Edge, KnownClients, Permission, Preauthorized};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stead_proto::grants::GrantKind;
use stead_proto::id::{Audience, ClientId};
use stead_proto::jwt::{Algorithm, JwkSet};
use stead_proto::scope::{Scope, ScopeSet};
use stead_proto::secret::SecretHash;
use stead_proto::time::{Seconds, Timestamp};

/// A registered application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its name as a client.
    pub id: ClientId,
    /// The name people see.
    pub name: String,
    /// What sort of program it is.
    pub kind: Kind,
    /// Whether it takes part at present.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its name as a resource; without one, no token is made for it.
    #[serde(default)]
    pub audience: Option<Audience>,
    /// The scopes it offers as a resource, each with the sentence that a user reads.
    #[serde(default)]
    pub scopes: BTreeMap<Scope, String>,
    /// Where users may be sent back to, byte by byte.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where users may be sent after they signed out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// How it proves who it is; empty in a public client.
    #[serde(default)]
    pub credentials: Vec<Credential>,
    /// Which audience its assertions carry.
    #[serde(default)]
    pub assertion_audience: AssertionAudience,
    /// What it may ask for: of which resource, which scopes.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// On whose behalf it may act, towards what.
    #[serde(default)]
    pub may_act: Vec<Edge>,
    /// At whose sign-in users are also asked for what it will do behind that.
    #[serde(default)]
    pub known_clients: KnownClients,
    /// Who may use which of the scopes it offers without anybody's consent.
    #[serde(default)]
    pub preauthorized: Vec<Preauthorized>,
    /// Who has which of the scopes it offers; without any entry, everybody has all.
    #[serde(default)]
    pub assignments: Vec<Assignment>,
    /// How tokens made for it look.
    #[serde(default)]
    pub tokens: TokenSettings,
    /// Who looks after this entry.
    #[serde(default)]
    pub managed: Managed,
}

fn yes() -> bool {
    true
}

/// What sort of program an application is; it decides what the application can keep secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

impl Kind {
    /// As written in resource files and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spa => "spa",
            Self::Web => "web",
            Self::WebApi => "web-api",
            Self::Native => "native",
            Self::Agent => "agent",
            Self::Service => "service",
        }
    }

    /// Whether it can keep a secret (RFC 6749 §2.1).
    #[must_use]
    pub fn is_confidential(self) -> bool {
        !matches!(self, Self::Spa | Self::Native)
    }
}

/// Something an application proves itself with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// A shared secret, on file only as its hash.
    Secret {
        /// SHA-256 of the secret.
        hash: SecretHash,
        /// When it stops being accepted.
        #[serde(default)]
        expires: Option<Timestamp>,
    },
    /// Public keys for `private_key_jwt`.
    Keys(JwkSet),
    /// Another issuer's tokens about it.
    Federated(Federated),
}

impl Credential {
    /// Whether it is a shared secret.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Secret { .. })
    }
}

/// Which `aud` a client assertion must carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// The issuer, and nothing else (RFC 10070).
    #[default]
    Issuer,
    /// Also the token endpoint, as MSAL sends it.
    Legacy,
}

/// How tokens made for a resource look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenSettings {
    /// The algorithm they are signed with.
    pub algorithm: Algorithm,
    /// Their lifetime at most; the server's setting if absent.
    pub lifetime: Option<Seconds>,
    /// Whether `sub` is the user's id or one made for this resource alone.
    pub subject: SubjectKind,
    /// Whether they list the user's groups.
    pub groups: bool,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Es256,
            lifetime: None,
            subject: SubjectKind::Public,
            groups: false,
        }
    }
}

/// What `sub` says (OpenID Connect Core §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// The user's id, the same for everybody.
    #[default]
    Public,
    /// An id that no two resources share; `oid` still names the user, as in Entra.
    Pairwise,
}

impl Application {
    /// One that takes part, of which no more is said than what it is.
    #[must_use]
    pub fn new(id: ClientId, name: String, kind: Kind) -> Self {
        Self {
            id,
            name,
            kind,
            enabled: true,
            audience: None,
            scopes: BTreeMap::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            credentials: Vec::new(),
            assertion_audience: AssertionAudience::default(),
            permissions: Vec::new(),
            may_act: Vec::new(),
            known_clients: KnownClients::default(),
            preauthorized: Vec::new(),
            assignments: Vec::new(),
            tokens: TokenSettings::default(),
            managed: Managed::default(),
        }
    }

    /// All scopes it offers.
    #[must_use]
    pub fn offered(&self) -> ScopeSet {
        self.scopes.keys().cloned().collect()
    }

    /// Whether a token with this audience is addressed to it: by its audience or by its client id.
    #[must_use]
    pub fn is_addressed_by(&self, audience: &Audience) -> bool {
        self.audience.as_ref() == Some(audience) || audience.as_str() == self.id.as_str()
    }

    /// What it may ask a token endpoint for. Nothing has to be ticked: the kind and what it was given say it.
    #[must_use]
    pub fn may_use(&self, grant: GrantKind) -> bool {
        match grant {
            GrantKind::AuthorizationCode => !self.redirect_uris.is_empty(),
            // What runs where its user has no browser at hand: on their device, or unattended for them.
            // All others can send the browser that they are used with.
            GrantKind::DeviceCode => matches!(self.kind, Kind::Native | Kind::Agent),
            GrantKind::RefreshToken => {
                self.may_use(GrantKind::AuthorizationCode)
                    || self.may_use(GrantKind::DeviceCode)
                    || self.may_act.iter().any(|edge| edge.offline)
            }
            GrantKind::ClientCredentials => {
                self.is_confidential() && self.permissions.iter().any(Permission::as_itself)
            }
            GrantKind::OnBehalfOf => self.is_confidential() && !self.may_act.is_empty(),
            // Which assertions are accepted is another question: at present, nobody's.
            GrantKind::JwtBearer => self.is_confidential(),
        }
    }

    /// What was agreed about other issuers' tokens that prove who it is.
    pub fn federated(&self) -> impl Iterator<Item = &Federated> {
        self.credentials.iter().filter_map(|credential| match credential {
            Credential::Federated(agreed) => Some(agreed),
            Credential::Secret { .. } | Credential::Keys(_) => None,
        })
    }

    /// Whether it can and does prove who it is.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        self.kind.is_confidential()
    }
}
