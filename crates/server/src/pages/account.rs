//! `POST /{tenant}/account`: which account is meant.

use super::interaction::{Frame, Interaction};
use super::trouble::Trouble;
use crate::app::App;
use crate::request::Submitted;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use stead_core::login::{AccountChoice, AccountPage};
use stead_proto::form::Form;
use stead_proto::id::SessionId;

#[derive(Template)]
#[template(path = "account.html")]
struct Account<'a> {
    frame: &'a Frame,
    page: &'a AccountPage,
}

/// The page.
pub(crate) fn page(page: &AccountPage, frame: &Frame) -> Response {
    super::page(StatusCode::OK, &Account { frame, page }, frame.goes_to.as_deref())
}

/// Goes on with the account that was chosen.
pub(crate) async fn post(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let interaction = Interaction::resume(&app, &sent)?;
    interaction.account_chosen(choice(&sent.form)).await
}

/// Whoever did not choose is asked again.
fn choice(form: &Form) -> AccountChoice {
    let sent = |name| form.one(name).ok().flatten();
    match (sent("choice"), sent("session").and_then(|id| SessionId::parse(id).ok())) {
        (Some("other"), _) => AccountChoice::Another,
        (Some("continue"), Some(session)) => AccountChoice::This(session),
        _ => AccountChoice::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_one_of_two_or_none() {
        let chosen = |text: &str| choice(&Form::parse(text.as_bytes()).unwrap());
        let this = AccountChoice::This(SessionId::parse("s1").unwrap());
        assert_eq!(chosen("choice=continue&session=s1"), this);
        assert_eq!(chosen("choice=other&session=s1"), AccountChoice::Another);
        for text in ["", "choice=continue", "choice=x&session=s1", "choice=other&choice=other"] {
            assert_eq!(chosen(text), AccountChoice::Open, "{text}");
        }
    }
}
