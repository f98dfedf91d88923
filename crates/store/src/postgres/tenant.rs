//! One tenant's answers.

use super::connection::Connection;
use super::fault::Fault;
use super::follower::refresh;
use super::known::Known;
use super::queue::{Job, closed};
use super::readers::Reader;
use super::scoped::Scoped;
use super::{
    Shared, applications, codes, consents, devices, factors, keys, records, sessions, users,
};
use crate::remembered::Remembered;
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
    Audience, ClientId, ConsentId, CredentialId, Issuer, SessionId, Subject, TenantId, Username,
};
use stead_proto::secret::SecretHash;
use tokio::sync::oneshot;

#[derive(Debug)]
pub(super) struct Tenant {
    shared: Arc<Shared>,
    known: Arc<Known>,
}

/// The number of no tenant: a tenant that is not on file has nothing on file.
const NOBODY: i64 = 0;

impl Tenant {
    pub(super) fn new(shared: Arc<Shared>, known: Arc<Known>) -> Self {
        Self { shared, known }
    }

    /// A connection for quick questions.
    async fn quick(&self) -> Result<Asked<'_>, StoreError> {
        self.asking(self.shared.readers.quick().await?).await
    }

    /// The same for long questions.
    async fn slow(&self) -> Result<Asked<'_>, StoreError> {
        self.asking(self.shared.readers.slow().await?).await
    }

    /// With the tenant's number, which another node may have given it.
    async fn asking<'a>(&self, reader: Reader<'a>) -> Result<Asked<'a>, StoreError> {
        if let Some(number) = self.known.number.get() {
            return Ok(Asked { reader, tenant: *number });
        }
        let found = number_of(reader.connection(), &self.known.id);
        let found = reader.answer(found).await?;
        let tenant = found.map_or(NOBODY, |number| *self.known.number.get_or_init(|| number));
        Ok(Asked { reader, tenant })
    }

    /// What is remembered of what every token asks for, while it is sure to be all there is.
    fn remembered(&self) -> Option<&Remembered> {
        self.known.is_fresh().then_some(&self.known.remembered)
    }

    /// Makes sure that every fact stated before is known here. What was found out just now is believed; else
    /// the database is asked, and while it does not answer nobody is told that something is alive.
    async fn catch_up(&self) -> Result<(), StoreError> {
        if self.known.is_fresh() {
            return Ok(());
        }
        let db = self.quick().await?;
        db.answer(refresh(db.scoped(), &self.known)).await
    }
}

/// A connection on which this tenant's questions are asked.
struct Asked<'a> {
    reader: Reader<'a>,
    tenant: i64,
}

impl Asked<'_> {
    fn scoped(&self) -> Scoped<'_> {
        Scoped::new(self.reader.connection(), self.tenant)
    }

    async fn answer<T>(
        &self,
        question: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, StoreError> {
        self.reader.answer(question).await
    }
}

