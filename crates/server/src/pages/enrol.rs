//! `POST /{tenant}/enrol`: the first code of a new app; and the recovery codes that come with it.

use super::factors::{Added, Offer};
use super::interaction::{Frame, Interaction};
use super::notice::{Notice, NoticeKind};
use super::trouble::Trouble;
use crate::app::App;
use crate::passkeys::Question;
use crate::rate_limit::Attempt;
use crate::request::Submitted;
use crate::{recovery, totp};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use stead_core::login::{EnrolPage, NewFactor};
use stead_proto::form::Form;
use stead_proto::secret::RecoveryPhrase;

/// Longest name of a factor, in characters.
const NAME: usize = 60;

/// What an app is called that was given no name.
const UNNAMED: &str = "Authenticator app";

#[derive(Template)]
#[template(path = "enrol.html")]
struct Enrol<'a> {
    frame: &'a Frame,
    page: &'a EnrolPage,
    offer: &'a Offer,
    passkey: Option<&'a Question>,
    notice: Option<&'static str>,
    wrong: bool,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodes<'a> {
    frame: &'a Frame,
    codes: Vec<String>,
}

/// The factors that can be added.
#[derive(Clone, Copy)]
pub(crate) struct Ways<'a> {
    pub(crate) offer: &'a Offer,
    pub(crate) passkey: Option<&'a Question>,
}

/// The page.
pub(crate) fn page(
    page: &EnrolPage,
    Ways { offer, passkey }: Ways<'_>,
    frame: &Frame,
    notice: Option<&Notice>,
) -> Response {
    let kind = notice.map(|notice| notice.kind);
    let wrong = kind == Some(NoticeKind::CodeWrong);
    let template = Enrol { frame, page, offer, passkey, notice: kind.map(NoticeKind::text), wrong };
    super::page(NoticeKind::status_of(kind), &template, frame.goes_to.as_deref())
}

/// The recovery codes, this once.
pub(crate) fn recovery_codes(codes: &[RecoveryPhrase], frame: &Frame) -> Response {
    let template = RecoveryCodes { frame, codes: codes.iter().map(recovery::shown).collect() };
    super::page(StatusCode::OK, &template, frame.goes_to.as_deref())
}

/// Adds the app if its first code is right.
pub(crate) async fn post(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let mut interaction = Interaction::resume(&app, &sent)?;
    let (owner, offered) = (interaction.owner().await?, interaction.progress.offered.clone());
    let (Some(owner), Some(secret)) = (owner, offered) else {
        return interaction.proceed().await;
    };
    let attempt = Attempt::of_code(sent.sts.tenant.id.as_str(), &owner.user().id);
    if !app.attempts().take(&attempt, sent.moment.now) {
        return interaction.again(&Notice::of(NoticeKind::TooMany)).await;
    }
    let code = sent.form.one("code").ok().flatten().unwrap_or_default();
    let step = totp::step_of(code, &secret, sent.moment.now, app.master_key());
    let added = match interaction.told(step)? {
        Some(step) => {
            let new = NewFactor::Totp { secret, name: name(&sent.form, UNNAMED), step };
            interaction.add_factor(&owner, &new).await?
        }
        None => Added::Not,
    };
    if let Added::Not = added {
        interaction.told(sent.sts.totp_not_added(&owner, &sent.moment).await)?;
        return interaction.again(&Notice::of(NoticeKind::CodeWrong)).await;
    }
    app.attempts().forgive(&attempt);
    if let Added::WithCodes(codes) = added {
        return interaction.show_codes(&codes).await;
    }
    interaction.proceed().await
}

/// `POST /{tenant}/continue`: goes on from a page that asked nothing.
pub(crate) async fn proceed(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    Interaction::resume(&app, &sent)?.proceed().await
}

/// What the user calls it: one short line.
pub(crate) fn name(form: &Form, unnamed: &str) -> String {
    let typed = form.one("name").ok().flatten().unwrap_or_default();
    let name: String = typed.chars().filter(|c| !c.is_control()).take(NAME).collect();
    match name.trim() {
        "" => unnamed.to_owned(),
        name => name.to_owned(),
    }
}

impl Interaction<'_> {
    /// Shows recovery codes, then goes on.
    pub(crate) async fn show_codes(self, codes: &[RecoveryPhrase]) -> Result<Response, Trouble> {
        let shown = recovery_codes(codes, &self.frame().await?);
        Ok(self.with_cookies(shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line_or_the_usual_one() {
        let called = |text: &str| name(&Form::parse(text.as_bytes()).unwrap(), UNNAMED);
        assert_eq!(called("name=+My+phone%0D%0A+"), "My phone");
        assert_eq!(called(&format!("name={}", "x".repeat(99))), "x".repeat(60));
        for text in ["", "name=", "name=+", "name=a&name=b"] {
            assert_eq!(called(text), UNNAMED, "{text}");
        }
    }
}
