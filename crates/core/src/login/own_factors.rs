//! A user's own factors: added, removed, recovery codes made anew.
//!
//! Only an [`Owner`] changes them: whoever has to add one to sign in and just proved their password, or
//! whoever is at the security page.

use super::next::{Next, next};
use super::second_factor::{Who, replaced};
use super::session::{NewSession, Proof};
use super::{Asked, Visit};
use crate::commit::{Change, Conflict, Expected, Once};
use crate::denied::{Denied, PasskeyFault};
use crate::model::factors::{Factors, Passkey, RecoveryCode, Sealed, Totp};
use crate::model::user::User;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome};
use crate::sts::Sts;
use stead_proto::acr::Amr;
use stead_proto::id::CredentialId;
use stead_proto::secret::SecretHash;

/// Most passkeys one user has.
const PASSKEYS: usize = 20;

/// A user who may change their own factors, right now.
#[derive(Debug, Clone)]
pub struct Owner {
    user: User,
    factors: Factors,
    /// By what means they proved who they are, to be here.
    proved: Vec<Amr>,
}

/// A factor that is added, proved to work.
#[derive(Debug, Clone)]
pub enum NewFactor {
    /// An app that shows one-time codes. It takes the place of another one.
    Totp {
        /// The secret it shares with us.
        secret: Sealed,
        /// What the user calls it.
        name: String,
        /// The time step of the code that confirmed it.
        step: u64,
    },
    /// A passkey.
    Passkey {
        /// Itself.
        passkey: Passkey,
        /// Whether its key stays on its device: [`Amr::Hwk`] or [`Amr::Swk`].
        key: Amr,
        /// Its challenge, which works once.
        once: Once,
    },
}

impl Owner {
    pub(super) fn of(Who { user, factors }: Who<'_>, proved: &[Amr]) -> Self {
        Self { user: user.clone(), factors: factors.clone(), proved: proved.to_vec() }
    }

    /// Who it is.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// What they can prove now.
    #[must_use]
    pub fn factors(&self) -> &Factors {
        &self.factors
    }

    /// Whether they may have one more passkey.
    #[must_use]
    pub fn has_room_for_a_passkey(&self) -> bool {
        self.factors.passkeys.len() < PASSKEYS
    }

    /// Replaces their factors, if they and the factors are still what was read.
    fn replaced(&self, after: Factors) -> Vec<Change> {
        let still = Expected::User(self.user.id.clone(), Some(self.user.clone()));
        let mut changes = vec![Change::Expect(Box::new(still))];
        changes.extend(replaced(&self.user, &self.factors, after));
        changes
    }

    fn event(&self, said: String) -> Event {
        Event::Factors {
            subject: self.user.id.clone(),
            by: format!("user:{}", self.user.username),
            changes: vec![said],
        }
    }
}

impl NewFactor {
    /// The factors with this one.
    fn added(&self, before: &Factors, moment: &Moment) -> Factors {
        let mut after = before.clone();
        match self {
            Self::Totp { secret, name, step } => {
                after.totp = Some(Totp {
                    name: name.clone(),
                    secret: secret.clone(),
                    enrolled: moment.now,
                    last_step: *step,
                });
            }
            Self::Passkey { passkey, .. } => after.passkeys.push(passkey.clone()),
        }
        after
    }

    /// By what means its owner has now proved who they are (RFC 8176): what brought them here, and this.
    fn amr(&self, before: &[Amr]) -> Vec<Amr> {
        let this = match self {
            Self::Totp { .. } => vec![Amr::Otp],
            Self::Passkey { key, .. } => vec![*key, Amr::User],
        };
        let mut all: Vec<Amr> = before.iter().copied().filter(|amr| *amr != Amr::Mfa).collect();
        all.extend(this.into_iter().filter(|amr| !before.contains(amr)));
        all.push(Amr::Mfa);
        all
    }

    fn once(&self) -> Option<Change> {
        match self {
            Self::Passkey { once, .. } => Some(Change::SpendOnce(once.clone())),
            Self::Totp { .. } => None,
        }
    }

    fn said(&self) -> String {
        match self {
            Self::Totp { name, .. } => format!("one-time codes of {name:?}: added"),
            Self::Passkey { passkey, .. } => format!("passkey {:?}: added", passkey.name),
        }
    }
}

