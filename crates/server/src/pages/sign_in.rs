//! `POST /{tenant}/sign-in`: user name and password.

use super::interaction::{Frame, Interaction};
use super::trouble::Trouble;
use crate::app::App;
use crate::metrics::{self, Login};
use crate::rate_limit::Attempt;
use crate::request::Submitted;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use stead_core::login::{SignInPage, WhySignIn};
use stead_core::model::user::User;
use stead_core::ports::StoreError;
use stead_core::sts::Sts;
use stead_proto::form::Form;
use stead_proto::secret::Password;

/// A word about what went wrong. It never says who has an account.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    kind: NoticeKind,
    typed: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoticeKind {
    Wrong,
    TooMany,
    Busy,
}

impl NoticeKind {
    fn status(self) -> StatusCode {
        match self {
            Self::Wrong => StatusCode::BAD_REQUEST,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Wrong => "The user name or the password is wrong.",
            Self::TooMany => "Too many attempts. Wait a moment, then try again.",
            Self::Busy => "Many people are signing in right now. Try again in a moment.",
        }
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    frame: &'a Frame,
    page: &'a SignInPage,
    login: &'a str,
    notice: Option<&'static str>,
    wrong: bool,
    again: bool,
}

/// The page.
pub(crate) fn page(page: &SignInPage, frame: &Frame, notice: Option<&Notice>) -> Response {
    let kind = notice.map(|notice| notice.kind);
    let typed = notice.map(|notice| notice.typed.as_str());
    let template = SignIn {
        frame,
        page,
        login: typed.or(page.login_hint.as_deref()).unwrap_or_default(),
        notice: kind.map(NoticeKind::text),
        wrong: kind == Some(NoticeKind::Wrong),
        again: page.why == WhySignIn::Again,
    };
    let status = kind.map_or(StatusCode::OK, NoticeKind::status);
    super::page(status, &template, frame.goes_to.as_deref())
}

/// Checks the password and goes on, or shows the page again.
pub(crate) async fn post(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let interaction = Interaction::resume(&app, &sent)?;
    let Submitted { sts, moment, .. } = &sent;
    let typed = Typed::of(&sent.form);
    let attempt = Attempt::new(sts.tenant.id.as_str(), &typed.login, sent.address);
    if !app.attempts().take(&attempt, moment.now) {
        metrics::login(Login::Throttled);
        return interaction.again(&typed.notice(NoticeKind::TooMany)).await;
    }
    let checked = check(&app, sts, &typed).await;
    match checked.map_err(|error| Trouble::failed(error, moment))? {
        Verdict::Right(user) => {
            metrics::login(Login::Ok);
            app.attempts().forgive(&attempt);
            interaction.signed_in(&user).await
        }
        Verdict::Wrong => {
            metrics::login(Login::Wrong);
            let recorded = sts.sign_in_failed(&typed.login, moment).await;
            recorded.map_err(|error| Trouble::failed(error, moment))?;
            interaction.again(&typed.notice(NoticeKind::Wrong)).await
        }
        Verdict::Busy => {
            metrics::login(Login::Busy);
            app.attempts().give_back(&attempt);
            interaction.again(&typed.notice(NoticeKind::Busy)).await
        }
    }
}

/// What was typed.
struct Typed {
    login: String,
    password: Password,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let field = |name| form.one(name).ok().flatten().unwrap_or_default().to_owned();
        Self { login: field("login"), password: Password::new(field("password")) }
    }

    fn notice(&self, kind: NoticeKind) -> Notice {
        Notice { kind, typed: self.login.clone() }
    }
}

enum Verdict {
    Right(Box<User>),
    Wrong,
    Busy,
}

/// The same work whether somebody is called so or not.
async fn check(app: &App, sts: &Sts, typed: &Typed) -> Result<Verdict, StoreError> {
    let user = sts.account_for(&typed.login).await?;
    let hash = user.as_ref().and_then(|user| user.password.clone());
    Ok(match (app.passwords().verify(typed.password.clone(), hash).await, user) {
        (Ok(true), Some(user)) => Verdict::Right(Box::new(user)),
        (Ok(_), _) => Verdict::Wrong,
        (Err(_), _) => Verdict::Busy,
    })
}
