//! Consents: listing them, giving one as an administrator, withdrawing any.

use super::mistake::Object;
use super::validate::{World, mistakes_of_consent};
use super::{Admin, AdminError, fact, lines, ours};
use crate::commit::Change;
use crate::model::consent::{Consent, Given};
use crate::model::managed::Managed;
use crate::model::permission::Whom;
use crate::model::revocation::Ancestor;
use crate::moment::Moment;
use stead_proto::id::{Audience, ClientId, ConsentId};
use stead_proto::scope::ScopeSet;

/// What an administrator agrees to on behalf of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConsent {
    /// The client that may.
    pub client: ClientId,
    /// The resource it may use.
    pub resource: Audience,
    /// Which scopes.
    pub scopes: ScopeSet,
    /// For which users.
    pub whom: Whom,
}

fn object(id: &ConsentId) -> Object {
    Object::new("consent", id)
}

impl Admin<'_> {
    /// Consents, of one client and towards one resource if those are named.
    pub async fn consents(
        &self,
        client: Option<&ClientId>,
        resource: Option<&Audience>,
    ) -> Result<Vec<Consent>, AdminError> {
        Ok(self.sts.store.consents(client, resource).await?)
    }

    /// One consent.
    pub async fn consent(&self, id: &ConsentId) -> Result<Consent, AdminError> {
        let found = self.sts.store.consent(id).await?;
        found.ok_or_else(|| AdminError::NotFound(object(id)))
    }

    /// Agrees on behalf of users.
    pub async fn give_consent(
        &self,
        new: NewConsent,
        moment: &Moment,
    ) -> Result<Consent, AdminError> {
        let consent = Consent {
            id: moment.consent_id(0),
            client: new.client,
            resource: new.resource,
            scopes: new.scopes,
            given: Given::ByAdmin(new.whom),
            at: moment.now,
            managed: Managed::Api,
        };
        let mistakes = mistakes_of_consent(&consent, &self.world_of(&consent).await?);
        if !mistakes.is_empty() {
            return Err(AdminError::Invalid(mistakes));
        }
        let lines = vec![lines::of_consent(&consent, "given")];
        self.change(vec![Change::PutConsent(consent.clone())], lines, moment).await?;
        Ok(consent)
    }

    /// Withdraws a consent, a user's or an administrator's; ends every token that rests on it.
    pub async fn withdraw_consent(
        &self,
        id: &ConsentId,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        self.withdraw(id, "withdrawn", moment).await
    }

    pub(super) async fn withdraw(
        &self,
        id: &ConsentId,
        why: &str,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        let consent = self.consent(id).await?;
        ours(object(id), &consent.managed)?;
        let changes = vec![
            Change::DeleteConsent(id.clone()),
            Change::Revoke(fact(Ancestor::Consent(id.clone()), why, moment)),
        ];
        self.change(changes, vec![lines::of_consent(&consent, "withdrawn")], moment).await
    }

    async fn world_of(&self, consent: &Consent) -> Result<World, AdminError> {
        let mut world = World::default();
        self.sts.store.applications().await?.iter().for_each(|it| world.add_application(it));
        self.sts.store.groups().await?.iter().for_each(|group| world.add_group(&group.id));
        if let Given::ByAdmin(Whom::User(id)) = &consent.given
            && let Some(user) = self.sts.store.user(id).await?
        {
            world.add_user(&user);
        }
        Ok(world)
    }
}
