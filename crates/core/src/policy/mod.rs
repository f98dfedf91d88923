//! Step 4: may it? Facts in, a permit or a reason out. Nothing here awaits anything.

pub(crate) mod beforehand;
pub mod front_end;
mod permit;
mod rules;

pub use permit::{OfUser, Permit, PermitFor};
pub use rules::{RULES, Rule};
pub(crate) use rules::{assigned_to, refuse_missing};

use crate::denied::Denied;
use crate::model::application::Application;
use crate::model::consent::Consent;
use crate::model::permission::Edge;
use crate::model::revocation::Revocation;
use crate::model::subject::SubjectFacts;
use crate::model::user::User;
use crate::settings::Settings;
use std::borrow::Cow;
use std::sync::Arc;
use stead_proto::claims::Confirmation;
use stead_proto::grants::Target;
use stead_proto::id::{ClientId, ConsentId, Issuer};
use stead_proto::scope::ScopeSet;
use stead_proto::time::{Seconds, Timestamp};

/// Everything the rules may look at, gathered before the first of them is asked.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Whose names for clients these are.
    pub issuer: &'a Issuer,
    /// Who asks.
    pub client: &'a Application,
    /// What its subject token says, or why it will not do.
    pub subject: &'a Result<Arc<SubjectFacts>, Denied>,
    /// The user on file.
    pub user: Option<&'a Arc<User>>,
    /// Every client the subject token came through, and what is on file of it.
    pub through: &'a [(ClientId, Option<Arc<Application>>)],
    /// The facts about everything the subject descends from, and about the consents below.
    pub revocations: &'a [Revocation],
    /// The key that the request proved to hold.
    pub proof: Option<&'a Confirmation>,
    /// Whom the actor token speaks of, when one was sent.
    pub actor: Option<&'a Result<ClientId, Denied>>,
    /// What is asked for.
    pub target: &'a Target,
    /// The resource on file.
    pub resource: Option<&'a Application>,
    /// The consents the client has towards it.
    pub consents: &'a [Arc<Consent>],
    /// Lifetimes and limits.
    pub settings: &'a Settings,
    /// Now.
    pub now: Timestamp,
}

/// What the rules have found so far, each building on those before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft<'a> {
    pub(crate) subject: Option<&'a SubjectFacts>,
    pub(crate) user: Option<&'a Arc<User>>,
    pub(crate) resource: Option<&'a Application>,
    pub(crate) edge: Option<Cow<'a, Edge>>,
    pub(crate) granted: Option<ScopeSet>,
    pub(crate) consents: Option<Vec<ConsentId>>,
    pub(crate) preauthorized: ScopeSet,
    pub(crate) lifetime: Option<Seconds>,
}

/// What a rule answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It holds.
    Passed,
    /// It does not, for this reason.
    Denied(Denied),
    /// It cannot be asked, because an earlier rule found nothing to ask it about.
    NotAsked,
}

impl From<Result<(), Denied>> for Answer {
    fn from(result: Result<(), Denied>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(denied) => Self::Denied(denied),
        }
    }
}

/// Asks every rule in order; the first that does not hold is the reason.
pub fn decide(facts: &Facts<'_>) -> Result<Permit, Denied> {
    let mut draft = Draft::default();
    for rule in &RULES {
        match (rule.ask)(facts, &mut draft) {
            Answer::Passed => {}
            Answer::Denied(denied) => return Err(denied),
            // Cannot happen after the earlier rules passed; if it ever does, nothing is granted.
            Answer::NotAsked => return Err(Denied::ScopeEmpty),
        }
    }
    Permit::of_exchange(facts, draft).ok_or(Denied::ScopeEmpty)
}
