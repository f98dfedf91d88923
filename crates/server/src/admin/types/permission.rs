//! Permissions, edges and assignments as the admin API shows and takes them.

use super::directory::WhomForm;
use super::twins;
use serde::{Deserialize, Serialize};
use stead_core::model::permission::{
    ActsAs, Assignment, BoundedBy, ConsentRule, Edge, Permission, Preauthorized,
};
use stead_proto::acr::Acr;
use stead_proto::id::{Audience, ClientId};
use stead_proto::scope::ScopeSet;
use stead_proto::time::Seconds;
use utoipa::ToSchema;

/// Whose rights a permission speaks of.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhoseForm {
    /// The user's.
    #[default]
    User,
    /// The application's own.
    Itself,
}
twins!(WhoseForm = ActsAs { User, Itself });

/// Who has to agree.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRuleForm {
    /// An administrator.
    Admin,
    /// The user, or an administrator for them.
    #[default]
    User,
    /// Nobody.
    None,
}
twins!(ConsentRuleForm = ConsentRule { Admin, User, None });

/// What bounds the life of an edge's tokens.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoundedByForm {
    /// The token they came from.
    #[default]
    SubjectToken,
    /// The session.
    Session,
}
twins!(BoundedByForm = BoundedBy { SubjectToken, Session });

/// What a front end may ask for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionForm {
    /// Of which resource.
    #[schema(value_type = String)]
    pub towards: Audience,
    /// At most these scopes.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// As the user, or as itself.
    #[serde(default, rename = "as")]
    pub acts_as: WhoseForm,
    /// Who has to agree.
    #[serde(default)]
    pub consent: ConsentRuleForm,
    /// The only client that may exchange the tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub exchange_by: Option<ClientId>,
}

/// An edge: on whose behalf an application may act, towards what, on which conditions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeForm {
    /// On which resource.
    #[schema(value_type = String)]
    pub towards: Audience,
    /// To do what, at most.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// For whom.
    #[serde(default, rename = "for")]
    pub whom: WhomForm,
    /// Scopes that the subject token must hold.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub requires: ScopeSet,
    /// Which clients may have obtained the user's token; any if empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub via: Vec<ClientId>,
    /// Who has to agree.
    #[serde(default)]
    pub consent: ConsentRuleForm,
    /// The greatest age of the user's sign-in, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub max_age: Option<Seconds>,
    /// The strength of the user's sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "urn:stead:acr:mfa")]
    pub acr: Option<Acr>,
    /// Whether it may go on after the user left.
    #[serde(default)]
    pub offline: bool,
    /// What bounds the life of its tokens.
    #[serde(default)]
    pub bounded_by: BoundedByForm,
}

/// Who has which of the scopes an application offers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentForm {
    /// Who.
    #[serde(rename = "for")]
    pub whom: WhomForm,
    /// Which scopes.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
}

/// Who may use which of the scopes an application offers without anybody's consent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreauthorizedForm {
    /// The client: a front end or a middle tier.
    #[schema(value_type = String)]
    pub client: ClientId,
    /// Which scopes.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
}

impl From<Permission> for PermissionForm {
    fn from(permission: Permission) -> Self {
        let Permission { towards, scopes, acts_as, consent, exchange_by } = permission;
        Self { towards, scopes, acts_as: acts_as.into(), consent: consent.into(), exchange_by }
    }
}

impl From<PermissionForm> for Permission {
    fn from(form: PermissionForm) -> Self {
        let PermissionForm { towards, scopes, acts_as, consent, exchange_by } = form;
        Self { towards, scopes, acts_as: acts_as.into(), consent: consent.into(), exchange_by }
    }
}

impl From<Edge> for EdgeForm {
    fn from(edge: Edge) -> Self {
        Self {
            towards: edge.towards,
            scopes: edge.scopes,
            whom: edge.applies_to.into(),
            requires: edge.requires,
            via: edge.via,
            consent: edge.consent.into(),
            max_age: edge.max_age,
            acr: edge.acr,
            offline: edge.offline,
            bounded_by: edge.bounded_by.into(),
        }
    }
}

impl From<EdgeForm> for Edge {
    fn from(form: EdgeForm) -> Self {
        Self {
            towards: form.towards,
            scopes: form.scopes,
            applies_to: form.whom.into(),
            requires: form.requires,
            via: form.via,
            consent: form.consent.into(),
            max_age: form.max_age,
            acr: form.acr,
            offline: form.offline,
            bounded_by: form.bounded_by.into(),
        }
    }
}

impl From<Assignment> for AssignmentForm {
    fn from(assignment: Assignment) -> Self {
        Self { whom: assignment.applies_to.into(), scopes: assignment.scopes }
    }
}

impl From<AssignmentForm> for Assignment {
    fn from(form: AssignmentForm) -> Self {
        Self { applies_to: form.whom.into(), scopes: form.scopes }
    }
}

impl From<Preauthorized> for PreauthorizedForm {
    fn from(Preauthorized { client, scopes }: Preauthorized) -> Self {
        Self { client, scopes }
    }
}

impl From<PreauthorizedForm> for Preauthorized {
    fn from(PreauthorizedForm { client, scopes }: PreauthorizedForm) -> Self {
        Self { client, scopes }
    }
}