async fn number_of(db: &Connection, tenant: &TenantId) -> Result<Option<i64>, Fault> {
    let rows = db.rows("SELECT number FROM tenants WHERE id = $1", &[&tenant.as_str()]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

#[async_trait]
impl Store for Tenant {
    async fn commit(&self, commit: Commit) -> Result<Receipt, CommitError> {
        let json = serde_json::to_string(&commit.record)
            .map_err(|error| StoreError::Broken(format!("a record cannot be written: {error}")))?;
        let (answer, answered) = oneshot::channel();
        let tenant = Arc::clone(&self.known);
        self.shared.queue.push(Job { tenant, commit, json, answer })?;
        answered.await.map_err(|_| closed())?
    }

    async fn application(&self, id: &ClientId) -> Result<Option<Arc<Application>>, StoreError> {
        let question = async {
            let db = self.quick().await?;
            db.answer(applications::get(db.scoped(), id)).await
        };
        match self.remembered() {
            Some(remembered) => remembered.application(id, question).await,
            None => Ok(question.await?.map(Arc::new)),
        }
    }

    async fn resource(&self, audience: &Audience) -> Result<Option<Arc<Application>>, StoreError> {
        let question = async {
            let db = self.quick().await?;
            db.answer(applications::resource(db.scoped(), audience)).await
        };
        match self.remembered() {
            Some(remembered) => remembered.resource(audience, question).await,
            None => Ok(question.await?.map(Arc::new)),
        }
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        let db = self.quick().await?;
        db.answer(applications::all(db.scoped())).await
    }

    async fn user(&self, id: &Subject) -> Result<Option<Arc<User>>, StoreError> {
        let question = async {
            let db = self.quick().await?;
            db.answer(users::get(db.scoped(), id)).await
        };
        match self.remembered() {
            Some(remembered) => remembered.user(id, question).await,
            None => Ok(question.await?.map(Arc::new)),
        }
    }

    async fn user_named(&self, name: &Username) -> Result<Option<User>, StoreError> {
        let db = self.quick().await?;
        db.answer(users::named(db.scoped(), name)).await
    }

    async fn users(&self, after: Option<&Subject>, limit: usize) -> Result<Vec<User>, StoreError> {
        let db = self.slow().await?;
        db.answer(users::some(db.scoped(), after, limit)).await
    }

    async fn users_of_files(&self) -> Result<Vec<User>, StoreError> {
        let db = self.slow().await?;
        db.answer(users::of_files(db.scoped())).await
    }

    async fn factors(&self, user: &Subject) -> Result<Factors, StoreError> {
        let db = self.quick().await?;
        db.answer(factors::get(db.scoped(), user)).await
    }

    async fn passkey_owner(&self, passkey: &CredentialId) -> Result<Option<Subject>, StoreError> {
        let db = self.quick().await?;
        db.answer(factors::owner(db.scoped(), passkey)).await
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        let db = self.quick().await?;
        db.answer(users::groups(db.scoped())).await
    }

    async fn consent(&self, id: &ConsentId) -> Result<Option<Consent>, StoreError> {
        let db = self.quick().await?;
        db.answer(consents::get(db.scoped(), id)).await
    }

    async fn consents_for(
        &self,
        client: &ClientId,
        resource: &Audience,
        user: &Subject,
    ) -> Result<Vec<Arc<Consent>>, StoreError> {
        let question = async {
            let db = self.quick().await?;
            db.answer(consents::that_speak_for(db.scoped(), client, resource, user)).await
        };
        match self.remembered() {
            Some(remembered) => remembered.consents_for((client, resource, user), question).await,
            None => Ok(question.await?.into_iter().map(Arc::new).collect()),
        }
    }

    async fn consents(
        &self,
        client: Option<&ClientId>,
        resource: Option<&Audience>,
    ) -> Result<Vec<Consent>, StoreError> {
        if let Some(client) = client {
            let db = self.quick().await?;
            return db.answer(consents::of_client(db.scoped(), client, resource)).await;
        }
        let db = self.slow().await?;
        db.answer(consents::of_all(db.scoped(), resource)).await
    }

    async fn session_by_secret(&self, secret: &SecretHash) -> Result<Option<Session>, StoreError> {
        let db = self.quick().await?;
        db.answer(sessions::by_secret(db.scoped(), secret)).await
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        let db = self.quick().await?;
        db.answer(sessions::get(db.scoped(), id)).await
    }

    async fn sessions(
        &self,
        user: Option<&Subject>,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        let db = self.slow().await?;
        db.answer(sessions::current(db.scoped(), user, limit)).await
    }

    async fn code(&self, code: &SecretHash) -> Result<Option<(CodeGrant, Use)>, StoreError> {
        let db = self.quick().await?;
        db.answer(codes::code(db.scoped(), code)).await
    }

    async fn device(&self, code: &SecretHash) -> Result<Option<DeviceGrant>, StoreError> {
        let db = self.quick().await?;
        db.answer(devices::get(db.scoped(), code)).await
    }

    async fn device_called(
        &self,
        code: &UserCode,
    ) -> Result<Option<(SecretHash, DeviceGrant)>, StoreError> {
        let db = self.quick().await?;
        db.answer(devices::called(db.scoped(), code)).await
    }

    async fn refresh(&self, token: &SecretHash) -> Result<Option<(RefreshGrant, Use)>, StoreError> {
        let db = self.quick().await?;
        db.answer(codes::refresh(db.scoped(), token)).await
    }

    async fn revocations(&self, about: &[Ancestor]) -> Result<Vec<Revocation>, StoreError> {
        self.catch_up().await?;
        Ok(self.known.about(about))
    }

    async fn all_revocations(&self, limit: usize) -> Result<Vec<Revocation>, StoreError> {
        self.catch_up().await?;
        Ok(self.known.newest(limit))
    }

    async fn revocations_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Revocation)>, StoreError> {
        self.catch_up().await?;
        Ok(self.known.after(number, limit))
    }

    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        let db = self.quick().await?;
        db.answer(keys::all(db.scoped())).await
    }

    async fn trusted_issuer(&self, issuer: &Issuer) -> Result<Option<TrustedIssuer>, StoreError> {
        let db = self.quick().await?;
        db.answer(keys::trusted(db.scoped(), issuer)).await
    }

    async fn trusted_issuers(&self) -> Result<Vec<TrustedIssuer>, StoreError> {
        let db = self.quick().await?;
        db.answer(keys::all_trusted(db.scoped())).await
    }

    async fn records(&self, query: &RecordQuery) -> Result<Vec<ChainedRecord>, StoreError> {
        let db = self.slow().await?;
        db.answer(records::find(db.scoped(), query)).await
    }

    async fn heads(&self) -> Result<Vec<ChainEnds>, StoreError> {
        let db = self.quick().await?;
        db.answer(records::ends(db.scoped())).await
    }
}
