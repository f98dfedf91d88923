//! Faults on purpose: what an emulator lets go wrong, so that clients can be seen to cope. A server without
//! them has none: [`crate::sts::Sts::faults`] is empty.
//!
//! They strike at one place of the road: where a token was about to be issued. So a request that is wrong of
//! itself is told so, and one that a fault refused has spent nothing and can be made again.

use crate::denied::{Denied, Unwell};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt;
use stead_proto::acr::{Acr, StepUp};
use stead_proto::grants::GrantKind;
use stead_proto::id::{Audience, ClientId, Subject};
use stead_proto::jwt::JwtError;
use stead_proto::scope::ScopeSet;
use stead_proto::time::Seconds;

/// Who lets things go wrong.
#[async_trait]
pub trait Faults: Send + Sync + fmt::Debug {
    /// What becomes of a request that would have been answered. Returns when it is to go on.
    async fn strike(&self, about: &About<'_>) -> Strike;
}

/// A token that was about to be issued.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// By which grant.
    pub grant: GrantKind,
    /// For whom; nobody where the client acts as itself.
    pub user: Option<&'a Subject>,
    /// To whom.
    pub client: &'a ClientId,
    /// For which resource.
    pub resource: &'a Audience,
    /// With which scopes.
    pub scopes: &'a ScopeSet,
    /// How strongly the user signed in.
    pub acr: Option<Acr>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strike {
    /// Nothing: it is answered.
    Spared,
    /// It was held up, and is answered.
    Slowed,
    /// It is refused.
    Refused(Denied),
}

/// What a step-up on purpose asks for: what anybody can give who knows their password.
const STRONGER: Acr = Acr::Reauthenticated;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FaultKind {
    /// Nobody agreed.
    ConsentRequired,
    /// The user has to prove anew who they are. Strikes until they have.
    StepUpRequired,
    /// The tenant's policy blocks the user.
    Blocked,
    /// The user is switched off.
    UserDisabled,
    /// The user's token has expired. Strikes exchanges alone.
    AssertionExpired,
    /// This user, client or resource is asked for too often.
    Throttled,
    /// The whole server is: 429 with `Retry-After`, after which libraries stop asking for everybody.
    Overloaded {
        /// After how long to come again.
        retry_after: Seconds,
    },
    /// The answer is late.
    Slow {
        /// By how many milliseconds.
        delay_ms: u32,
    },
    /// The server fails: 500.
    ServerError,
    /// The server cannot answer at present: 503.
    ServerUnavailable,
}

/// Whom a fault strikes: everybody, but for what is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Tokens for this user only.
    pub user: Option<Subject>,
    /// Tokens asked for by this client only.
    pub client: Option<ClientId>,
    /// Tokens for this resource only.
    pub resource: Option<Audience>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// For whom.
    pub scope: Scope,
    /// How many more times; without end if absent.
    pub times: Option<u32>,
}

impl Fault {
    /// Whether it strikes this request.
    #[must_use]
    pub fn strikes(&self, about: &About<'_>) -> bool {
        let Scope { user, client, resource } = &self.scope;
        let of_its_sort = match self.kind {
            FaultKind::AssertionExpired => about.grant == GrantKind::OnBehalfOf,
            FaultKind::StepUpRequired => about.user.is_some() && about.acr < Some(STRONGER),
            _ => true,
        };
        of_its_sort
            && self.times != Some(0)
            && (user.is_none() || user.as_ref() == about.user)
            && client.as_ref().is_none_or(|client| client == about.client)
            && resource.as_ref().is_none_or(|resource| resource == about.resource)
    }
}

impl FaultKind {
    /// The refusal, as the request would have met it in earnest; none where it is held up only.
    #[must_use]
    pub fn denied(self, about: &About<'_>) -> Option<Denied> {
        let stronger = StepUp { acr: Some(STRONGER), max_age: None };
        Some(match self {
            Self::ConsentRequired => Denied::ConsentMissing(about.scopes.clone()),
            Self::StepUpRequired => Denied::StepUpRequired(stronger),
            Self::Blocked => Denied::Blocked,
            Self::UserDisabled => Denied::UserDisabled,
            Self::AssertionExpired => Denied::SubjectTokenInvalid(JwtError::Expired),
            Self::Throttled => Denied::Throttled,
            Self::Overloaded { retry_after } => Denied::Unwell(Unwell::Overloaded(retry_after)),
            Self::ServerError => Denied::Unwell(Unwell::Broken),
            Self::ServerUnavailable => Denied::Unwell(Unwell::Unavailable),
            Self::Slow { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named<T: std::str::FromStr>(name: &str) -> Option<T> {
        name.parse().ok()
    }

    #[test]
    fn a_fault_strikes_those_it_is_for_as_often_as_it_was_told() {
        let (alice, client): (Subject, ClientId) =
            (named("alice").unwrap(), named("reports").unwrap());
        let (data, scopes): (Audience, _) = (named("api://data").unwrap(), ScopeSet::default());
        let exchange = About {
            grant: GrantKind::OnBehalfOf,
            user: Some(&alice),
            client: &client,
            resource: &data,
            scopes: &scopes,
            acr: Some(Acr::Password),
        };
        let as_itself = About { grant: GrantKind::ClientCredentials, user: None, ..exchange };
        let anew = About { acr: Some(Acr::Reauthenticated), ..exchange };
        let fault = |kind, scope, times| Fault { kind, scope, times };
        let everybody = Scope::default();
        let alices = Scope { user: Some(alice.clone()), ..Scope::default() };
        let bobs = Scope { user: named("bob"), ..Scope::default() };
        let both = Scope { client: Some(client.clone()), resource: Some(data.clone()), user: None };
        let elsewhere = Scope { resource: named("api://other"), ..Scope::default() };
        for (scope, times, of_exchange, of_itself) in [
            (everybody.clone(), None, true, true),
            (everybody.clone(), Some(0), false, false),
            (alices, Some(1), true, false),
            (bobs, None, false, false),
            (both, None, true, true),
            (elsewhere, None, false, false),
        ] {
            let fault = fault(FaultKind::Blocked, scope, times);
            assert_eq!(fault.strikes(&exchange), of_exchange, "{fault:?}");
            assert_eq!(fault.strikes(&as_itself), of_itself, "{fault:?}");
        }
        let weak = fault(FaultKind::StepUpRequired, everybody.clone(), None);
        assert!(weak.strikes(&exchange) && !weak.strikes(&anew) && !weak.strikes(&as_itself));
        let expired = fault(FaultKind::AssertionExpired, everybody, None);
        assert!(expired.strikes(&exchange) && !expired.strikes(&as_itself));
    }
}
