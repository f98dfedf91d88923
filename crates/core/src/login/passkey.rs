//! Signing in with a passkey: it says who is there and proves it, and its device made sure of its user.

use super::second_factor::replaced;
use super::session::{NewSession, Proof};
use super::{Visit, unexpected};
use crate::commit::{Change, Conflict, Once};
use crate::denied::{Denied, PasskeyFault};
use crate::model::factors::{Factors, Passkey};
use crate::model::user::User;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome};
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::acr::Amr;
use stead_proto::id::CredentialId;

/// What a passkey's answer proved, once it was held against the passkey on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyProof {
    /// With which passkey.
    pub passkey: CredentialId,
    /// What it is checked with from now on: its counter went up.
    pub credential: String,
    /// What kind of key it is: [`Amr::Hwk`] or [`Amr::Swk`].
    pub key: Amr,
    /// Its challenge, which is spent with it.
    pub once: Once,
}

/// Who has a passkey.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Who.
    pub user: User,
    /// What they can prove, this passkey among it.
    pub factors: Factors,
    /// The passkey.
    pub passkey: Passkey,
}

impl PasskeyProof {
    /// By what means (RFC 8176): the key, and that its user was there and made the device sure of it.
    pub(super) fn amr(&self, after_password: bool) -> Vec<Amr> {
        let password = after_password.then_some(Amr::Pwd);
        password.into_iter().chain([self.key, Amr::User, Amr::Mfa]).collect()
    }
}

impl Sts {
    /// Who has this passkey, if they may sign in.
    pub async fn holder_of(&self, passkey: &CredentialId) -> Result<Option<Holder>, StoreError> {
        let Some(owner) = self.store.passkey_owner(passkey).await? else { return Ok(None) };
        let Some(user) = self.store.user(&owner).await?.filter(|user| user.enabled) else {
            return Ok(None);
        };
        let user = Arc::unwrap_or_clone(user);
        let factors = self.store.factors(&owner).await?;
        let passkey = factors.passkey(passkey).cloned();
        Ok(passkey.map(|passkey| Holder { user, factors, passkey }))
    }

    /// Takes a passkey's proof: two factors at once, the device and what unlocks it. Whoever was asked for a
    /// second factor has given it with this, and the password before it counts. `None` if the answer was
    /// used before; that is on record then.
    pub async fn signed_in_with_passkey(
        &self,
        holder: &Holder,
        proof: &PasskeyProof,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Option<NewSession>, StoreError> {
        let Holder { user, factors, .. } = holder;
        let after = factors.using_passkey(&proof.passkey, &proof.credential, moment.now);
        let mut changes = vec![Change::SpendOnce(proof.once.clone())];
        changes.extend(after.map(|after| replaced(user, factors, after)).into_iter().flatten());
        let asked = self.challenged(visit, moment).await?;
        let after_password = asked.is_some_and(|asked| asked.user().id == user.id);
        let proved = Proof { user, amr: proof.amr(after_password), changes };
        match self.begin(proved, visit, moment).await? {
            Ok(begun) => Ok(Some(begun)),
            Err(Conflict::OnceSpent) => {
                let fault = PasskeyFault::Replayed;
                self.passkey_failed(Some(user), fault, None, moment).await?;
                Ok(None)
            }
            Err(conflict) => Err(unexpected(conflict)),
        }
    }

    /// Puts on record that a passkey's answer proved nothing. The challenge is spent with a wrong answer
    /// too; an answer to one that was spent before is a replay, whatever else is wrong with it.
    pub async fn passkey_failed(
        &self,
        user: Option<&User>,
        fault: PasskeyFault,
        once: Option<Once>,
        moment: &Moment,
    ) -> Result<(), StoreError> {
        let said = |fault| {
            let event = Event::SignIn {
                username: user.map(|user| user.username.clone()),
                subject: user.map(|user| user.id.clone()),
                session: None,
            };
            (event, Outcome::from(&Denied::PasskeyWrong(fault)))
        };
        let changes = once.map(Change::SpendOnce).into_iter().collect();
        match self.keep_unless(changes, said(fault), moment).await? {
            Err(Conflict::OnceSpent) => {
                let (event, outcome) = said(PasskeyFault::Replayed);
                self.keep(vec![], event, outcome, moment).await
            }
            kept => kept.map_err(unexpected),
        }
    }
}
