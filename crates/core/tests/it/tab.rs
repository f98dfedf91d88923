//! A browser tab with an authorization request in it.

use crate::world::{CALLBACK, World};
use stead_core::login::{
    AccountChoice, Asked, Browser, ConsentAnswer, ConsentPage, Entry, NewSession, Progress, Step,
    Visit,
};
use stead_core::model::code::CodeGrant;
use stead_proto::authorize::{AuthorizeOutcome, AuthorizeResponse};
use stead_proto::form::Form;

/// The challenge of RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// One authorization request, in a browser.
pub(crate) struct Tab {
    form: Form,
    pub(crate) browser: Browser,
    pub(crate) progress: Progress,
}

impl Tab {
    /// The dashboard's request, with this scope and whatever is added.
    pub(crate) fn open(scope: &str, extra: &str) -> Self {
        Self::raw(&format!(
            "client_id=dashboard&redirect_uri={CALLBACK}&response_type=code&state=xyz\
             &code_challenge={CHALLENGE}&code_challenge_method=S256&scope={scope}&{extra}"
        ))
    }

    /// Any request.
    pub(crate) fn raw(query: &str) -> Self {
        let form = Form::parse(query.as_bytes()).unwrap();
        Self { form, browser: Browser::default(), progress: Progress::default() }
    }

    /// The same browser.
    pub(crate) fn in_browser(mut self, browser: &Browser) -> Self {
        self.browser = browser.clone();
        self
    }

    pub(crate) fn visit(&self) -> Visit<'_> {
        Visit { asked: Asked::Form(&self.form), browser: &self.browser, progress: &self.progress }
    }

    pub(crate) async fn step(&self, world: &World) -> Step {
        world.sts.authorize(&self.visit(), &world.moment()).await.unwrap()
    }

    /// The user types their password, and it is right.
    pub(crate) async fn sign_in(&mut self, world: &World, name: &str) -> NewSession {
        let user = world.user(name).await;
        let entry = world.sts.password_proved(&user, &self.visit(), &world.moment()).await.unwrap();
        let Entry::SignedIn(new) = entry else { panic!("{name} owes a second factor") };
        self.browser.session = Some(new.secret.clone());
        self.progress.signed_in = Some(new.session.id.clone());
        *new
    }

    /// The user says that the account shown is meant, or another one.
    pub(crate) fn choose(&mut self, account: AccountChoice) {
        self.progress.account = account;
    }

    /// The user agrees to this page.
    pub(crate) async fn allow(&self, world: &World, page: &ConsentPage) -> Step {
        self.answer(world, &ConsentAnswer::Allow { shown: page.shown.clone() }).await
    }

    pub(crate) async fn answer(&self, world: &World, answer: &ConsentAnswer) -> Step {
        world.sts.consent(&self.visit(), answer, &world.moment()).await.unwrap()
    }

    /// Signs in and agrees to whatever is asked.
    pub(crate) async fn through(&mut self, world: &World, name: &str) -> AuthorizeResponse {
        self.sign_in(world, name).await;
        match self.step(world).await {
            Step::Consent(page) => answered(self.allow(world, &page).await),
            step => answered(step),
        }
    }
}

/// Alice's browser after she signed in and agreed to `scope`.
pub(crate) async fn alices_browser(world: &World, scope: &str) -> Browser {
    let mut tab = Tab::open(scope, "");
    granted(world, &tab.through(world, "alice").await).await;
    tab.browser
}

pub(crate) fn answered(step: Step) -> AuthorizeResponse {
    match step {
        Step::Answer(response) => response,
        other => panic!("no answer but {other:?}"),
    }
}

pub(crate) fn consent_page(step: Step) -> ConsentPage {
    match step {
        Step::Consent(page) => page,
        other => panic!("no consent page but {other:?}"),
    }
}

/// What is on file for the code that was answered.
pub(crate) async fn granted(world: &World, response: &AuthorizeResponse) -> CodeGrant {
    let AuthorizeOutcome::Code { code, .. } = &response.outcome else {
        panic!("no code but {:?}", response.outcome)
    };
    world.sts.store.code(&code.hash()).await.unwrap().unwrap().0
}

/// The `error` that was answered.
pub(crate) fn error(step: Step) -> String {
    match answered(step).outcome {
        AuthorizeOutcome::Error { code, .. } => code.to_string(),
        other => panic!("no error but {other:?}"),
    }
}

/// What a step is, in a word.
pub(crate) fn kind(step: &Step) -> &'static str {
    match step {
        Step::ErrorPage(..) => "error page",
        Step::SignIn(_) => "sign in",
        Step::SecondFactor(_) => "second factor",
        Step::Enrol(_) => "enrol",
        Step::Security(_) => "security",
        Step::ChooseAccount(_) => "choose account",
        Step::Consent(_) => "consent",
        Step::AdminConsent(_) => "consent for everybody",
        Step::Answer(AuthorizeResponse { outcome: AuthorizeOutcome::Code { .. }, .. }) => "code",
        Step::Answer(_) => "refusal",
        Step::ConfirmDevice(_) => "confirm device",
        Step::UserCodeUnknown => "user code unknown",
        Step::DeviceAnswered(_) => "device answered",
    }
}
