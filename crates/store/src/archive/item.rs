//! What a backup is made of, and the change that puts each thing back.

use crate::keeping;
use serde::{Deserialize, Serialize};
use stead_core::chain::ChainedRecord;
use stead_core::commit::{Change, Once};
use stead_core::model::application::Application;
use stead_core::model::code::CodeGrant;
use stead_core::model::consent::Consent;
use stead_core::model::device::DeviceGrant;
use stead_core::model::factors::Factors;
use stead_core::model::key::StoredKey;
use stead_core::model::refresh::RefreshGrant;
use stead_core::model::revocation::Revocation;
use stead_core::model::session::Session;
use stead_core::model::tenant::TrustedIssuer;
use stead_core::model::user::{Group, User};
use stead_proto::digest::Sha256;
use stead_proto::id::{Subject, TenantId};
use stead_proto::secret::SecretHash;
use stead_proto::time::{Seconds, Timestamp};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Item {
    /// What follows is of this tenant.
    Tenant(TenantId),
    Key(StoredKey),
    TrustedIssuer(TrustedIssuer),
    Group(Group),
    User(Box<User>),
    Factors(Subject, Box<Factors>),
    Application(Box<Application>),
    Consent(Consent),
    Revocation(Revocation),
    Session(Session),
    Code(Spendable<CodeGrant>),
    RefreshToken(Spendable<RefreshGrant>),
    Device(SecretHash, Box<DeviceGrant>),
    /// A name that was used, and when its use leaves the file.
    Once(Sha256, Timestamp),
    Record(ChainedRecord),
}

/// What works once, by the hash of what the client holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spendable<T> {
    pub(crate) hash: SecretHash,
    pub(crate) spent: Option<Timestamp>,
    pub(crate) grant: Box<T>,
}

impl Item {
    /// Its kind, in the plural.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "tenants",
            Self::Key(_) => "signing keys",
            Self::TrustedIssuer(_) => "trusted issuers",
            Self::Group(_) => "groups",
            Self::User(_) => "users",
            Self::Factors(..) => "second factors",
            Self::Application(_) => "applications",
            Self::Consent(_) => "consents",
            Self::Revocation(_) => "revocations",
            Self::Session(_) => "sessions",
            Self::Code(_) => "codes",
            Self::RefreshToken(_) => "refresh tokens",
            Self::Device(..) => "device codes",
            Self::Once(..) => "used assertions",
            Self::Record(_) => "records",
        }
    }

    /// What puts it back. A record has its own way, and a tenant is none.
    pub(crate) fn changes(self) -> Vec<Change> {
        match self {
            Self::Tenant(_) | Self::Record(_) => Vec::new(),
            Self::Key(key) => vec![Change::PutKey(key)],
            Self::TrustedIssuer(issuer) => vec![Change::PutTrustedIssuer(issuer)],
            Self::Group(group) => vec![Change::PutGroup(group)],
            Self::User(user) => vec![Change::PutUser(user)],
            Self::Factors(user, factors) => vec![Change::PutFactors(user, factors)],
            Self::Application(application) => vec![Change::PutApplication(application)],
            Self::Consent(consent) => vec![Change::PutConsent(consent)],
            Self::Revocation(fact) => vec![Change::Revoke(fact)],
            Self::Session(session) => vec![Change::PutSession(session)],
            Self::Code(Spendable { hash, spent, grant }) => {
                let spend = spent.map(|at| Change::SpendCode(hash, at));
                [Some(Change::PutCode(hash, grant)), spend].into_iter().flatten().collect()
            }
            Self::RefreshToken(Spendable { hash, spent, grant }) => {
                let grace = Seconds(0);
                let spend = spent.map(|at| Change::SpendRefresh { token: hash, at, grace });
                [Some(Change::PutRefresh(hash, grant)), spend].into_iter().flatten().collect()
            }
            Self::Device(code, grant) => vec![Change::PutDevice(code, grant)],
            Self::Once(key, kept) => {
                vec![Change::SpendOnce(Once { key, until: keeping::once_until(kept) })]
            }
        }
    }
}
