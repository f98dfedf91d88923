//! An authorization request, read and held against what is registered; and how it is refused.
//!
//! Until the client and its redirect URI are known, a refusal is shown and nothing is redirected.

use super::target::Aim;
use super::{Step, redirect};
use crate::denied::{Denied, Unproven};
use crate::error::Stop;
use crate::model::application::Application;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome};
use crate::sts::Sts;
use stead_proto::authorize::{
    AuthorizeOutcome, AuthorizeRequest, AuthorizeResponse, ResponseMode, ReturnAddress,
};
use stead_proto::error::{Dialect, ErrorCode};
use stead_proto::form::Form;
use stead_proto::id::{ClientId, Subject};

/// Where the answer goes: a redirect URI that is the client's.
#[derive(Debug)]
pub(super) struct Back {
    pub(super) redirect_uri: String,
    pub(super) response_mode: ResponseMode,
    pub(super) state: Option<String>,
}

/// A request that may be answered by redirect, and what it asks for.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) client: Application,
    pub(super) back: Back,
    pub(super) request: AuthorizeRequest,
    pub(super) aim: Aim,
}

impl Asking {
    /// What the record says it was about.
    pub(super) fn event(&self, subject: Option<&Subject>) -> Event {
        Event::Authorize {
            client: Some(self.client.id.clone()),
            subject: subject.cloned(),
            resource: self.aim.audience().cloned(),
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
    fn answered(step: Step) -> Self {
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
    /// Reads a request. An unknown client or redirect URI is shown on a page; whatever is wrong beyond
    /// that, the client hears itself.
    pub(super) async fn asking(&self, form: &Form, moment: &Moment) -> Result<Asking, Halt> {
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
            Ok((request, aim)) => Ok(Asking { client, back, request, aim }),
            Err(Stop::Denied(denied)) => {
                let event =
                    Event::Authorize { client: Some(client.id), subject: None, resource: None };
                Err(Halt::answered(self.turn_down(&back, event, &denied, moment).await?))
            }
            Err(Stop::Failed(error)) => Err(Halt::Failed(error)),
        }
    }

    /// The client, and a redirect URI that is its own.
    async fn addressee(&self, address: &ReturnAddress) -> Result<(Application, Back), Stop> {
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
        Ok((client, back))
    }

    async fn wish(
        &self,
        client: &Application,
        form: &Form,
        address: ReturnAddress,
    ) -> Result<(AuthorizeRequest, Aim), Stop> {
        let request = AuthorizeRequest::read(form, address).map_err(Denied::AuthorizeMalformed)?;
        let aim = self.aim(client, &request).await?;
        Ok((request, aim))
    }

    /// Sends the client a refusal, once it is on record.
    pub(super) async fn turn_down(
        &self,
        back: &Back,
        event: Event,
        denied: &Denied,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        self.keep(vec![], event, Outcome::from(denied), moment).await?;
        let outcome = AuthorizeOutcome::Error {
            code: code(denied),
            description: denied.to_string(),
            error_uri: Some(self.endpoints.error_page(denied.told())),
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
        self.keep(vec![], event, Outcome::from(&denied), moment).await?;
        Ok(Step::ErrorPage(denied, self.trace(moment)))
    }
}

/// The code of a refusal at this endpoint: RFC 8707's for resources, OpenID Connect's for consent.
fn code(denied: &Denied) -> ErrorCode {
    match denied {
        Denied::ConsentMissing(_) => ErrorCode::ConsentRequired,
        other => other.code(Dialect::Rfc8693),
    }
}
