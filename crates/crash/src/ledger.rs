//! What the clients were told: the promises that have to hold whatever becomes of the server.

use crate::loss::Loss;
use crate::once::Once;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use stead_core::model::revocation::Ancestor;
use stead_proto::id::{ConsentId, TokenId};
use stead_proto::secret::{SecretHash, SessionSecret};

/// How a request was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// As asked; with which token, if one was issued.
    Accepted(Option<TokenId>),
    /// Refused, for a reason that is on record.
    Refused,
    /// Not at all, or that it could not be done: it may have been done or not.
    Unknown,
}

/// A request whose answer matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What was used for it.
    pub uses: Option<Once>,
    /// How it was answered.
    pub answer: Answer,
}

/// How often something that works once was seen to work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Whether anybody tried.
    pub tried: bool,
    /// The requests that were accepted, as they were answered or as they stand on record.
    pub accepted: BTreeSet<String>,
}

/// Where a consent stands, as it was last acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was given.
    Given,
    /// It was asked to be withdrawn, and nobody knows whether it was.
    Open,
    /// It was withdrawn.
    Withdrawn,
}

/// All that was promised.
#[derive(Debug, Clone, Default)]
pub struct Promises {
    /// Requests since the last look, by the name they have on record.
    pub attempts: BTreeMap<String, Attempt>,
    /// What works once and was handed out, or made by us.
    pub once: BTreeMap<Once, Uses>,
    /// What was revoked.
    pub revoked: BTreeSet<Ancestor>,
    /// Consents.
    pub consents: BTreeMap<ConsentId, Standing>,
    /// Sessions that began.
    pub sessions: BTreeSet<SecretHash>,
    /// What was already seen to be lost, by an answer.
    pub losses: Vec<Loss>,
    /// How many requests were begun, ever.
    pub begun: u64,
}

/// The promises, shared by everybody who is promised something.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Promises>);

impl From<Promises> for Ledger {
    fn from(promises: Promises) -> Self {
        Self(Mutex::new(promises))
    }
}

impl Ledger {
    /// A request is about to be sent; answers the name it is to have on record.
    pub fn begin(&self, uses: Option<&Once>) -> String {
        let mut promises = self.lock();
        promises.begun += 1;
        let name = format!("crash-{}", promises.begun);
        if let Some(once) = uses {
            promises.once.entry(once.clone()).or_default().tried = true;
        }
        let attempt = Attempt { uses: uses.cloned(), answer: Answer::Unknown };
        promises.attempts.insert(name.clone(), attempt);
        name
    }

    /// It was answered.
    pub fn answered(&self, name: &str, answer: Answer) {
        let mut promises = self.lock();
        let Some(attempt) = promises.attempts.get_mut(name) else { return };
        attempt.answer = answer;
        let accepted = matches!(attempt.answer, Answer::Accepted(_));
        if let (true, Some(once)) = (accepted, attempt.uses.clone()) {
            promises.once.entry(once).or_default().accepted.insert(name.to_owned());
        }
    }

    /// Something that works once was handed out.
    pub fn issued(&self, once: Once) {
        self.lock().once.entry(once).or_default();
    }

    /// A revocation was acknowledged.
    pub fn revoked(&self, about: Ancestor) {
        self.lock().revoked.insert(about);
    }

    /// Where a consent stands was acknowledged, or has become open.
    pub fn consent(&self, id: ConsentId, standing: Standing) {
        self.lock().consents.insert(id, standing);
    }

    /// A session began.
    pub fn session(&self, secret: &str) {
        self.lock().sessions.insert(SessionSecret::new(secret).hash());
    }

    /// An answer that must not be.
    pub fn lost(&self, loss: Loss) {
        self.lock().losses.push(loss);
    }

    /// The promises, to be looked for.
    pub fn lock(&self) -> MutexGuard<'_, Promises> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Promises {
    /// Those that were made since the last time, each to be looked for once.
    pub fn take_attempts(&mut self) -> BTreeMap<String, Attempt> {
        mem::take(&mut self.attempts)
    }

    /// What answers alone have shown since the last time.
    pub fn take_losses(&mut self) -> Vec<Loss> {
        mem::take(&mut self.losses)
    }
}
