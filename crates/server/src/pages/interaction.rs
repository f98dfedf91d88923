//! One authorization request in one browser: asks the core what is next, and shows it.

use super::notice::Notice;
use super::trouble::{self, Trouble};
use super::{
    account, admin_consent, consent, device, enrol, form_post, redirect, second_factor, security,
    sign_in,
};
use crate::app::App;
use crate::flow::{BrowserId, Flow, FlowError, Held, Place};
use crate::request::Submitted;
use crate::session_cookie;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use stead_core::login::{
    AccountChoice, Browser, ConsentAnswer, Entry, NewSession, Progress, Step, Visit,
};
use stead_core::model::user::User;
use stead_core::moment::Moment;
use stead_core::ports::StoreError;
use stead_core::sts::Sts;
use stead_proto::authorize::AuthorizeResponse;
use stead_proto::form::FormError;
use stead_proto::id::{ClientId, SessionId};

/// One authorization request in one browser, or a visit to the security page.
pub(crate) struct Interaction<'a> {
    pub(super) app: &'a App,
    pub(super) sts: &'a Sts,
    pub(super) moment: &'a Moment,
    id: BrowserId,
    browser: Browser,
    asked: Held,
    pub(super) progress: Progress,
    new_session: Option<HeaderValue>,
}

/// What every page of an interaction needs.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The tenant's segment in URLs.
    pub(crate) tenant: String,
    /// The sealed state, for a hidden field.
    pub(crate) flow: String,
    /// Where the form may lead in the end.
    pub(crate) goes_to: Option<String>,
}

impl<'a> Interaction<'a> {
    /// A request that just came in.
    pub(crate) fn begin(
        app: &'a App,
        sts: &'a Sts,
        moment: &'a Moment,
        headers: &HeaderMap,
        asked: Held,
    ) -> Self {
        Self {
            app,
            sts,
            moment,
            id: BrowserId::of(headers),
            browser: Browser { session: session_cookie::read(&sts.tenant, headers) },
            asked,
            progress: Progress::default(),
            new_session: None,
        }
    }

    /// A request that a page sent back.
    pub(crate) fn resume(app: &'a App, sent: &'a Submitted) -> Result<Self, Trouble> {
        let Submitted { sts, moment, headers, form, .. } = sent;
        let sealed = form.one("flow").ok().flatten().unwrap_or_default();
        let id = BrowserId::of(headers);
        let trouble = |error| Trouble::flow(error, moment);
        let flow = Flow::open(sealed, &place(app, sts, moment, &id)).map_err(trouble)?;
        let asked = flow.asked().map_err(trouble)?;
        Ok(Self { progress: flow.progress, ..Self::begin(app, sts, moment, headers, asked) })
    }

    /// A request whose form cannot be read.
    pub(crate) async fn unreadable(
        sts: &Sts,
        moment: &Moment,
        error: FormError,
    ) -> Result<Response, Trouble> {
        match sts.authorize_unreadable(error, moment).await {
            Ok(Step::ErrorPage(denied, trace)) => Ok(trouble::denied(&denied, &trace)),
            Ok(_) => Err(Trouble::flow(FlowError::NotOurs, moment)),
            Err(error) => Err(Trouble::failed(error, moment)),
        }
    }

    /// Asks what is next and shows it.
    pub(crate) async fn proceed(self) -> Result<Response, Trouble> {
        self.show_next(None).await
    }

    /// The same page once more, with a word about what went wrong.
    pub(crate) async fn again(self, notice: &Notice) -> Result<Response, Trouble> {
        self.show_next(Some(notice)).await
    }

    /// The user's password was right.
    pub(crate) async fn password_proved(mut self, user: &User) -> Result<Response, Trouble> {
        let entry = self.sts.password_proved(user, &self.visit(), self.moment).await;
        match entry.map_err(|error| self.failed(error))? {
            Entry::SignedIn(made) => self.signed_in(*made),
            Entry::Halfway(halfway) => self.progress.halfway = Some(halfway),
        }
        self.proceed().await
    }

    /// A session stands on what the user proved.
    pub(super) fn signed_in(&mut self, made: NewSession) {
        self.new_session = session_cookie::set(&self.sts.tenant, &made.secret);
        self.browser.session = Some(made.secret);
        self.progress.signed_in = Some(made.session.id);
        self.progress.halfway = None;
        self.progress.offered = None;
    }

    /// The user said which account is meant.
    pub(crate) async fn account_chosen(
        mut self,
        choice: AccountChoice,
    ) -> Result<Response, Trouble> {
        self.progress.account = choice;
        self.proceed().await
    }

    /// The user said that the device is theirs, in this session.
    pub(crate) async fn device_confirmed(
        mut self,
        session: Option<SessionId>,
    ) -> Result<Response, Trouble> {
        self.progress.confirmed = session;
        self.proceed().await
    }

