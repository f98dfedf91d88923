//! One tenant's answers.

use super::state::State;
use crate::names;
use async_trait::async_trait;
use std::cmp::Reverse;
use std::ops::Bound;
use std::sync::{Arc, Mutex};
use stead_core::chain::{Chain, ChainEnds, ChainedRecord, RecordQuery};
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

#[derive(Debug)]
pub(super) struct Tenant {
    state: Arc<Mutex<State>>,
    chain: Chain,
}

impl Tenant {
    pub(super) fn new(state: Arc<Mutex<State>>, chain: Chain) -> Self {
        Self { state, chain }
    }

    /// Nothing else happens to this tenant meanwhile.
    fn ask<T>(&self, question: impl FnOnce(&mut State) -> T) -> Result<T, StoreError> {
        let stopped = |_| StoreError::Broken("a commit stopped half-way".into());
        Ok(question(&mut *self.state.lock().map_err(stopped)?))
    }
}

#[async_trait]
impl Store for Tenant {
    async fn commit(&self, commit: Commit) -> Result<Receipt, CommitError> {
        let json = serde_json::to_string(&commit.record)
            .map_err(|error| StoreError::Broken(format!("a record cannot be written: {error}")))?;
        self.ask(|state| state.commit(commit, json, self.chain))?.map_err(CommitError::Conflict)
    }

    async fn application(&self, id: &ClientId) -> Result<Option<Arc<Application>>, StoreError> {
        self.ask(|state| state.applications.get(id).cloned().map(Arc::new))
    }

    async fn resource(&self, audience: &Audience) -> Result<Option<Arc<Application>>, StoreError> {
        self.ask(|state| {
            let id = state.names.get(&names::canonical(audience.as_str()))?;
            let found = state.applications.get(id)?;
            found.is_addressed_by(audience).then(|| Arc::new(found.clone()))
        })
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        self.ask(|state| state.applications.values().cloned().collect())
    }

    async fn user(&self, id: &Subject) -> Result<Option<Arc<User>>, StoreError> {
        self.ask(|state| state.users.get(id).cloned().map(Arc::new))
    }

    async fn user_named(&self, name: &Username) -> Result<Option<User>, StoreError> {
        self.ask(|state| {
            let id = state.usernames.get(&names::of_user(name))?;
            state.users.get(id).cloned()
        })
    }

    async fn users(&self, after: Option<&Subject>, limit: usize) -> Result<Vec<User>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.ask(|state| {
            let users = state.users.rows().range::<Subject, _>((start, Bound::Unbounded));
            users.take(limit).map(|(_, user)| user.clone()).collect()
        })
    }

    async fn users_of_files(&self) -> Result<Vec<User>, StoreError> {
        let of_files = |user: &&User| user.managed.by_file();
        self.ask(|state| state.users.values().filter(of_files).cloned().collect())
    }

    async fn factors(&self, user: &Subject) -> Result<Factors, StoreError> {
        self.ask(|state| state.factors_of(user))
    }

    async fn passkey_owner(&self, passkey: &CredentialId) -> Result<Option<Subject>, StoreError> {
        self.ask(|state| state.passkeys.get(passkey).cloned())
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.ask(|state| state.groups.values().cloned().collect())
    }

    async fn consent(&self, id: &ConsentId) -> Result<Option<Consent>, StoreError> {
        self.ask(|state| state.consents.get(id).cloned())
    }

    async fn consents_for(
        &self,
        client: &ClientId,
        resource: &Audience,
        user: &Subject,
    ) -> Result<Vec<Arc<Consent>>, StoreError> {
        let wanted = |consent: &&Consent| {
            consent.client == *client
                && consent.resource == *resource
                && consent.given_by().is_none_or(|giver| giver == user)
        };
        let found = |state: &mut State| {
            state.consents.values().filter(wanted).cloned().map(Arc::new).collect()
        };
        self.ask(found)
    }

    async fn consents(
        &self,
        client: Option<&ClientId>,
        resource: Option<&Audience>,
    ) -> Result<Vec<Consent>, StoreError> {
        let wanted = |consent: &&Consent| {
            client.is_none_or(|client| consent.client == *client)
                && resource.is_none_or(|resource| consent.resource == *resource)
        };
        self.ask(|state| state.consents.values().filter(wanted).cloned().collect())
    }

    async fn session_by_secret(&self, secret: &SecretHash) -> Result<Option<Session>, StoreError> {
        self.ask(|state| {
            let id = state.session_secrets.get(secret)?;
            state.sessions.get(id).cloned()
        })
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        self.ask(|state| state.sessions.get(id).cloned())
    }

    async fn sessions(
        &self,
        user: Option<&Subject>,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        self.ask(|state| {
            let wanted = |session: &&Session| {
                session.expires > state.latest && user.is_none_or(|user| session.user == *user)
            };
            let mut found: Vec<&Session> = state.sessions.values().filter(wanted).collect();
            found.sort_by_key(|session| Reverse(session.started));
            found.into_iter().take(limit).cloned().collect()
        })
    }

    async fn code(&self, code: &SecretHash) -> Result<Option<(CodeGrant, Use)>, StoreError> {
        self.ask(|state| state.codes.get(code).map(|kept| (kept.grant.clone(), kept.used)))
    }

    async fn device(&self, code: &SecretHash) -> Result<Option<DeviceGrant>, StoreError> {
        self.ask(|state| state.devices.get(code).cloned())
    }

    async fn device_called(
        &self,
        code: &UserCode,
    ) -> Result<Option<(SecretHash, DeviceGrant)>, StoreError> {
        self.ask(|state| state.device_called(code))
    }

    async fn refresh(&self, token: &SecretHash) -> Result<Option<(RefreshGrant, Use)>, StoreError> {
        self.ask(|state| {
            state.refresh_tokens.get(token).map(|kept| (kept.grant.clone(), kept.used))
        })
    }

    async fn revocations(&self, about: &[Ancestor]) -> Result<Vec<Revocation>, StoreError> {
        self.ask(|state| state.facts.about(about))
    }

    async fn all_revocations(&self, limit: usize) -> Result<Vec<Revocation>, StoreError> {
        self.ask(|state| state.facts.newest(limit))
    }

    async fn revocations_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Revocation)>, StoreError> {
        self.ask(|state| state.facts.after(number, limit))
    }

    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.ask(|state| state.keys_by_age())
    }

    async fn trusted_issuer(&self, issuer: &Issuer) -> Result<Option<TrustedIssuer>, StoreError> {
        self.ask(|state| state.trusted_issuers.get(issuer).cloned())
    }

    async fn trusted_issuers(&self) -> Result<Vec<TrustedIssuer>, StoreError> {
        self.ask(|state| state.trusted_issuers.values().cloned().collect())
    }

    async fn records(&self, query: &RecordQuery) -> Result<Vec<ChainedRecord>, StoreError> {
        self.ask(|state| state.records(query))
    }

    async fn heads(&self) -> Result<Vec<ChainEnds>, StoreError> {
        self.ask(|state| state.ends())
    }
}
