//! Users, groups, consents and sessions as the admin API shows and takes them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use stead_core::admin::consents::NewConsent;
use stead_core::model::consent::{Consent, Given};
use stead_core::model::managed::Managed;
use stead_core::model::permission::Whom;
use stead_core::model::session::Session;
use stead_core::model::user::{Group, User};
use stead_proto::acr::{Acr, Amr};
use stead_proto::id::{Audience, ClientId, ConsentId, GroupId, SessionId, Subject, Username};
use stead_proto::scope::ScopeSet;
use stead_proto::secret::Password;
use utoipa::ToSchema;

/// Who looks after an entry.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ManagedView {
    /// Whoever uses this API.
    Api,
    /// A resource file: change it there.
    File {
        /// The file.
        file: String,
        /// The line its table starts on.
        line: usize,
    },
}

impl From<Managed> for ManagedView {
    fn from(managed: Managed) -> Self {
        match managed {
            Managed::Api => Self::Api,
            Managed::File { file, line } => Self::File { file, line },
        }
    }
}

/// For whom something holds: `"everyone"`, `"consented"`, `{"group": "…"}` or `{"user": "…"}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhomForm {
    /// Every user.
    #[default]
    Everyone,
    /// Whoever has consented themselves.
    Consented,
    /// The members of a group.
    #[schema(value_type = String)]
    Group(GroupId),
    /// One user, by id.
    #[schema(value_type = String)]
    User(Subject),
}

impl From<Whom> for WhomForm {
    fn from(whom: Whom) -> Self {
        match whom {
            Whom::Everyone => Self::Everyone,
            Whom::Consented => Self::Consented,
            Whom::Group(group) => Self::Group(group),
            Whom::User(user) => Self::User(user),
        }
    }
}

impl From<WhomForm> for Whom {
    fn from(form: WhomForm) -> Self {
        match form {
            WhomForm::Everyone => Self::Everyone,
            WhomForm::Consented => Self::Consented,
            WhomForm::Group(group) => Self::Group(group),
            WhomForm::User(user) => Self::User(user),
        }
    }
}

/// What can be set of a user.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserBody {
    /// What they type to sign in.
    #[schema(value_type = String)]
    pub username: Username,
    /// The name people see.
    pub name: String,
    /// Whether they may sign in and be acted for.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
    /// Groups they are in.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub groups: BTreeSet<GroupId>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the mail address was proved.
    #[serde(default)]
    pub email_verified: bool,
    /// Postal address, lines separated by line breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

fn yes() -> bool {
    true
}

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserView {
    /// The stable id.
    #[schema(value_type = String)]
    pub id: Subject,
    /// What can be set of them.
    #[serde(flatten)]
    pub entry: UserBody,
    /// Whether they have a password here.
    pub has_password: bool,
    /// Who looks after the entry.
    pub managed: ManagedView,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let entry = UserBody {
            username: user.username,
            name: user.name,
            enabled: user.enabled,
            groups: user.groups,
            email: user.email,
            email_verified: user.email_verified,
            address: user.address,
            phone: user.phone,
        };
        let has_password = user.password.is_some();
        Self { id: user.id, entry, has_password, managed: user.managed.into() }
    }
}

impl UserBody {
    /// The entry of the user of this id.
    pub(crate) fn of(self, id: Subject) -> User {
        User {
            id,
            username: self.username,
            name: self.name,
            enabled: self.enabled,
            groups: self.groups,
            password: None,
            email: self.email,
            email_verified: self.email_verified,
            address: self.address,
            phone: self.phone,
            managed: Managed::Api,
        }
    }
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The password, 8 characters at least.
    #[schema(format = Password, min_length = 8)]
    password: String,
}

impl PasswordBody {
    /// The password, from here on unprintable.
    pub(crate) fn password(self) -> Password {
        Password::new(self.password)
    }
}

impl fmt::Debug for PasswordBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordBody(…)")
    }
}

/// What can be set of a group.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupBody {
    /// What it is for.
    #[serde(default)]
    pub description: String,
}

impl GroupBody {
    /// The entry of the group of this id.
    pub(crate) fn of(self, id: GroupId) -> Group {
        Group { id, description: self.description, managed: Managed::Api }
    }
}

/// A group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupView {
    /// Its name.
    #[schema(value_type = String)]
    pub id: GroupId,
    /// What it is for.
    pub description: String,
    /// Who looks after it.
    pub managed: ManagedView,
}

impl From<Group> for GroupView {
    fn from(group: Group) -> Self {
        Self { id: group.id, description: group.description, managed: group.managed.into() }
    }
}

/// What an administrator agrees to on behalf of users.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentBody {
    /// The client that may.
    #[schema(value_type = String)]
    pub client: ClientId,
    /// The resource it may use, by its audience.
    #[schema(value_type = String)]
    pub resource: Audience,
    /// Which scopes.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// For which users.
    #[serde(default, rename = "for")]
    pub whom: WhomForm,
}

impl From<ConsentBody> for NewConsent {
    fn from(body: ConsentBody) -> Self {
        let ConsentBody { client, resource, scopes, whom } = body;
        Self { client, resource, scopes, whom: whom.into() }
    }
}

/// Who agreed.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GivenByForm {
    /// The user themselves.
    User,
    /// An administrator.
    Admin,
}

/// A consent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ConsentId,
    /// The client that may.
    #[schema(value_type = String)]
    pub client: ClientId,
    /// The resource it may use.
    #[schema(value_type = String)]
    pub resource: Audience,
    /// Which scopes.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// Who agreed.
    pub given_by: GivenByForm,
    /// For whom.
    #[serde(rename = "for")]
    pub whom: WhomForm,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who looks after it.
    pub managed: ManagedView,
}

impl From<Consent> for ConsentView {
    fn from(consent: Consent) -> Self {
        let (given_by, whom) = match consent.given {
            Given::ByUser(user) => (GivenByForm::User, WhomForm::User(user)),
            Given::ByAdmin(whom) => (GivenByForm::Admin, whom.into()),
        };
        Self {
            id: consent.id,
            client: consent.client,
            resource: consent.resource,
            scopes: consent.scopes,
            given_by,
            whom,
            at: consent.at.to_string(),
            managed: consent.managed.into(),
        }
    }
}

/// A session, without what the browser knows it by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id, `sid` in tokens.
    #[schema(value_type = String)]
    pub id: SessionId,
    /// Whose, by id.
    #[schema(value_type = String)]
    pub user: Subject,
    /// When it began.
    #[schema(format = DateTime)]
    pub started: String,
    /// When the user last proved who they are.
    #[schema(format = DateTime)]
    pub auth_time: String,
    /// How strongly.
    #[schema(value_type = String)]
    pub acr: Acr,
    /// By what means.
    #[schema(value_type = Vec<String>)]
    pub amr: Vec<Amr>,
    /// When it ends in any case.
    #[schema(format = DateTime)]
    pub expires: String,
}

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            user: session.user,
            started: session.started.to_string(),
            auth_time: session.auth_time.to_string(),
            acr: session.acr,
            amr: session.amr,
            expires: session.expires.to_string(),
        }
    }
}
