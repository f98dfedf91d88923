//! What an interaction does with second factors: asks the core who may prove or change one, and tells it.

use super::interaction::Interaction;
use super::trouble::Trouble;
use crate::qr::{self, Qr};
use crate::{recovery, totp};
use stead_core::denied::Denied;
use stead_core::login::{Challenged, EnrolPage, NewFactor, Owner, Proved};
use stead_core::ports::StoreError;
use stead_proto::secret::RecoveryPhrase;

/// A secret that is offered to the user's app.
pub(crate) struct Offer {
    /// In groups of four, to type.
    pub(crate) secret: String,
    /// For an app on the same device.
    pub(crate) link: String,
    /// For an app on another one.
    pub(crate) qr: Option<Qr>,
}

/// What came of adding a factor.
pub(crate) enum Added {
    /// It is there.
    Done,
    /// It is there, and these are to be shown once.
    WithCodes(Vec<RecoveryPhrase>),
    /// It is not.
    Not,
}

impl Interaction<'_> {
    /// Whoever is asked for a second factor by this request as it stands.
    pub(crate) async fn challenged(&self) -> Result<Option<Challenged>, Trouble> {
        self.told(self.sts.challenged(&self.visit(), self.moment).await)
    }

    /// Takes a second factor, once.
    pub(crate) async fn second_factor(
        &mut self,
        challenged: &Challenged,
        proved: &Proved,
    ) -> Result<Result<(), Denied>, Trouble> {
        let visit = self.visit();
        let taken = self.sts.second_factor(challenged, proved, &visit, self.moment).await;
        let taken = self.told(taken)?;
        Ok(taken.map(|session| self.signed_in(session)))
    }

    /// Puts one that was wrong on record.
    pub(crate) async fn second_factor_failed(
        &self,
        challenged: &Challenged,
        denied: &Denied,
    ) -> Result<(), Trouble> {
        self.told(self.sts.second_factor_failed(challenged, denied, self.moment).await)
    }

    /// Whoever may change their factors as this request stands.
    pub(crate) async fn owner(&self) -> Result<Option<Owner>, Trouble> {
        self.told(self.sts.owner(&self.visit(), self.moment).await)
    }

    /// Adds a factor that was just proved to work, with recovery codes if there are none.
    pub(crate) async fn add_factor(
        &mut self,
        owner: &Owner,
        new: &NewFactor,
    ) -> Result<Added, Trouble> {
        let first = owner.factors().recovery.is_empty();
        let codes = if first { recovery::codes() } else { Vec::new() };
        let with = (new, recovery::hashes(&codes));
        let added = self.sts.add_factor(owner, (with.0, &with.1), &self.visit(), self.moment).await;
        Ok(match self.told(added)? {
            Err(_) => Added::Not,
            Ok(session) => {
                self.signed_in(session);
                if first { Added::WithCodes(codes) } else { Added::Done }
            }
        })
    }

    /// The secret that is offered: the same one until it is confirmed.
    pub(crate) fn offer(&mut self, page: &EnrolPage) -> Result<Offer, Trouble> {
        let master = self.app.master_key();
        let sealed = match self.progress.offered.take() {
            Some(sealed) => sealed,
            None => self.told(totp::offer(master))?,
        };
        let secret = self.told(totp::reveal(&sealed, master))?;
        self.progress.offered = Some(sealed);
        let issuer = self.sts.tenant.name.as_str();
        let link = totp::link(&secret, issuer, page.username.as_str());
        let letters: Vec<char> = secret.expose().chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        Ok(Offer { secret: groups.join(" "), qr: qr::of(&link), link })
    }

    pub(super) fn told<T>(&self, answer: Result<T, StoreError>) -> Result<T, Trouble> {
        answer.map_err(|error| self.failed(error))
    }
}
