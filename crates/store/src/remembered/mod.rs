//! What every token needs, kept in memory in front of a store: applications, users, consents.
//!
//! A store asks here first, and [`Remembered::forget`]s what a commit changed once that is durable and before
//! it is answered. From then on nobody is told what was before: not even by a question that was asked of the
//! file before the commit and is answered after it (`Gap`). What is not there is not remembered, so
//! that made-up names take no room.

mod changed;
mod shelf;

pub(crate) use changed::Changed;

use quick_cache::Equivalent;
use shelf::Shelf;
use std::sync::Arc;
use stead_core::model::application::Application;
use stead_core::model::consent::Consent;
use stead_core::model::user::User;
use stead_core::ports::StoreError;
use stead_proto::id::{Audience, ClientId, Subject};

/// How many of each are remembered for a tenant: some megabytes together.
const APPLICATIONS: usize = 2048;
const USERS: usize = 4096;
const CONSENTS: usize = 4096;

/// What is remembered of one tenant.
#[derive(Debug)]
pub(crate) struct Remembered {
    applications: Shelf<ClientId, Arc<Application>>,
    resources: Shelf<Audience, Arc<Application>>,
    users: Shelf<Subject, Arc<User>>,
    consents: Shelf<Between, Arc<[Arc<Consent>]>>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            applications: Shelf::new(APPLICATIONS),
            resources: Shelf::new(APPLICATIONS),
            users: Shelf::new(USERS),
            consents: Shelf::new(CONSENTS),
        }
    }
}

/// A client, what it wants to use, and for whom.
type Between = (ClientId, Audience, Subject);

/// The same, of somebody else.
#[derive(Hash)]
struct Parties<'a>(&'a ClientId, &'a Audience, &'a Subject);

impl Equivalent<Between> for Parties<'_> {
    fn equivalent(&self, (client, resource, user): &Between) -> bool {
        self.0 == client && self.1 == resource && self.2 == user
    }
}

/// Each asks the question only if the answer is not remembered.
impl Remembered {
    pub(crate) async fn application(
        &self,
        id: &ClientId,
        question: impl Future<Output = Result<Option<Application>, StoreError>>,
    ) -> Result<Option<Arc<Application>>, StoreError> {
        let gap = match self.applications.get(id) {
            Ok(found) => return Ok(Some(found)),
            Err(gap) => gap,
        };
        let found = question.await?.map(Arc::new);
        Ok(found.inspect(|found| self.applications.keep(gap, id.clone(), Arc::clone(found))))
    }

    pub(crate) async fn resource(
        &self,
        audience: &Audience,
        question: impl Future<Output = Result<Option<Application>, StoreError>>,
    ) -> Result<Option<Arc<Application>>, StoreError> {
        let gap = match self.resources.get(audience) {
            Ok(found) => return Ok(Some(found)),
            Err(gap) => gap,
        };
        let found = question.await?.map(Arc::new);
        Ok(found.inspect(|found| self.resources.keep(gap, audience.clone(), Arc::clone(found))))
    }

    pub(crate) async fn user(
        &self,
        id: &Subject,
        question: impl Future<Output = Result<Option<User>, StoreError>>,
    ) -> Result<Option<Arc<User>>, StoreError> {
        let gap = match self.users.get(id) {
            Ok(found) => return Ok(Some(found)),
            Err(gap) => gap,
        };
        let found = question.await?.map(Arc::new);
        Ok(found.inspect(|found| self.users.keep(gap, id.clone(), Arc::clone(found))))
    }

    pub(crate) async fn consents_for(
        &self,
        (client, resource, user): (&ClientId, &Audience, &Subject),
        question: impl Future<Output = Result<Vec<Consent>, StoreError>>,
    ) -> Result<Vec<Arc<Consent>>, StoreError> {
        let gap = match self.consents.get(&Parties(client, resource, user)) {
            Ok(found) => return Ok(found.to_vec()),
            Err(gap) => gap,
        };
        let found: Vec<_> = question.await?.into_iter().map(Arc::new).collect();
        let parties = (client.clone(), resource.clone(), user.clone());
        self.consents.keep(gap, parties, found.as_slice().into());
        Ok(found)
    }
}

impl Remembered {
    /// From now on nobody is told what this was.
    pub(crate) fn forget(&self, changed: &Changed) {
        match changed {
            Changed::Application(id) => {
                self.applications.forget(id);
                self.resources.forget_all(|_, application| application.id == *id);
            }
            Changed::User(id) => self.users.forget(id),
            Changed::Users => self.users.forget_all(|_, _| true),
            Changed::Consent(id) => {
                self.consents.forget_all(|_, all| all.iter().any(|consent| consent.id == *id));
            }
            Changed::Consents(client, resource, Some(user)) => {
                self.consents.forget(&Parties(client, resource, user));
            }
            Changed::Consents(client, resource, None) => {
                self.consents.forget_all(|key, _| key.0 == *client && key.1 == *resource);
            }
        }
    }

    /// From now on nobody is told what anything was.
    pub(crate) fn forget_everything(&self) {
        self.applications.forget_all(|_, _| true);
        self.resources.forget_all(|_, _| true);
        self.users.forget_all(|_, _| true);
        self.consents.forget_all(|_, _| true);
    }
}

#[cfg(test)]
mod tests;
