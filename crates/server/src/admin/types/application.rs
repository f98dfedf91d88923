//! Applications as the admin API shows and takes them.

use super::directory::ManagedView;
use super::federated::{FederatedForm, key_set};
use super::permission::{AssignmentForm, EdgeForm, PermissionForm, PreauthorizedForm};
use super::twins;
use crate::admin::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use stead_core::admin::applications::{NewSecret, credential_name};
use stead_core::model::application::{
    Application, AssertionAudience, Credential, Kind, SubjectKind, TokenSettings,
};
use stead_core::model::managed::Managed;
use stead_core::model::permission::KnownClients;
use stead_proto::id::{Audience, ClientId};
use stead_proto::jwt::{Algorithm, RsaDefault};
use stead_proto::scope::Scope;
use stead_proto::time::Seconds;
use utoipa::ToSchema;

/// What can be set of an application. Its secrets come and go by paths of their own.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationBody {
    /// The name people see.
    pub name: String,
    /// What sort of program it is.
    pub kind: KindForm,
    /// Whether it takes part at present.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
    /// Its name as a resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "api://reports-api")]
    pub audience: Option<Audience>,
    /// The scopes it offers, each with the sentence that users read.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    pub scopes: BTreeMap<Scope, String>,
    /// Where users may be sent back to.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where users may be sent after they signed out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Sets of public keys (JWKS, RFC 7517 §5) that its assertions are verified with.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub keys: Vec<Value>,
    /// Other issuers' tokens about it, which it may send as its assertion.
    #[serde(default)]
    pub federated: Vec<FederatedForm>,
    /// Which audience its assertions carry.
    #[serde(default)]
    pub assertion_audience: AssertionAudienceForm,
    /// What it may ask for.
    #[serde(default)]
    pub permissions: Vec<PermissionForm>,
    /// On whose behalf it may act, towards what.
    #[serde(default)]
    pub may_act: Vec<EdgeForm>,
    /// The front ends at whose sign-in users are also asked for what it will do behind that; all with a
    /// permission towards it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub known_clients: Option<Vec<ClientId>>,
    /// Who may use which of the scopes it offers without anybody's consent.
    #[serde(default)]
    pub preauthorized: Vec<PreauthorizedForm>,
    /// Who has which of the scopes it offers; without an entry, everybody has all.
    #[serde(default)]
    pub assign: Vec<AssignmentForm>,
    /// How tokens made for it look.
    #[serde(default)]
    pub tokens: TokensForm,
}

fn yes() -> bool {
    true
}

/// An application.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApplicationView {
    /// Its name as a client.
    #[schema(value_type = String)]
    pub id: ClientId,
    /// What can be set of it.
    #[serde(flatten)]
    pub entry: ApplicationBody,
    /// What it proves itself with.
    pub credentials: Vec<CredentialView>,
    /// Who looks after it.
    pub managed: ManagedView,
}

/// A credential, without what is secret of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CredentialView {
    /// A shared secret.
    Secret {
        /// What it is called.
        name: String,
        /// When it stops being accepted.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(format = DateTime)]
        expires: Option<String>,
    },
    /// A set of public keys.
    Keys {
        /// What it is called.
        name: String,
    },
    /// Another issuer's tokens.
    Federated {
        /// What it is called.
        name: String,
    },
}

/// How long a new secret is to be accepted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretBody {
    /// `90d`, `12h`; for good if absent.
    pub expires_in: Option<String>,
}

/// A secret just made. It is shown here and nowhere else.
#[derive(Serialize, ToSchema)]
pub struct NewSecretView {
    /// What it is called.
    pub name: String,
    /// The secret.
    pub secret: String,
    /// When it stops being accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub expires: Option<String>,
}

impl std::fmt::Debug for NewSecretView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewSecretView({})", self.name)
    }
}

/// What sort of program an application is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindForm {
    /// Runs in the browser.
    Spa,
    /// Runs on a server and signs users in.
    Web,
    /// An API.
    WebApi,
    /// Runs on the user's device.
    Native,
    /// Acts for users with less than their rights.
    Agent,
    /// Runs without users.
    Service,
}
twins!(KindForm = Kind { Spa, Web, WebApi, Native, Agent, Service });

/// Which audience an application's assertions carry.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudienceForm {
    /// The issuer.
    #[default]
    Issuer,
    /// Also the token endpoint.
    Legacy,
}
twins!(AssertionAudienceForm = AssertionAudience { Issuer, Legacy });

