//! One tenant's answers.

use super::fault::Fault;
use super::known::Known;
use super::marks::Mark;
use super::queue::{Job, closed};
use super::scoped::Scoped;
use super::{
    Shared, applications, codes, consents, devices, factors, keys, records, sessions, users,
};
use async_trait::async_trait;
use std::sync::Arc;
use stead_core::chain::{ChainEnds, ChainedRecord, RecordQuery};
use stead_core::commit::{Commit, CommitError, Receipt};
use stead_core::model::application::Application;
use stead_core::model::code::{CodeGrant, Use};
use stead_core::model::consent::Consent;
use stead_core::model::device::DeviceGrant;
use stead_core::model::factors::Factors;
use stead_core::model::key::StoredKey;
use stead_core::model::refresh::RefreshGrant;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_core::model::session::Session;
use stead_core::model::tenant::TrustedIssuer;
use stead_core::model::user::{Group, User};
use stead_core::ports::{Store, StoreError};
use stead_proto::device::UserCode;
use stead_proto::id::{
    Audience, ClientId, ConsentId, CredentialId, Issuer, SessionId, Subject, Username,
};
use stead_proto::secret::SecretHash;
use tokio::sync::oneshot;

#[derive(Debug)]
pub(super) struct Tenant {
    shared: Arc<Shared>,
    known: Arc<Known>,
}

impl Tenant {
    pub(super) fn new(shared: Arc<Shared>, known: Arc<Known>) -> Self {
        Self { shared, known }
    }

    /// Asks the file a quick question. Of a tenant without a number it knows nothing.
    fn ask<T: Default>(
        &self,
        question: impl FnOnce(Scoped<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let Some(number) = self.known.number.get() else { return Ok(T::default()) };
        self.shared.readers.quick(|db| question(Scoped::new(db, *number)))
    }

    /// Asks the file a question whose answer may take time.
    async fn ask_for_long<T: Default + Send + 'static>(
        &self,
        question: impl FnOnce(Scoped<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(number) = self.known.number.get().copied() else { return Ok(T::default()) };
        self.shared.readers.slow(move |db| question(Scoped::new(db, number))).await
    }
}

#[async_trait]
impl Store for Tenant {
    async fn commit(&self, commit: Commit) -> Result<Receipt, CommitError> {
        let json = serde_json::to_string(&commit.record)
            .map_err(|error| StoreError::Broken(format!("a record cannot be written: {error}")))?;
        let mark = Mark::of(&commit.record);
        let (answer, answered) = oneshot::channel();
        let tenant = Arc::clone(&self.known);
        self.shared.queue.push(Job { tenant, commit, json, mark, answer })?;
        answered.await.map_err(|_| closed())?
    }

    async fn application(&self, id: &ClientId) -> Result<Option<Arc<Application>>, StoreError> {
        let question = async { self.ask(|db| applications::get(db, id)) };
        self.known.remembered.application(id, question).await
    }

    async fn resource(&self, audience: &Audience) -> Result<Option<Arc<Application>>, StoreError> {
        let question = async { self.ask(|db| applications::resource(db, audience)) };
        self.known.remembered.resource(audience, question).await
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        self.ask(applications::all)
    }

    async fn user(&self, id: &Subject) -> Result<Option<Arc<User>>, StoreError> {
        let question = async { self.ask(|db| users::get(db, id)) };
        self.known.remembered.user(id, question).await
    }

    async fn user_named(&self, name: &Username) -> Result<Option<User>, StoreError> {
        self.ask(|db| users::named(db, name))
    }

    async fn users(&self, after: Option<&Subject>, limit: usize) -> Result<Vec<User>, StoreError> {
        let after = after.cloned();
        self.ask_for_long(move |db| users::some(db, after.as_ref(), limit)).await
    }

    async fn users_of_files(&self) -> Result<Vec<User>, StoreError> {
        self.ask_for_long(users::of_files).await
    }

    async fn factors(&self, user: &Subject) -> Result<Factors, StoreError> {
        self.ask(|db| factors::get(db, user))
    }

    async fn passkey_owner(&self, passkey: &CredentialId) -> Result<Option<Subject>, StoreError> {
        self.ask(|db| factors::owner(db, passkey))
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.ask(users::groups)
    }

    async fn consent(&self, id: &ConsentId) -> Result<Option<Consent>, StoreError> {
        self.ask(|db| consents::get(db, id))
    }

    async fn consents_for(
        &self,
        client: &ClientId,
        resource: &Audience,
        user: &Subject,
    ) -> Result<Vec<Arc<Consent>>, StoreError> {
        let question =
            async { self.ask(|db| consents::that_speak_for(db, client, resource, user)) };
        self.known.remembered.consents_for((client, resource, user), question).await
    }

    async fn consents(
        &self,
        client: Option<&ClientId>,
        resource: Option<&Audience>,
    ) -> Result<Vec<Consent>, StoreError> {
        if let Some(client) = client {
            return self.ask(|db| consents::of_client(db, client, resource));
        }
        let resource = resource.cloned();
        self.ask_for_long(move |db| consents::of_all(db, resource.as_ref())).await
    }

    async fn session_by_secret(&self, secret: &SecretHash) -> Result<Option<Session>, StoreError> {
        self.ask(|db| sessions::by_secret(db, secret))
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        self.ask(|db| sessions::get(db, id))
    }

    async fn sessions(
        &self,
        user: Option<&Subject>,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        let user = user.cloned();
        self.ask_for_long(move |db| sessions::current(db, user.as_ref(), limit)).await
    }

    async fn code(&self, code: &SecretHash) -> Result<Option<(CodeGrant, Use)>, StoreError> {
        self.ask(|db| codes::code(db, code))
    }

    async fn device(&self, code: &SecretHash) -> Result<Option<DeviceGrant>, StoreError> {
        self.ask(|db| devices::get(db, code))
    }

    async fn device_called(
        &self,
        code: &UserCode,
    ) -> Result<Option<(SecretHash, DeviceGrant)>, StoreError> {
        self.ask(|db| devices::called(db, code))
    }

    async fn refresh(&self, token: &SecretHash) -> Result<Option<(RefreshGrant, Use)>, StoreError> {
        self.ask(|db| codes::refresh(db, token))
    }

    async fn revocations(&self, about: &[Ancestor]) -> Result<Vec<Revocation>, StoreError> {
        Ok(self.known.about(about))
    }

    async fn all_revocations(&self, limit: usize) -> Result<Vec<Revocation>, StoreError> {
        Ok(self.known.newest(limit))
    }

    async fn revocations_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Revocation)>, StoreError> {
        Ok(self.known.after(number, limit))
    }

    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.ask(keys::all)
    }

    async fn trusted_issuer(&self, issuer: &Issuer) -> Result<Option<TrustedIssuer>, StoreError> {
        self.ask(|db| keys::trusted(db, issuer))
    }

    async fn trusted_issuers(&self) -> Result<Vec<TrustedIssuer>, StoreError> {
        self.ask(keys::all_trusted)
    }

    async fn records(&self, query: &RecordQuery) -> Result<Vec<ChainedRecord>, StoreError> {
        let query = query.clone();
        self.ask_for_long(move |db| records::find(db, &query)).await
    }

    async fn heads(&self) -> Result<Vec<ChainEnds>, StoreError> {
        Ok(self.ask(records::ends)?.into_iter().collect())
    }
}
