//! The second factor: asked of whoever proved their password or is signed in, and taken.
//!
//! Between the two pages the [`Halfway`] travels sealed in the page: no session stands on a password where
//! more is owed, so a stolen password opens nothing.

use super::next::{Next, next};
use super::session::{NewSession, Proof, demanded};
use super::{Asked, Progress, Visit};
use crate::commit::{Change, Expected};
use crate::denied::Denied;
use crate::liveness::Descent;
use crate::model::factors::{Factors, Passkey};
use crate::model::revocation::Ancestor;
use crate::model::user::User;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome};
use crate::sts::Sts;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use stead_proto::acr::{Acr, Amr};
use stead_proto::id::{Subject, Username};
use stead_proto::secret::SecretHash;
use stead_proto::time::{Seconds, Timestamp};

/// How long a password that was right waits for the second factor.
const WAITS: Seconds = Seconds(600);

/// Whose password was right, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halfway {
    user: Subject,
    at: Timestamp,
}

/// What came of a right password.
#[derive(Debug, Clone)]
pub enum Entry {
    /// It was enough.
    SignedIn(Box<NewSession>),
    /// A second factor has to follow; goes into [`Progress::halfway`].
    Halfway(Halfway),
}

/// Who owes a second factor.
#[derive(Debug)]
pub(super) struct Claimant {
    pub(super) user: User,
    pub(super) factors: Factors,
}

/// The same, borrowed from wherever they are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who<'a> {
    pub(super) user: &'a User,
    pub(super) factors: &'a Factors,
}

/// A user who is asked for a second factor, right now and by the very request at hand.
#[derive(Debug, Clone)]
pub struct Challenged {
    user: User,
    factors: Factors,
}

/// What was proved, checked by the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proved {
    /// The one-time code of this time step (RFC 6238).
    Totp {
        /// Counted from 1970 in steps of 30 seconds.
        step: u64,
    },
    /// A recovery code that hashes to this.
    Recovery(SecretHash),
}

/// What the page shows that asks for a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactorPage {
    /// The application that asks.
    pub client_name: String,
    /// Who is asked.
    pub username: Username,
    /// Whether a one-time code would do.
    pub totp: bool,
    /// Whether a recovery code would do.
    pub recovery: bool,
    /// The passkeys that would do.
    pub passkeys: Vec<Passkey>,
}

impl Claimant {
    pub(super) fn who(&self) -> Who<'_> {
        Who { user: &self.user, factors: &self.factors }
    }
}

impl<'a> Who<'a> {
    /// What is owed beside the password: a factor they have, or one they have to add.
    pub(super) fn owes(self) -> Next<'a> {
        if self.factors.enrolled() { Next::SecondFactor(self) } else { Next::Enrol(self) }
    }

    /// The page that asks for it.
    pub(super) fn page(self, client_name: &str) -> SecondFactorPage {
        SecondFactorPage {
            client_name: client_name.to_owned(),
            username: self.user.username.clone(),
            totp: self.factors.totp.is_some(),
            recovery: self.factors.recovery_left() > 0,
            passkeys: self.factors.passkeys.clone(),
        }
    }

    /// They are asked for it.
    pub(super) fn challenged(self) -> Challenged {
        Challenged { user: self.user.clone(), factors: self.factors.clone() }
    }
}

impl Challenged {
    /// Who is asked.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// What they could prove.
    #[must_use]
    pub fn factors(&self) -> &Factors {
        &self.factors
    }
}

impl Proved {
    /// The factors with this used; `None` if it is not theirs or was used before.
    fn used(&self, factors: &Factors, now: Timestamp) -> Option<Factors> {
        match self {
            Self::Totp { step } => factors.using_totp(*step),
            Self::Recovery(code) => factors.using_recovery(code, now),
        }
    }

