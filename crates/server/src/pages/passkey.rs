//! `POST /{tenant}/passkey`, `POST /{tenant}/passkey/new`: what a passkey answered, and a new one.

use super::enrol;
use super::factors::Added;
use super::interaction::Interaction;
use super::notice::{Notice, NoticeKind};
use super::trouble::Trouble;
use crate::app::App;
use crate::metrics::{self, Login, Method};
use crate::passkeys::{Assertion, Enrolled, Question};
use crate::rate_limit::Attempt;
use crate::request::Submitted;
use axum::extract::State;
use axum::response::Response;
use stead_core::commit::Once;
use stead_core::denied::PasskeyFault;
use stead_core::login::{Holder, NewFactor, Owner, PasskeyProof};
use stead_core::model::factors::Passkey;
use stead_core::model::user::User;
use stead_core::ports::StoreError;
use stead_proto::form::Form;

/// What a passkey is called that was given no name.
const UNNAMED: &str = "Passkey";

/// Checks the answer and goes on, or shows the page again.
pub(crate) async fn post(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let interaction = Interaction::resume(&app, &sent)?;
    let verdict = check(&app, &sent, &interaction).await;
    let (kind, outcome) = match interaction.told(verdict)? {
        Verdict::Right(holder, proof) => return interaction.passkey_proved(&holder, &proof).await,
        Verdict::Wrong(wrong) => {
            interaction.passkey_failed(wrong).await?;
            (NoticeKind::PasskeyWrong, Login::Wrong)
        }
        Verdict::TooMany => (NoticeKind::TooMany, Login::Throttled),
    };
    metrics::login(Method::Passkey, outcome);
    interaction.again(&Notice::of(kind)).await
}

/// Adds the passkey that was made, if whoever sends it may.
pub(crate) async fn add(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let mut interaction = Interaction::resume(&app, &sent)?;
    let Some(owner) = interaction.owner().await? else { return interaction.proceed().await };
    let made = made(&app, &sent, &interaction, &owner);
    let added = match made {
        Ok(new) => match interaction.add_factor(&owner, &new).await? {
            Added::Done => return interaction.proceed().await,
            Added::WithCodes(codes) => return interaction.show_codes(&codes).await,
            // Only somebody's using the challenge or the passkey can stand against it.
            Added::Not => PasskeyFault::AlreadyHere,
        },
        Err(fault) => fault,
    };
    interaction.told(sent.sts.passkey_not_added(&owner, added, &sent.moment).await)?;
    interaction.again(&Notice::of(NoticeKind::PasskeyNotAdded)).await
}

enum Verdict {
    Right(Box<Holder>, PasskeyProof),
    Wrong(Wrong),
    TooMany,
}

/// What is wrong with an answer, and as far as that is known whose it is and to which question.
struct Wrong {
    user: Option<User>,
    fault: PasskeyFault,
    once: Option<Once>,
}

async fn check(
    app: &App,
    sent: &Submitted,
    interaction: &Interaction<'_>,
) -> Result<Verdict, StoreError> {
    let wrong = |user, fault, once| Ok(Verdict::Wrong(Wrong { user, fault, once }));
    let Some(rp) = app.relying_party() else { return wrong(None, PasskeyFault::NotAsked, None) };
    let place = interaction.place();
    let answered =
        Assertion::read(field(&sent.form, "question"), field(&sent.form, "answer"), &place);
    let attempt = attempt(sent, answered.as_ref().ok());
    if !app.attempts().take(&attempt, sent.moment.now) {
        return Ok(Verdict::TooMany);
    }
    let assertion = match answered {
        Ok(assertion) => assertion,
        Err(fault) => return wrong(None, fault, None),
    };
    let once = Some(assertion.once());
    let Some(holder) = sent.sts.holder_of(&assertion.passkey).await? else {
        return wrong(None, PasskeyFault::Unknown, once);
    };
    match rp.check(assertion, &holder.user.id, &holder.passkey, &place) {
        Ok(proof) => {
            app.attempts().forgive(&attempt);
            Ok(Verdict::Right(Box::new(holder), proof))
        }
        Err(fault) => wrong(Some(holder.user), fault, once),
    }
}

