//! What the core asks of the world. Questions, not tables.

pub use crate::failure::StoreError;

use crate::chain::{ChainEnds, ChainedRecord, RecordQuery};
use crate::commit::{Commit, CommitError, Receipt};
use crate::keys::KeyRing;
use crate::model::application::Application;
use crate::model::code::{CodeGrant, Use};
use crate::model::consent::Consent;
use crate::model::device::DeviceGrant;
use crate::model::factors::Factors;
use crate::model::key::StoredKey;
use crate::model::refresh::RefreshGrant;
use crate::model::revocation::{Ancestor, Revocation};
use crate::model::session::Session;
use crate::model::tenant::TrustedIssuer;
use crate::model::user::{Group, PasswordHash, User};
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;
use stead_proto::device::UserCode;
use stead_proto::id::{
    Audience, ClientId, ConsentId, CredentialId, Issuer, KeyId, SessionId, Subject, Username,
};
use stead_proto::jwt::KeySet;
use stead_proto::secret::{Password, SecretHash};

/// One tenant's memory. A handle sees one tenant; another tenant's data cannot be asked for with it.
///
/// Absence is an answer. All writing is [`Store::commit`].
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// Applies all changes and appends the record, or does nothing. Returns once that is durable.
    async fn commit(&self, commit: Commit) -> Result<Receipt, CommitError>;

    /// An application by its client id.
    async fn application(&self, id: &ClientId) -> Result<Option<Arc<Application>>, StoreError>;
    /// The application a token with this audience is made for: by audience, else by client id.
    async fn resource(&self, audience: &Audience) -> Result<Option<Arc<Application>>, StoreError>;
    /// All applications, by id.
    async fn applications(&self) -> Result<Vec<Application>, StoreError>;

    /// A user by id.
    async fn user(&self, id: &Subject) -> Result<Option<Arc<User>>, StoreError>;
    /// A user by the name they sign in with; case does not matter.
    async fn user_named(&self, name: &Username) -> Result<Option<User>, StoreError>;
    /// Users in the order of their ids, after one, at most so many.
    async fn users(&self, after: Option<&Subject>, limit: usize) -> Result<Vec<User>, StoreError>;
    /// The users that resource files look after, by id. However many others there are, they are not read.
    async fn users_of_files(&self) -> Result<Vec<User>, StoreError>;
    /// What a user can prove beside their password; nothing, of a user who is not there.
    async fn factors(&self, user: &Subject) -> Result<Factors, StoreError>;
    /// Whose passkey this is.
    async fn passkey_owner(&self, passkey: &CredentialId) -> Result<Option<Subject>, StoreError>;
    /// All groups, by id.
    async fn groups(&self) -> Result<Vec<Group>, StoreError>;

    /// A consent by id.
    async fn consent(&self, id: &ConsentId) -> Result<Option<Consent>, StoreError>;
    /// The consents of a client towards a resource that can speak for a user: those the user gave, and
    /// those an administrator gave. However many other users agreed, they are not read.
    async fn consents_for(
        &self,
        client: &ClientId,
        resource: &Audience,
        user: &Subject,
    ) -> Result<Vec<Arc<Consent>>, StoreError>;
    /// All consents, of one client and towards one resource if they are named.
    async fn consents(
        &self,
        client: Option<&ClientId>,
        resource: Option<&Audience>,
    ) -> Result<Vec<Consent>, StoreError>;

    /// A session by what the browser's cookie hashes to.
    async fn session_by_secret(&self, secret: &SecretHash) -> Result<Option<Session>, StoreError>;
    /// A session by id.
    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError>;
    /// Sessions that have not expired by their own clock, of one user if one is named; newest first.
    async fn sessions(
        &self,
        user: Option<&Subject>,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError>;

    /// A code by hash, and whether it was used.
    async fn code(&self, code: &SecretHash) -> Result<Option<(CodeGrant, Use)>, StoreError>;
    /// What a device asked for, by the hash of its device code.
    async fn device(&self, code: &SecretHash) -> Result<Option<DeviceGrant>, StoreError>;
    /// The same by what its user types, with that hash. Of several that had this code, the last one.
    async fn device_called(
        &self,
        code: &UserCode,
    ) -> Result<Option<(SecretHash, DeviceGrant)>, StoreError>;
    /// A refresh token by hash, and whether it was used.
    async fn refresh(&self, token: &SecretHash) -> Result<Option<(RefreshGrant, Use)>, StoreError>;

    /// The facts about these, if there are any.
    async fn revocations(&self, about: &[Ancestor]) -> Result<Vec<Revocation>, StoreError>;
    /// All facts, newest first, at most so many.
    async fn all_revocations(&self, limit: usize) -> Result<Vec<Revocation>, StoreError>;
    /// What this very store has learned after the fact of that number, in the order in which it did, at most
    /// so many; from the first on after 0. Numbers mean something to no other node and no later start.
    async fn revocations_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Revocation)>, StoreError>;

    /// Signing keys, oldest first.
    async fn keys(&self) -> Result<Vec<StoredKey>, StoreError>;

    /// Somebody else whose tokens are accepted here.
    async fn trusted_issuer(&self, issuer: &Issuer) -> Result<Option<TrustedIssuer>, StoreError>;
    /// All of them, by issuer.
    async fn trusted_issuers(&self) -> Result<Vec<TrustedIssuer>, StoreError>;

    /// Records that fit: the newest first, or in the order of one chain.
    async fn records(&self, query: &RecordQuery) -> Result<Vec<ChainedRecord>, StoreError>;
    /// The ends of all chains as kept beside them, by the number of the chain.
    async fn heads(&self) -> Result<Vec<ChainEnds>, StoreError>;
}

/// Where a tenant's keys are, at this instant.
#[async_trait]
pub trait Keys: Send + Sync + fmt::Debug {
    /// The ring to use for one whole request.
    fn ring(&self) -> Arc<KeyRing>;
    /// The same once nothing is in the making that it lacks. That is so at once, but at a tenant's very
    /// first start, when one kind of key takes a while to make.
    async fn complete(&self) -> Arc<KeyRing>;
}

/// The public keys of issuers elsewhere, by their discovery documents.
#[async_trait]
pub trait IssuerKeys: Send + Sync + fmt::Debug {
    /// The keys of an issuer that something on file names, looked for anew, now and then, if this one is
    /// not among them; `None` if they cannot be had. It is never asked about an issuer that only a token
    /// names.
    async fn keys_of(&self, issuer: &Issuer, key: Option<&KeyId>) -> Option<Arc<KeySet>>;
}

/// How passwords become hashes (argon2id). Slow on purpose: callers keep it off their own threads.
pub trait Passwords: Send + Sync + fmt::Debug {
    /// Hashes a new password.
    fn hash(&self, password: &Password) -> Result<PasswordHash, StoreError>;
    /// Whether this is the password.
    fn verify(&self, password: &Password, hash: &PasswordHash) -> bool;
}
