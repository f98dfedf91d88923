//! An authorization request, read and held against what is registered; and how it is refused.
//!
//! Until the client and its redirect URI are known, a refusal is shown and nothing is redirected. What a
//! device asks for is read in `device`.

use super::admin_consent::Petition;
use super::agreement::Ask;
use super::device::Waiting;
use super::target::Aim;
use super::{Asked, Step, Visit, redirect};
use crate::denied::{Denied, Unproven};
use crate::error::Stop;
use crate::model::application::Application;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome};
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::authorize::{
    AuthorizeOutcome, AuthorizeRequest, AuthorizeResponse, CodeChallenge, ResponseMode,
    ReturnAddress, SignInRequest,
};
use stead_proto::error::{Dialect, ErrorCode};
use stead_proto::form::Form;
use stead_proto::id::{ClientId, Subject};

/// A redirect URI that is the client's, and what goes back with any answer.
#[derive(Debug)]
pub(super) struct Back {
    pub(super) redirect_uri: String,
    pub(super) response_mode: ResponseMode,
    pub(super) state: Option<String>,
}

/// What a code is bound to.
#[derive(Debug)]
pub(super) struct Terms {
    /// The redirect URI as sent.
    pub(super) redirect_uri: Option<String>,
    pub(super) challenge: CodeChallenge,
    pub(super) nonce: Option<String>,
}

/// Where the answer goes.
#[derive(Debug)]
pub(super) enum Answer {
    /// A code, by redirect.
    Code(Back, Terms),
    /// To the device that waits for it.
    Device(Waiting),
    /// Whether an administrator agreed for everybody, by redirect.
    ForEveryone(Back, Petition),
}

/// A request that may be answered, and what it asks for.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) client: Application,
    pub(super) answer: Answer,
    pub(super) request: SignInRequest,
    pub(super) aim: Aim,
}

impl Asking {
    /// What the record says it was about.
    pub(super) fn event(&self, subject: Option<&Subject>) -> Event {
        let (client, subject) = (Some(self.client.id.clone()), subject.cloned());
        let resource = self.aim.audience().cloned();
        match &self.answer {
            Answer::Code(..) => Event::Authorize { client, subject, resource },
            Answer::Device(_) => Event::Device { client, subject, resource },
            Answer::ForEveryone(_, petition) => {
                let lacking = petition.asks.iter().filter(|ask| !ask.lacks.is_empty());
                let about = lacking.map(Ask::about).collect();
                Event::AdminConsent { client, subject, about }
            }
        }
    }

    /// Whether an administrator is asked, for everybody.
    pub(super) fn is_for_everyone(&self) -> bool {
        matches!(self.answer, Answer::ForEveryone(..))
    }

    /// Tells it from any other request of the client: where the answer goes.
    pub(super) fn goes_to(&self) -> String {
        match &self.answer {
            Answer::Code(back, _) | Answer::ForEveryone(back, _) => back.redirect_uri.clone(),
            Answer::Device(waiting) => waiting.user_code.shown(),
        }
    }
}