impl Sts {
    /// Whoever may change their factors as this request stands; `None` if something else has to happen
    /// first.
    pub async fn owner(
        &self,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Option<Owner>, StoreError> {
        if let Asked::Security = visit.asked {
            return self.owner_for_security(visit, moment).await;
        }
        // A request that cannot be read is answered when it is asked again what is next.
        let Ok(scene) = self.scene(visit, moment).await else { return Ok(None) };
        Ok(match next(&scene.facts(visit, false, moment)) {
            Next::Enrol(who) => Some(Owner::of(who, &[Amr::Pwd])),
            _ => None,
        })
    }

    /// Adds a factor that was just proved to work, then lets the user in with it. The recovery codes are
    /// kept if there were none.
    pub async fn add_factor(
        &self,
        owner: &Owner,
        (new, recovery): (&NewFactor, &[SecretHash]),
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Result<NewSession, Denied>, StoreError> {
        let mut after = new.added(&owner.factors, moment);
        if after.passkeys.len() > PASSKEYS {
            return Ok(Err(Denied::SecondFactorWrong));
        }
        if after.recovery.is_empty() {
            after.recovery = fresh(recovery);
        }
        let changes = owner.replaced(after).into_iter().chain(new.once()).collect();
        let event = (owner.event(new.said()), Outcome::Done);
        if self.keep_unless(changes, event, moment).await?.is_err() {
            return Ok(Err(Denied::SecondFactorWrong));
        }
        let proof = Proof { user: &owner.user, amr: new.amr(&owner.proved), changes: Vec::new() };
        let begun = self.begin(proof, visit, moment).await?;
        Ok(begun.map_err(|_| Denied::SecondFactorWrong))
    }

    /// Puts on record that an app was not added: its first code was wrong.
    pub async fn totp_not_added(&self, owner: &Owner, moment: &Moment) -> Result<(), StoreError> {
        let event = owner.event("one-time codes: not added".to_owned());
        self.keep(vec![], event, Outcome::from(&Denied::SecondFactorWrong), moment).await
    }

    /// Puts on record that a passkey was not added.
    pub async fn passkey_not_added(
        &self,
        owner: &Owner,
        fault: PasskeyFault,
        moment: &Moment,
    ) -> Result<(), StoreError> {
        let event = owner.event("passkey: not added".to_owned());
        self.keep(vec![], event, Outcome::from(&Denied::PasskeyWrong(fault)), moment).await
    }

    /// Takes the app away that shows one-time codes.
    pub async fn remove_totp(&self, owner: &Owner, moment: &Moment) -> Result<(), StoreError> {
        let Some(totp) = &owner.factors.totp else { return Ok(()) };
        let after = Factors { totp: None, ..owner.factors.clone() }.tidied();
        self.change(owner, after, format!("one-time codes of {:?}: removed", totp.name), moment)
            .await
    }

    /// Takes a passkey away.
    pub async fn remove_passkey(
        &self,
        owner: &Owner,
        id: &CredentialId,
        moment: &Moment,
    ) -> Result<(), StoreError> {
        let Some(passkey) = owner.factors.passkey(id) else { return Ok(()) };
        let said = format!("passkey {:?}: removed", passkey.name);
        let mut after = owner.factors.clone();
        after.passkeys.retain(|other| other.id != *id);
        self.change(owner, after.tidied(), said, moment).await
    }

    /// Puts new recovery codes in the place of all the old ones.
    pub async fn renew_recovery(
        &self,
        owner: &Owner,
        recovery: &[SecretHash],
        moment: &Moment,
    ) -> Result<(), StoreError> {
        if !owner.factors.enrolled() {
            return Ok(());
        }
        let after = Factors { recovery: fresh(recovery), ..owner.factors.clone() };
        self.change(owner, after, "recovery codes: made anew".to_owned(), moment).await
    }

    /// What was changed elsewhere meanwhile stays as it is; the page shows it.
    async fn change(
        &self,
        owner: &Owner,
        after: Factors,
        said: String,
        moment: &Moment,
    ) -> Result<(), StoreError> {
        let event = (owner.event(said), Outcome::Done);
        match self.keep_unless(owner.replaced(after), event, moment).await? {
            Ok(()) | Err(Conflict::Changed) => Ok(()),
            Err(conflict) => Err(super::unexpected(conflict)),
        }
    }
}

fn fresh(codes: &[SecretHash]) -> Vec<RecoveryCode> {
    codes.iter().map(|hash| RecoveryCode { hash: *hash, used: None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_factor_joins_what_was_proved_before_it_and_adds_nothing_else() {
        let secret = Sealed::new(vec![1]);
        let new = NewFactor::Totp { secret, name: "Phone".into(), step: 1 };
        let [pwd, otp, mfa] = [Amr::Pwd, Amr::Otp, Amr::Mfa];
        assert_eq!(new.amr(&[pwd]), [pwd, otp, mfa]);
        assert_eq!(new.amr(&[pwd, otp, mfa]), [pwd, otp, mfa]);
        assert_eq!(new.amr(&[Amr::Swk, Amr::User, mfa]), [Amr::Swk, Amr::User, otp, mfa]);
    }
}