    /// Asks for the code that a device shows.
    pub(crate) async fn ask_code(
        self,
        typed: &str,
        notice: Option<device::Notice>,
    ) -> Result<Response, Trouble> {
        let shown = device::code_page(&self.frame().await?, typed, notice);
        Ok(self.with_cookies(shown))
    }

    /// The user answered the question for consent.
    pub(crate) async fn consented(self, answer: &ConsentAnswer) -> Result<Response, Trouble> {
        let step = self.sts.consent(&self.visit(), answer, self.moment).await;
        let step = step.map_err(|error| self.failed(error))?;
        self.show(step, None).await
    }

    async fn show_next(self, notice: Option<&Notice>) -> Result<Response, Trouble> {
        let step = self.sts.authorize(&self.visit(), self.moment).await;
        let step = step.map_err(|error| self.failed(error))?;
        self.show(step, notice).await
    }

    async fn show(mut self, step: Step, notice: Option<&Notice>) -> Result<Response, Trouble> {
        let shown = match step {
            Step::ErrorPage(denied, trace) => trouble::denied(&denied, &trace),
            Step::SignIn(page) => {
                let passkey = self.ask_anybody()?;
                sign_in::page(&page, passkey.as_ref(), &self.frame().await?, notice)
            }
            Step::SecondFactor(page) => {
                let passkey = self.ask_challenged().await?;
                second_factor::page(&page, passkey.as_ref(), &self.frame().await?, notice)
            }
            Step::Enrol(page) => {
                let offer = self.offer(&page)?;
                let passkey = self.ask_owner().await?;
                let ways = enrol::Ways { offer: &offer, passkey: passkey.as_ref() };
                enrol::page(&page, ways, &self.frame().await?, notice)
            }
            Step::Security(page) => {
                let passkey = self.ask_owner().await?;
                security::page(&page, passkey.as_ref(), &self.frame().await?, notice)
            }
            Step::ChooseAccount(page) => account::page(&page, &self.frame().await?),
            Step::Consent(page) => consent::page(&page, &self.frame().await?),
            Step::AdminConsent(page) => admin_consent::page(&page, &self.frame().await?),
            Step::ConfirmDevice(page) => device::confirm_page(&page, &self.frame().await?),
            Step::Answer(response) => answer(&response),
            Step::UserCodeUnknown => {
                let code = self.user_code();
                device::code_page(&self.frame().await?, &code, Some(device::Notice::Unknown))
            }
            Step::DeviceAnswered(end) => device::end_page(&end),
        };
        Ok(self.with_cookies(shown))
    }

    pub(super) fn with_cookies(self, mut response: Response) -> Response {
        let page = response.status() != StatusCode::SEE_OTHER;
        let browser = if page { self.id.to_set() } else { None };
        for cookie in [browser, self.new_session].into_iter().flatten() {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    fn user_code(&self) -> String {
        match &self.asked {
            Held::Device(code) => code.shown(),
            Held::Form(_) | Held::ForEveryone(_) | Held::Security => String::new(),
        }
    }

    /// Where it is: of which tenant, in which browser, when.
    pub(super) fn place(&self) -> Place<'_> {
        place(self.app, self.sts, self.moment, &self.id)
    }

    pub(super) fn visit(&self) -> Visit<'_> {
        Visit { asked: self.asked.asked(), browser: &self.browser, progress: &self.progress }
    }

    pub(super) fn failed(&self, error: StoreError) -> Trouble {
        Trouble::failed(error, self.moment)
    }

    pub(super) async fn frame(&self) -> Result<Frame, Trouble> {
        let place = self.place();
        let flow = Flow::new(self.asked.asked(), &self.progress, &place);
        let flow = flow.seal(self.app.master_key()).map_err(|error| self.failed(error))?;
        let goes_to = self.goes_to().await.map_err(|error| self.failed(error))?;
        Ok(Frame { tenant: self.sts.tenant.name.to_string(), flow, goes_to })
    }

    /// The redirect URI, which was checked or no page would be shown; if none was sent, the only one. At a
    /// device, nowhere.
    async fn goes_to(&self) -> Result<Option<String>, StoreError> {
        let (Held::Form(form) | Held::ForEveryone(form)) = &self.asked else { return Ok(None) };
        let sent = |name| form.one(name).ok().flatten();
        if let Some(uri) = sent("redirect_uri") {
            return Ok(Some(uri.to_owned()));
        }
        let Some(id) = sent("client_id").and_then(|id| ClientId::parse(id).ok()) else {
            return Ok(None);
        };
        let client = self.sts.store.application(&id).await?;
        Ok(client.and_then(|client| client.redirect_uris.first().cloned()))
    }
}

fn answer(response: &AuthorizeResponse) -> Response {
    match response.location() {
        Some(location) => redirect(&location),
        None => form_post::page(response),
    }
}

fn place<'a>(app: &'a App, sts: &'a Sts, moment: &Moment, browser: &'a BrowserId) -> Place<'a> {
    Place { master: app.master_key(), tenant: &sts.tenant.id, browser, now: moment.now }
}
