//! What is asked for: one resource and scopes there, or OpenID Connect alone.

use crate::denied::Denied;
use crate::error::Stop;
use crate::model::application::Application;
use crate::policy::front_end::permission;
use crate::policy::refuse_missing;
use crate::ports::StoreError;
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::authorize::AuthorizeParseError;
use stead_proto::grants::{ParseError, Target};
use stead_proto::id::Audience;
use stead_proto::scope::{OpenIdScope, ScopeRequestError, ScopeSet, Wanted};

/// What is asked for, held against what is registered.
#[derive(Debug)]
pub(super) enum Aim {
    /// OpenID Connect's own scopes: tokens are for userinfo alone.
    Userinfo,
    /// Scopes of a resource.
    Resource(Box<Towards>),
}

/// A resource, and what is wanted of it.
#[derive(Debug)]
pub(super) struct Towards {
    pub(super) resource: Application,
    pub(super) audience: Audience,
    pub(super) wanted: Wanted,
}

impl Aim {
    /// The resource, unless it is userinfo alone.
    pub(super) fn towards(&self) -> Option<&Towards> {
        match self {
            Self::Userinfo => None,
            Self::Resource(towards) => Some(towards),
        }
    }

    /// The resource's audience.
    pub(super) fn audience(&self) -> Option<&Audience> {
        self.towards().map(|towards| &towards.audience)
    }
}

impl Towards {
    /// Refuses what no user could give this client, before anybody has to sign in for it. What this
    /// user can give is for [`entitled`](crate::policy::front_end::entitled) to say.
    fn possible(self, client: &Application) -> Result<Self, Denied> {
        let permitted = &permission(client, &self.resource).ok_or(Denied::EdgeMissing)?.scopes;
        let offered = self.resource.offered();
        match &self.wanted {
            Wanted::Default if permitted.intersection(&offered).is_empty() => {
                return Err(Denied::ScopeEmpty);
            }
            Wanted::Default => {}
            Wanted::Named(named) => {
                refuse_missing(named, &offered, Denied::ScopeUnknown)?;
                refuse_missing(named, permitted, Denied::ScopeNotPermitted)?;
            }
        }
        Ok(self)
    }
}

impl Sts {
    /// Finds the resource that is meant and refuses what no user could have of it.
    pub(super) async fn aim(&self, client: &Application, target: &Target) -> Result<Aim, Stop> {
        let scope = &target.scope;
        let towards = match (&target.resource, &scope.wanted) {
            (Some(named), wanted) => {
                let (resource, audience) =
                    self.open_resource(named).await?.ok_or(Denied::TargetUnknown)?;
                Towards { resource, audience, wanted: wanted.clone() }
            }
            (None, Wanted::Named(scopes)) => self.only_one_with(client, scopes).await?,
            (None, Wanted::Default) if scope.asks(OpenIdScope::Openid) => return Ok(Aim::Userinfo),
            (None, Wanted::Default) => return Err(Denied::ScopeEmpty.into()),
        };
        Ok(Aim::Resource(Box::new(towards.possible(client)?)))
    }

    /// A resource that tokens are made for at present, with the audience they carry.
    pub(super) async fn open_resource(
        &self,
        named: &Audience,
    ) -> Result<Option<(Application, Audience)>, StoreError> {
        let resource = self.store.resource(named).await?.filter(|resource| resource.enabled);
        let resource = resource.map(Arc::unwrap_or_clone);
        Ok(resource.and_then(|resource| resource.audience.clone().map(|name| (resource, name))))
    }

    /// Scopes without a resource: meant is the one resource the client may use that offers them all.
    async fn only_one_with(
        &self,
        client: &Application,
        scopes: &ScopeSet,
    ) -> Result<Towards, Stop> {
        let mut found: Option<Towards> = None;
        for permission in client.permissions.iter().filter(|permission| !permission.as_itself()) {
            let Some((resource, audience)) = self.open_resource(&permission.towards).await? else {
                continue;
            };
            let known = found.as_ref().is_some_and(|other| other.audience == audience);
            if known || !scopes.is_subset(&resource.offered()) {
                continue;
            }
            if found.is_some() {
                return Err(several_resources().into());
            }
            found = Some(Towards { resource, audience, wanted: Wanted::Named(scopes.clone()) });
        }
        Ok(found.ok_or_else(|| Denied::ScopeUnknown(scopes.clone()))?)
    }
}

fn several_resources() -> Denied {
    let error = ParseError::Scope(ScopeRequestError::SeveralResources);
    Denied::AuthorizeMalformed(AuthorizeParseError::Request(error))
}
