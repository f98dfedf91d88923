//! `POST /{tenant}/sign-in`: user name and password.

use super::interaction::{Frame, Interaction};
use super::notice::{Notice, NoticeKind};
use super::trouble::Trouble;
use crate::app::App;
use crate::metrics::{self, Login, Method};
use crate::passkeys::Question;
use crate::rate_limit::Attempt;
use crate::request::Submitted;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use stead_core::login::{SignInPage, WhySignIn};
use stead_core::model::user::User;
use stead_core::ports::StoreError;
use stead_core::sts::Sts;
use stead_proto::form::Form;
use stead_proto::secret::Password;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    frame: &'a Frame,
    page: &'a SignInPage,
    login: &'a str,
    passkey: Option<&'a Question>,
    notice: Option<&'static str>,
    wrong: bool,
    /// Whether it is a passkey that was wrong: the same one is not offered again by itself.
    refused: bool,
    again: bool,
}

/// The page.
pub(crate) fn page(
    page: &SignInPage,
    passkey: Option<&Question>,
    frame: &Frame,
    notice: Option<&Notice>,
) -> Response {
    let kind = notice.map(|notice| notice.kind);
    let typed = notice.map(|notice| notice.typed.as_str()).filter(|typed| !typed.is_empty());
    let template = SignIn {
        frame,
        page,
        login: typed.or(page.login_hint.as_deref()).unwrap_or_default(),
        passkey,
        notice: kind.map(NoticeKind::text),
        wrong: kind == Some(NoticeKind::Wrong),
        refused: kind == Some(NoticeKind::PasskeyWrong),
        again: page.why == WhySignIn::Again,
    };
    super::page(NoticeKind::status_of(kind), &template, frame.goes_to.as_deref())
}

/// Checks the password and goes on, or shows the page again.
pub(crate) async fn post(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let interaction = Interaction::resume(&app, &sent)?;
    let Submitted { sts, moment, .. } = &sent;
    let typed = Typed::of(&sent.form);
    let attempt = Attempt::new(sts.tenant.id.as_str(), &typed.login, sent.address);
    if !app.attempts().take(&attempt, moment.now) {
        metrics::login(Method::Password, Login::Throttled);
        return interaction.again(&typed.notice(NoticeKind::TooMany)).await;
    }
    let checked = check(&app, sts, &typed).await;
    match checked.map_err(|error| Trouble::failed(error, moment))? {
        Verdict::Right(user) => {
            metrics::login(Method::Password, Login::Ok);
            app.attempts().forgive(&attempt);
            interaction.password_proved(&user).await
        }
        Verdict::Wrong => {
            metrics::login(Method::Password, Login::Wrong);
            let recorded = sts.sign_in_failed(&typed.login, moment).await;
            recorded.map_err(|error| Trouble::failed(error, moment))?;
            interaction.again(&typed.notice(NoticeKind::Wrong)).await
        }
        Verdict::Busy => {
            metrics::login(Method::Password, Login::Busy);
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
