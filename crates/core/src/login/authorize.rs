//! An authorization request on its way: what is known is gathered, and the next step answered.

use super::asking::{Answer, Asking, Halt};
use super::next::{Facts, Meant, Next, Present, next};
use super::second_factor::Claimant;
use super::session::SignedIn;
use super::{AccountPage, EnrolPage, SignInPage, Step, Visit, WhySignIn};
use crate::denied::Denied;
use crate::error::Stop;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::settings::SecondFactorRule;
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::authorize::{AuthorizeParseError, SignInRequest};
use stead_proto::form::FormError;
use stead_proto::id::Subject;

/// Everything known of a request at one step.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) asking: Asking,
    meant: Meant,
    halfway: Option<Claimant>,
    present: Option<Present>,
    rule: SecondFactorRule,
}

impl Scene {
    /// The facts to decide by.
    pub(super) fn facts<'a>(
        &'a self,
        visit: &Visit<'a>,
        agreed: bool,
        moment: &Moment,
    ) -> Facts<'a> {
        Facts {
            request: &self.asking.request,
            at_device: matches!(self.asking.answer, Answer::Device(_)),
            progress: visit.progress,
            agreed,
            meant: &self.meant,
            rule: self.rule,
            halfway: self.halfway.as_ref(),
            present: self.present.as_ref(),
            now: moment.now,
        }
    }

    fn subject(&self) -> Option<&Subject> {
        let halfway = self.halfway.as_ref().map(|claimant| &claimant.user.id);
        halfway.or_else(|| self.present.as_ref().map(|present| &present.signed_in.user.id))
    }
}

impl Sts {
    /// What happens next with an authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2).
    pub async fn authorize(&self, visit: &Visit<'_>, moment: &Moment) -> Result<Step, StoreError> {
        let scene = match self.scene(visit, moment).await {
            Ok(scene) => scene,
            Err(halt) => return Halt::into_step(Err(halt)),
        };
        let next = next(&scene.facts(visit, false, moment));
        self.step(&scene, next, moment).await
    }

    /// A request whose form could not even be read.
    pub async fn authorize_unreadable(
        &self,
        error: FormError,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        let denied = Denied::AuthorizeMalformed(AuthorizeParseError::from(error));
        self.error_page(None, denied, moment).await
    }

    /// Reads the request and gathers what is known.
    pub(super) async fn scene(&self, visit: &Visit<'_>, moment: &Moment) -> Result<Scene, Halt> {
        let asking = self.asking(visit, moment).await?;
        let meant = self.meant(&asking.request, moment).await?;
        let present = match self.session_of(visit.browser, moment).await? {
            Some(signed_in) => Some(self.present(&asking, signed_in).await?),
            None => None,
        };
        let halfway = self.halfway(visit.progress, moment).await?;
        Ok(Scene { asking, meant, halfway, present, rule: self.settings.second_factor })
    }

    async fn meant(&self, request: &SignInRequest, moment: &Moment) -> Result<Meant, StoreError> {
        let Some(token) = &request.id_token_hint else { return Ok(Meant::Anybody) };
        let Some(hint) = self.hint(token, moment) else { return Ok(Meant::Unreadable) };
        let user = self.store.user(&hint.oid).await?;
        Ok(user.map_or(Meant::Unreadable, |user| Meant::User(Box::new(Arc::unwrap_or_clone(user)))))
    }

    async fn present(&self, asking: &Asking, signed_in: SignedIn) -> Result<Present, StoreError> {
        let factors = self.store.factors(&signed_in.user.id).await?;
        let agreement = match &asking.answer {
            Answer::ForEveryone(_, petition) => {
                self.agreement_for_everyone(petition, &signed_in.user)
            }
            Answer::Code(..) | Answer::Device(_) => {
                match self.agreement(asking, &signed_in.user).await {
                    Ok(agreement) => Ok(agreement),
                    Err(Stop::Denied(denied)) => Err(denied),
                    Err(Stop::Failed(error)) => return Err(error),
                }
            }
        };
        Ok(Present { signed_in, factors, agreement })
    }

    /// Turns what happens next into what the server shows or sends.
    pub(super) async fn step(
        &self,
        scene: &Scene,
        next: Next<'_>,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        let asking = &scene.asking;
        match next {
            Next::Refuse(denied) => self.turn_down(asking, scene.subject(), denied, moment).await,
            Next::SignIn(why) => Ok(Step::SignIn(sign_in_page(scene, why))),
            Next::SecondFactor(who) => Ok(Step::SecondFactor(who.page(&asking.client.name))),
            Next::Enrol(who) => {
                Ok(Step::Enrol(EnrolPage { username: who.user.username.clone(), by_choice: false }))
            }
            Next::ChooseAccount(SignedIn { session, user }) => {
                Ok(Step::ChooseAccount(AccountPage {
                    client_name: asking.client.name.clone(),
                    name: user.name.clone(),
                    username: user.username.clone(),
                    session: session.id.clone(),
                }))
            }
            Next::ConfirmDevice(signed_in, agreement) => {
                Ok(Step::ConfirmDevice(agreement.device_page(asking, signed_in)))
            }
            Next::Consent(signed_in, agreement) if asking.is_for_everyone() => {
                let page = self.admin_consent_page(asking, signed_in, agreement);
                Ok(Step::AdminConsent(page))
            }
            Next::Consent(signed_in, agreement) => {
                Ok(Step::Consent(agreement.page(asking, signed_in)))
            }
            Next::Grant(signed_in, agreement) => {
                self.grant(asking, signed_in, agreement, moment).await
            }
        }
    }
}

fn sign_in_page(scene: &Scene, why: WhySignIn) -> SignInPage {
    let current = scene.present.as_ref().filter(|_| why == WhySignIn::Again);
    let meant = match (&scene.meant, current) {
        (_, Some(present)) => Some(present.signed_in.user.username.to_string()),
        (Meant::User(user), None) => Some(user.username.to_string()),
        _ => None,
    };
    let resource = scene.asking.aim.towards().map(|towards| towards.resource.name.clone());
    SignInPage {
        client_name: scene.asking.client.name.clone(),
        resource_name: resource,
        login_hint: meant.or_else(|| scene.asking.request.login_hint.clone()),
        why,
    }
}
