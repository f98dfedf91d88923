//! The consent page was answered: what was agreed to is put on file, once.

use super::agreement::Agreement;
use super::asking::{Asking, Halt};
use super::next::{Next, next};
use super::session::SignedIn;
use super::{Step, Visit};
use crate::commit::Change;
use crate::denied::Denied;
use crate::model::consent::{Consent, Given};
use crate::model::managed::Managed;
use crate::model::permission::Whom;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome};
use crate::sts::Sts;

/// How the consent page was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentAnswer {
    /// The user agrees to the page that was shown.
    Allow {
        /// [`ConsentPage::shown`](super::ConsentPage::shown) of that page.
        shown: String,
    },
    /// The user does not agree.
    Deny,
}

impl Sts {
    /// The consent page was answered. What the user did not see is not agreed to: if the question has
    /// changed since, it is asked again.
    pub async fn consent(
        &self,
        visit: &Visit<'_>,
        answer: &ConsentAnswer,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        Halt::into_step(self.answered(visit, answer, moment).await)
    }

    async fn answered(
        &self,
        visit: &Visit<'_>,
        answer: &ConsentAnswer,
        moment: &Moment,
    ) -> Result<Step, Halt> {
        let scene = self.scene(visit, moment).await?;
        let asked = next(&scene.facts(visit, false, moment));
        match (answer, &asked) {
            // A no counts whatever happened meanwhile, as when another tab said yes.
            (ConsentAnswer::Deny, asked) => {
                // What was asked for everybody is on record with the refusal.
                if let Next::Consent(signed_in, agreement) = asked
                    && !scene.asking.is_for_everyone()
                {
                    let event = event(&scene.asking, signed_in, agreement);
                    self.keep(vec![], event, Outcome::from(&Denied::AccessDenied), moment).await?;
                }
                let denied = Next::Refuse(Denied::AccessDenied);
                return Ok(self.step(&scene, denied, moment).await?);
            }
            (ConsentAnswer::Allow { shown }, Next::Consent(signed_in, agreement))
                if *shown == agreement.fingerprint(&scene.asking, signed_in) =>
            {
                self.agree(&scene.asking, signed_in, agreement, moment).await?;
            }
            // Something else has to happen first.
            _ => return Ok(self.step(&scene, asked, moment).await?),
        }
        let scene = self.scene(visit, moment).await?;
        let next = next(&scene.facts(visit, true, moment));
        Ok(self.step(&scene, next, moment).await?)
    }

    /// Puts on file what the user agreed to.
    async fn agree(
        &self,
        asking: &Asking,
        signed_in: &SignedIn,
        agreement: &Agreement,
        moment: &Moment,
    ) -> Result<(), StoreError> {
        let by_user = || Given::ByUser(signed_in.user.id.clone());
        let for_everyone = asking.is_for_everyone();
        let lacking = agreement.asks().filter(|ask| !ask.lacks.is_empty());
        let consents = lacking.zip(0..=u8::MAX).map(|(ask, place)| {
            Change::PutConsent(Consent {
                id: moment.consent_id(place),
                client: ask.client.clone(),
                resource: ask.line.audience.clone(),
                scopes: ask.lacks.clone(),
                given: if for_everyone { Given::ByAdmin(Whom::Everyone) } else { by_user() },
                at: moment.now,
                managed: Managed::Api,
            })
        });
        let event = event(asking, signed_in, agreement);
        self.keep(consents.collect(), event, Outcome::Done, moment).await
    }
}

fn event(asking: &Asking, signed_in: &SignedIn, agreement: &Agreement) -> Event {
    if asking.is_for_everyone() {
        return asking.event(Some(&signed_in.user.id));
    }
    Event::Consent {
        subject: signed_in.user.id.clone(),
        client: asking.client.id.clone(),
        about: agreement.about(),
    }
}