/// Why a request got no further than being read.
pub(super) enum Halt {
    /// It is answered.
    Answered(Box<Step>),
    /// We could not.
    Failed(StoreError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Halt {
    pub(super) fn answered(step: Step) -> Self {
        Self::Answered(Box::new(step))
    }

    /// An answer is an answer, however early.
    pub(super) fn into_step(result: Result<Step, Self>) -> Result<Step, StoreError> {
        match result {
            Ok(step) => Ok(step),
            Err(Self::Answered(step)) => Ok(*step),
            Err(Self::Failed(error)) => Err(error),
        }
    }
}

impl Sts {
    /// Reads what is to be answered.
    pub(super) async fn asking(&self, visit: &Visit<'_>, moment: &Moment) -> Result<Asking, Halt> {
        match visit.asked {
            Asked::Form(form) => self.asking_by_redirect(form, moment).await,
            Asked::Device(code) => self.asking_at_device(code, moment).await,
            Asked::Security => Err(Halt::answered(self.security(visit, moment).await?)),
            Asked::ForEveryone(form) => self.asking_for_everyone(form, moment).await,
        }
    }

    /// Reads a request. An unknown client or redirect URI is shown on a page; whatever is wrong beyond
    /// that, the client hears itself.
    async fn asking_by_redirect(&self, form: &Form, moment: &Moment) -> Result<Asking, Halt> {
        let address = match ReturnAddress::read(form) {
            Ok(address) => address,
            Err(error) => {
                let denied = Denied::AuthorizeMalformed(error.into());
                return Err(Halt::answered(self.error_page(None, denied, moment).await?));
            }
        };
        let (client, back) = match self.addressee(&address).await {
            Ok(known) => known,
            Err(Stop::Denied(denied)) => {
                let claimed = Some(address.client_id);
                return Err(Halt::answered(self.error_page(claimed, denied, moment).await?));
            }
            Err(Stop::Failed(error)) => return Err(Halt::Failed(error)),
        };
        match self.wish(&client, form, address).await {
            Ok((request, terms, aim)) => {
                Ok(Asking { client, answer: Answer::Code(back, terms), request, aim })
            }
            Err(Stop::Denied(denied)) => {
                let event =
                    Event::Authorize { client: Some(client.id), subject: None, resource: None };
                Err(Halt::answered(self.send_refusal(&back, event, &denied, moment).await?))
            }
            Err(Stop::Failed(error)) => Err(Halt::Failed(error)),
        }
    }

    /// The client, and a redirect URI that is its own.
    pub(super) async fn addressee(
        &self,
        address: &ReturnAddress,
    ) -> Result<(Application, Back), Stop> {
        let client = self.store.application(&address.client_id).await?;
        let client = client.ok_or(Denied::ClientUnproven(Unproven::Unknown))?;
        if !client.enabled {
            return Err(Denied::ClientDisabled.into());
        }
        let asked = address.redirect_uri.as_deref();
        let back = Back {
            redirect_uri: redirect::resolve(client.kind, &client.redirect_uris, asked)?,
            response_mode: address.response_mode,
            state: address.state.clone(),
        };
        Ok((Arc::unwrap_or_clone(client), back))
    }

    async fn wish(
        &self,
        client: &Application,
        form: &Form,
        address: ReturnAddress,
    ) -> Result<(SignInRequest, Terms, Aim), Stop> {
        let request = AuthorizeRequest::read(form, address).map_err(Denied::AuthorizeMalformed)?;
        let AuthorizeRequest { back, challenge, nonce, sign_in } = request;
        let aim = self.aim(client, &sign_in.target).await?;
        Ok((sign_in, Terms { redirect_uri: back.redirect_uri, challenge, nonce }, aim))
    }

    /// Tells whoever waits for the answer that there is none.
    pub(super) async fn turn_down(
        &self,
        asking: &Asking,
        subject: Option<&Subject>,
        denied: Denied,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        let event = asking.event(subject);
        match &asking.answer {
            // Nobody but an administrator answers the client.
            Answer::ForEveryone(..) if denied == Denied::AdministratorRequired => {
                self.show_refusal(event, denied, moment).await
            }
            Answer::Code(back, _) | Answer::ForEveryone(back, _) => {
                self.send_refusal(back, event, &denied, moment).await
            }
            Answer::Device(waiting) => self.refuse_device(waiting, event, denied, moment).await,
        }
    }

    /// Sends the client a refusal, once it is on record.
    pub(super) async fn send_refusal(
        &self,
        back: &Back,
        event: Event,
        denied: &Denied,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        self.keep(vec![], event, Outcome::from(denied), moment).await?;
        let refusal = denied.refusal(Dialect::Plain);
        let page = self.endpoints.numbered_error_page(denied.told(), refusal.aadsts);
        let outcome = AuthorizeOutcome::Error {
            code: code(denied),
            description: refusal.numbered(&self.trace(moment)),
            error_uri: Some(page),
            trace_id: moment.trace_id(),
        };
        Ok(self.send_back(back, outcome))
    }

    /// An answer to a redirect URI that is the client's.
    pub(super) fn send_back(&self, back: &Back, outcome: AuthorizeOutcome) -> Step {
        Step::Answer(AuthorizeResponse {
            redirect_uri: back.redirect_uri.clone(),
            response_mode: back.response_mode,
            state: back.state.clone(),
            iss: self.issuer.clone(),
            outcome,
        })
    }

    /// Shows a refusal, once it is on record.
    pub(super) async fn error_page(
        &self,
        client: Option<ClientId>,
        denied: Denied,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        let event = Event::Authorize { client, subject: None, resource: None };
        self.show_refusal(event, denied, moment).await
    }

    /// The same, of whatever it was about.
    pub(super) async fn show_refusal(
        &self,
        event: Event,
        denied: Denied,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        self.keep(vec![], event, Outcome::from(&denied), moment).await?;
        Ok(Step::ErrorPage(denied, self.trace(moment)))
    }
}

/// The code of a refusal at this endpoint: RFC 8707's for resources, OpenID Connect's for what a user
/// has to do.
fn code(denied: &Denied) -> ErrorCode {
    match denied {
        Denied::ConsentMissing(_) => ErrorCode::ConsentRequired,
        Denied::StepUpRequired(_) => ErrorCode::InteractionRequired,
        other => other.code(Dialect::Rfc8693),
    }
}
