//! Users' second factors: looked at, and taken away from whoever lost them.

use super::condition::retried;
use super::mistake::Object;
use super::{Admin, AdminError, fact};
use crate::commit::{Change, Expected};
use crate::model::factors::Factors;
use crate::model::revocation::Ancestor;
use crate::moment::Moment;
use crate::record::Event;
use stead_proto::id::Subject;

/// What is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorKind {
    /// Everything.
    All,
    /// The app that shows one-time codes.
    Totp,
    /// All passkeys.
    Passkeys,
    /// All recovery codes.
    Recovery,
}

impl FactorKind {
    /// Reads one by its name in the API.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "totp" => Some(Self::Totp),
            "passkeys" => Some(Self::Passkeys),
            "recovery" => Some(Self::Recovery),
            _ => None,
        }
    }

    /// What is left without it.
    fn without(self, mut factors: Factors) -> Factors {
        let takes = |kind| self == Self::All || self == kind;
        if takes(Self::Totp) {
            factors.totp = None;
        }
        if takes(Self::Passkeys) {
            factors.passkeys.clear();
        }
        if takes(Self::Recovery) {
            factors.recovery.clear();
        }
        factors.tidied()
    }

    fn said(self) -> &'static str {
        match self {
            Self::All => "all second factors: reset",
            Self::Totp => "one-time codes: reset",
            Self::Passkeys => "passkeys: reset",
            Self::Recovery => "recovery codes: reset",
        }
    }
}

impl Admin<'_> {
    /// What a user can prove beside their password.
    pub async fn factors(&self, id: &Subject) -> Result<Factors, AdminError> {
        let user = self.user(id).await?;
        Ok(self.sts.store.factors(&user.id).await?)
    }

    /// Takes second factors away from a user, and ends what they have open: whoever found the phone may be
    /// signed in with it.
    pub async fn reset_factors(
        &self,
        id: &Subject,
        kind: FactorKind,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        retried(|| self.reset_factors_once(id, kind, moment)).await
    }

    async fn reset_factors_once(
        &self,
        id: &Subject,
        kind: FactorKind,
        moment: &Moment,
    ) -> Result<(), AdminError> {
        let user = self.user(id).await?;
        self.expects(|| Object::new("user", id), Some(&user))?;
        let before = self.sts.store.factors(id).await?;
        let after = kind.without(before.clone());
        if after == before {
            return Ok(());
        }
        let changes = vec![
            Change::Expect(Box::new(Expected::Factors(id.clone(), before))),
            Change::PutFactors(id.clone(), Box::new(after)),
            Change::Revoke(fact(Ancestor::User(id.clone()), "second factors reset", moment)),
        ];
        let event = Event::Factors {
            subject: id.clone(),
            by: self.by.to_string(),
            changes: vec![kind.said().to_owned()],
        };
        self.commit(changes, event, moment).await
    }
}