    /// By what means, the password before it included (RFC 8176). A recovery code is a one-time password
    /// that was agreed on beforehand.
    fn amr(&self) -> Vec<Amr> {
        match self {
            Self::Totp { .. } | Self::Recovery(_) => vec![Amr::Pwd, Amr::Otp, Amr::Mfa],
        }
    }
}

impl Sts {
    /// A password was right. A session stands on it unless a second factor is owed.
    pub async fn password_proved(
        &self,
        user: &User,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Entry, StoreError> {
        let factors = self.store.factors(&user.id).await?;
        let by_rule = match visit.asked {
            // Who decides for everybody proves as much as who changes their own factors.
            Asked::Security | Asked::ForEveryone(_) => self.needed_for_security(&factors),
            Asked::Form(_) | Asked::Device(_) => self.settings.second_factor.demands(&factors),
        };
        if demanded(visit.asked).max(by_rule) == Some(Acr::MultiFactor) {
            return Ok(Entry::Halfway(Halfway { user: user.id.clone(), at: moment.now }));
        }
        let new = self.by_password(user, visit, moment).await?;
        Ok(Entry::SignedIn(Box::new(new)))
    }

    /// Whoever is asked for a second factor by this request as it stands; `None` if something else has to
    /// happen first.
    pub async fn challenged(
        &self,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Option<Challenged>, StoreError> {
        if let Asked::Security = visit.asked {
            return self.challenged_for_security(visit, moment).await;
        }
        // A request that cannot be read is answered when it is asked again what is next.
        let Ok(scene) = self.scene(visit, moment).await else { return Ok(None) };
        Ok(match next(&scene.facts(visit, false, moment)) {
            Next::SecondFactor(who) => Some(who.challenged()),
            _ => None,
        })
    }

    /// Takes a second factor, once. Of two who prove the same at once, one is refused.
    pub async fn second_factor(
        &self,
        challenged: &Challenged,
        proved: &Proved,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Result<NewSession, Denied>, StoreError> {
        let Challenged { user, factors } = challenged;
        let Some(after) = proved.used(factors, moment.now) else {
            return Ok(Err(Denied::SecondFactorWrong));
        };
        let changes = replaced(user, factors, after);
        let proof = Proof { user, amr: proved.amr(), changes };
        let begun = self.begin(proof, visit, moment).await?;
        Ok(begun.map_err(|_| Denied::SecondFactorWrong))
    }

    /// Puts a second factor that was wrong on record.
    pub async fn second_factor_failed(
        &self,
        challenged: &Challenged,
        denied: &Denied,
        moment: &Moment,
    ) -> Result<(), StoreError> {
        let event = Event::SignIn {
            username: Some(challenged.user.username.clone()),
            subject: Some(challenged.user.id.clone()),
            session: None,
        };
        self.keep(vec![], event, Outcome::from(denied), moment).await
    }

    /// Whose password was right a moment ago, if they are still who they were then.
    pub(super) async fn halfway(
        &self,
        progress: &Progress,
        moment: &Moment,
    ) -> Result<Option<Claimant>, StoreError> {
        let Some(Halfway { user, at }) = &progress.halfway else { return Ok(None) };
        if *at + WAITS <= moment.now {
            return Ok(None);
        }
        let ancestors = vec![Ancestor::User(user.clone())];
        let facts = self.store.revocations(&ancestors).await?;
        let descent = Descent { ancestors, auth: *at, since: *at };
        let user = self.store.user(user).await?.filter(|user| user.enabled);
        let Some(user) = user.filter(|_| descent.alive(&facts).is_ok()) else { return Ok(None) };
        let factors = self.store.factors(&user.id).await?;
        Ok(Some(Claimant { user: Arc::unwrap_or_clone(user), factors }))
    }
}

/// Replaces a user's factors, if they are still what was read.
pub(super) fn replaced(user: &User, before: &Factors, after: Factors) -> Vec<Change> {
    let expected = Expected::Factors(user.id.clone(), before.clone());
    vec![Change::Expect(Box::new(expected)), Change::PutFactors(user.id.clone(), Box::new(after))]
}
