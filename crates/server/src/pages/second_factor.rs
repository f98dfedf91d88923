//! `POST /{tenant}/second-factor`: a one-time code, or a recovery code in its place.

use super::interaction::{Frame, Interaction};
use super::notice::{Notice, NoticeKind};
use super::trouble::Trouble;
use crate::app::App;
use crate::metrics::{self, Login, Method};
use crate::passkeys::Question;
use crate::rate_limit::Attempt;
use crate::request::Submitted;
use crate::{recovery, totp};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use stead_core::denied::Denied;
use stead_core::login::{Challenged, Proved, SecondFactorPage};
use stead_core::ports::StoreError;
use stead_proto::form::Form;

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactor<'a> {
    frame: &'a Frame,
    page: &'a SecondFactorPage,
    passkey: Option<&'a Question>,
    notice: Option<&'static str>,
    code_wrong: bool,
    recovery_wrong: bool,
}

/// The page.
pub(crate) fn page(
    page: &SecondFactorPage,
    passkey: Option<&Question>,
    frame: &Frame,
    notice: Option<&Notice>,
) -> Response {
    let kind = notice.map(|notice| notice.kind);
    let template = SecondFactor {
        frame,
        page,
        passkey,
        notice: kind.map(NoticeKind::text),
        code_wrong: kind == Some(NoticeKind::CodeWrong),
        recovery_wrong: kind == Some(NoticeKind::RecoveryWrong),
    };
    super::page(NoticeKind::status_of(kind), &template, frame.goes_to.as_deref())
}

/// What was typed, and in which of the two fields.
enum Typed<'a> {
    Code(&'a str),
    Recovery(&'a str),
}

impl<'a> Typed<'a> {
    fn of(form: &'a Form) -> Self {
        let field = |name| form.one(name).ok().flatten();
        match field("recovery") {
            Some(code) => Self::Recovery(code),
            None => Self::Code(field("code").unwrap_or_default()),
        }
    }

    fn method(&self) -> Method {
        match self {
            Self::Code(_) => Method::Totp,
            Self::Recovery(_) => Method::Recovery,
        }
    }

    fn wrong(&self) -> Notice {
        Notice::of(match self {
            Self::Code(_) => NoticeKind::CodeWrong,
            Self::Recovery(_) => NoticeKind::RecoveryWrong,
        })
    }

    /// What it proves of this user, as far as it can be told without using it.
    fn proves(
        &self,
        of: &Challenged,
        app: &App,
        sent: &Submitted,
    ) -> Result<Option<Proved>, StoreError> {
        match (self, &of.factors().totp) {
            (Self::Recovery(code), _) => Ok(Some(Proved::Recovery(recovery::typed(code).hash()))),
            (Self::Code(_), None) => Ok(None),
            (Self::Code(code), Some(app_of_user)) => {
                let (secret, now) = (&app_of_user.secret, sent.moment.now);
                let step = totp::step_of(code, secret, now, app.master_key())?;
                Ok(step.map(|step| Proved::Totp { step }))
            }
        }
    }
}

/// Checks the code and goes on, or shows the page again.
pub(crate) async fn post(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let mut interaction = Interaction::resume(&app, &sent)?;
    let Some(challenged) = interaction.challenged().await? else {
        return interaction.proceed().await;
    };
    let typed = Typed::of(&sent.form);
    let attempt = Attempt::of_code(sent.sts.tenant.id.as_str(), &challenged.user().id);
    if !app.attempts().take(&attempt, sent.moment.now) {
        metrics::login(typed.method(), Login::Throttled);
        return interaction.again(&Notice::of(NoticeKind::TooMany)).await;
    }
    let proved = typed.proves(&challenged, &app, &sent);
    let proved = proved.map_err(|error| Trouble::failed(error, &sent.moment))?;
    let taken = match &proved {
        Some(proved) => interaction.second_factor(&challenged, proved).await?,
        None => Err(Denied::SecondFactorWrong),
    };
    let Err(denied) = taken else {
        metrics::login(typed.method(), Login::Ok);
        app.attempts().forgive(&attempt);
        return interaction.proceed().await;
    };
    metrics::login(typed.method(), Login::Wrong);
    interaction.second_factor_failed(&challenged, &denied).await?;
    interaction.again(&typed.wrong()).await
}
