//! What a change makes old of what is remembered.

use stead_core::commit::Change;
use stead_core::model::consent::Consent;
use stead_proto::id::{Audience, ClientId, ConsentId, Subject};

/// Something that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Changed {
    /// An application.
    Application(ClientId),
    /// A user.
    User(Subject),
    /// Any number of users.
    Users,
    /// A consent, wherever it was found.
    Consent(ConsentId),
    /// What a client may do on a resource: for this user, or for anybody.
    Consents(ClientId, Audience, Option<Subject>),
}

impl Changed {
    /// What a change makes old, if it is something that is remembered.
    pub(crate) fn by(change: &Change) -> Vec<Self> {
        match change {
            Change::PutApplication(it) => vec![Self::Application(it.id.clone())],
            Change::DeleteApplication(id) => vec![Self::Application(id.clone())],
            Change::PutUser(user) => vec![Self::User(user.id.clone())],
            Change::DeleteUser(id) => vec![Self::User(id.clone())],
            Change::DeleteGroup(_) => vec![Self::Users],
            Change::PutConsent(consent) => Self::by_consent(consent),
            Change::DeleteConsent(id) => vec![Self::Consent(id.clone())],
            Change::Expect(_)
            | Change::PutFactors(..)
            | Change::PutGroup(_)
            | Change::PutSession(_)
            | Change::PutCode(..)
            | Change::SpendCode(..)
            | Change::PutDevice(..)
            | Change::Device(..)
            | Change::PutRefresh(..)
            | Change::SpendRefresh { .. }
            | Change::SpendOnce(_)
            | Change::CutRecords { .. }
            | Change::Revoke(_)
            | Change::PutKey(_)
            | Change::PutTrustedIssuer(_)
            | Change::DeleteTrustedIssuer(_) => Vec::new(),
        }
    }

    /// Under its id there may have been one between others.
    fn by_consent(consent: &Consent) -> Vec<Self> {
        let (client, resource) = (consent.client.clone(), consent.resource.clone());
        let now = Self::Consents(client, resource, consent.given_by().cloned());
        vec![Self::Consent(consent.id.clone()), now]
    }
}