/// An attempt with a passkey is counted as one with a user name is; what cannot be read is of nobody.
fn attempt(sent: &Submitted, assertion: Option<&Assertion>) -> Attempt {
    let passkey = assertion.map(|assertion| assertion.passkey.as_str()).unwrap_or_default();
    Attempt::new(sent.sts.tenant.id.as_str(), &format!("passkey {passkey}"), sent.address)
}

/// The passkey that was made for its owner.
fn made(
    app: &App,
    sent: &Submitted,
    interaction: &Interaction<'_>,
    owner: &Owner,
) -> Result<NewFactor, PasskeyFault> {
    let rp = app.relying_party().ok_or(PasskeyFault::NotAsked)?;
    if !owner.has_room_for_a_passkey() {
        return Err(PasskeyFault::TooMany);
    }
    let (question, answer) = (field(&sent.form, "question"), field(&sent.form, "answer"));
    let enrolled = rp.enrolled(question, answer, &owner.user().id, &interaction.place())?;
    let Enrolled { passkey: id, credential, key, once } = enrolled;
    let name = enrol::name(&sent.form, UNNAMED);
    let enrolled = sent.moment.now;
    let passkey = Passkey { id, name, credential, enrolled, last_used: None };
    Ok(NewFactor::Passkey { passkey, key, once })
}

fn field<'a>(form: &'a Form, name: &str) -> &'a str {
    form.one(name).ok().flatten().unwrap_or_default()
}

impl Interaction<'_> {
    /// What is asked of whoever signs in, where there can be passkeys. It tells nobody who has one.
    pub(super) fn ask_anybody(&self) -> Result<Option<Question>, Trouble> {
        let asked = self.app.relying_party().map(|rp| rp.ask_anybody(&self.place()));
        self.told(asked.transpose())
    }

    /// What is asked of whoever owes a second factor and has a passkey.
    pub(super) async fn ask_challenged(&self) -> Result<Option<Question>, Trouble> {
        let Some(rp) = self.app.relying_party() else { return Ok(None) };
        let Some(challenged) = self.challenged().await? else { return Ok(None) };
        let passkeys = &challenged.factors().passkeys;
        if passkeys.is_empty() {
            return Ok(None);
        }
        self.told(rp.ask_user(&challenged.user().id, passkeys, &self.place())).map(Some)
    }

    /// What is asked of whoever may add a passkey.
    pub(super) async fn ask_owner(&self) -> Result<Option<Question>, Trouble> {
        let Some(rp) = self.app.relying_party() else { return Ok(None) };
        let Some(owner) = self.owner().await? else { return Ok(None) };
        let asked = rp.ask_new(owner.user(), &owner.factors().passkeys, &self.place());
        self.told(asked).map(Some)
    }

    /// The user proved with a passkey who they are. A proof that was used before counts for nothing.
    async fn passkey_proved(
        mut self,
        holder: &Holder,
        proof: &PasskeyProof,
    ) -> Result<Response, Trouble> {
        let made = self.sts.signed_in_with_passkey(holder, proof, &self.visit(), self.moment).await;
        if let Some(made) = self.told(made)? {
            metrics::login(Method::Passkey, Login::Ok);
            self.signed_in(made);
            return self.proceed().await;
        }
        metrics::login(Method::Passkey, Login::Wrong);
        self.again(&Notice::of(NoticeKind::PasskeyWrong)).await
    }

    async fn passkey_failed(&self, wrong: Wrong) -> Result<(), Trouble> {
        let Wrong { user, fault, once } = wrong;
        self.told(self.sts.passkey_failed(user.as_ref(), fault, once, self.moment).await)
    }
}