/// What `sub` says.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKindForm {
    /// The user's id.
    #[default]
    Public,
    /// An id made for this resource alone.
    Pairwise,
}
twins!(SubjectKindForm = SubjectKind { Public, Pairwise });

/// How tokens made for an application look.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokensForm {
    /// `ES256`, `EdDSA` or `RS256`.
    #[schema(value_type = String, example = "ES256")]
    pub algorithm: Algorithm,
    /// Their lifetime at most, in seconds; the server's setting if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub lifetime: Option<Seconds>,
    /// What `sub` says.
    pub subject: SubjectKindForm,
    /// Whether they list the user's groups.
    pub groups: bool,
}

impl Default for TokensForm {
    fn default() -> Self {
        TokenSettings::default().into()
    }
}

impl From<TokenSettings> for TokensForm {
    fn from(tokens: TokenSettings) -> Self {
        let TokenSettings { algorithm, lifetime, subject, groups } = tokens;
        Self { algorithm, lifetime, subject: subject.into(), groups }
    }
}

impl From<TokensForm> for TokenSettings {
    fn from(form: TokensForm) -> Self {
        let TokensForm { algorithm, lifetime, subject, groups } = form;
        Self { algorithm, lifetime, subject: subject.into(), groups }
    }
}

fn all<T, U: From<T>>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(U::from).collect()
}

impl From<Application> for ApplicationView {
    fn from(it: Application) -> Self {
        let keys = it.credentials.iter().filter_map(|credential| match credential {
            Credential::Keys(keys) => serde_json::to_value(keys).ok(),
            Credential::Secret { .. } | Credential::Federated(_) => None,
        });
        let federated = it.federated().map(FederatedForm::from);
        let entry = ApplicationBody {
            keys: keys.collect(),
            federated: federated.collect(),
            name: it.name,
            kind: it.kind.into(),
            enabled: it.enabled,
            audience: it.audience,
            scopes: it.scopes,
            redirect_uris: it.redirect_uris,
            post_logout_redirect_uris: it.post_logout_redirect_uris,
            assertion_audience: it.assertion_audience.into(),
            permissions: all(it.permissions),
            may_act: all(it.may_act),
            known_clients: match it.known_clients {
                KnownClients::All => None,
                KnownClients::Only(these) => Some(these),
            },
            preauthorized: all(it.preauthorized),
            assign: all(it.assignments),
            tokens: it.tokens.into(),
        };
        let credentials = it.credentials.iter().map(CredentialView::from).collect();
        Self { id: it.id, entry, credentials, managed: it.managed.into() }
    }
}

impl From<&Credential> for CredentialView {
    fn from(credential: &Credential) -> Self {
        let name = credential_name(credential);
        match credential {
            Credential::Secret { expires, .. } => {
                Self::Secret { name, expires: expires.map(|at| at.to_string()) }
            }
            Credential::Keys(_) => Self::Keys { name },
            Credential::Federated(_) => Self::Federated { name },
        }
    }
}

impl From<NewSecret> for NewSecretView {
    fn from(new: NewSecret) -> Self {
        Self {
            name: new.name,
            secret: new.secret.expose().to_owned(),
            expires: new.expires.map(|at| at.to_string()),
        }
    }
}

impl ApplicationBody {
    /// The entry of the application of this id.
    pub(crate) fn of(self, id: ClientId) -> Result<Application, Refusal> {
        let keys =
            self.keys.iter().map(|set| key_set(set, RsaDefault::Ps256).map(Credential::Keys));
        let federated =
            self.federated.into_iter().map(|form| form.agreed().map(Credential::Federated));
        let credentials = keys.chain(federated).collect::<Result<_, _>>()?;
        Ok(Application {
            id,
            name: self.name,
            kind: self.kind.into(),
            enabled: self.enabled,
            audience: self.audience,
            scopes: self.scopes,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            credentials,
            assertion_audience: self.assertion_audience.into(),
            permissions: all(self.permissions),
            may_act: all(self.may_act),
            known_clients: self.known_clients.map_or(KnownClients::All, KnownClients::Only),
            preauthorized: all(self.preauthorized),
            assignments: all(self.assign),
            tokens: self.tokens.into(),
            managed: Managed::Api,
        })
    }
}

impl SecretBody {
    /// The lifetime that is asked for.
    pub(crate) fn lifetime(&self) -> Result<Option<Seconds>, Refusal> {
        let lifetime = self.expires_in.as_deref().map(Seconds::parse).transpose();
        lifetime.map_err(|bad| Refusal::Unfit(format!("expires_in: {bad}")))
    }
}
