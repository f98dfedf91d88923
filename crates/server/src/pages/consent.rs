//! `POST /{tenant}/consent`: yes or no, the one as easily as the other.

use super::interaction::{Frame, Interaction};
use super::trouble::Trouble;
use crate::app::App;
use crate::metrics;
use crate::request::Submitted;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use stead_core::login::{ConsentAnswer, ConsentPage};
use stead_proto::form::Form;
use stead_proto::scope::OpenIdScope;

#[derive(Template)]
#[template(path = "consent.html")]
struct Consent<'a> {
    frame: &'a Frame,
    page: &'a ConsentPage,
    about_user: Vec<&'static str>,
}

/// The page.
pub(crate) fn page(page: &ConsentPage, frame: &Frame) -> Response {
    let about_user = page.openid.iter().filter_map(|scope| in_words(*scope)).collect();
    let template = Consent { frame, page, about_user };
    super::page(StatusCode::OK, &template, frame.goes_to.as_deref())
}

/// What a scope of OpenID Connect shows of the user.
pub(super) fn in_words(scope: OpenIdScope) -> Option<&'static str> {
    match scope {
        OpenIdScope::Profile => Some("your name and user name"),
        OpenIdScope::Email => Some("your mail address"),
        OpenIdScope::Address => Some("your postal address"),
        OpenIdScope::Phone => Some("your telephone number"),
        OpenIdScope::Openid | OpenIdScope::OfflineAccess => None,
    }
}

/// Takes the answer and goes on.
pub(crate) async fn post(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let interaction = Interaction::resume(&app, &sent)?;
    match decision(&sent.form) {
        Some(answer) => {
            metrics::consent(&answer);
            interaction.consented(&answer).await
        }
        None => interaction.proceed().await,
    }
}

/// Whoever pressed neither button is asked again.
fn decision(form: &Form) -> Option<ConsentAnswer> {
    let sent = |name| form.one(name).ok().flatten();
    match (sent("decision"), sent("shown")) {
        (Some("allow"), Some(shown)) => Some(ConsentAnswer::Allow { shown: shown.to_owned() }),
        (Some("deny"), _) => Some(ConsentAnswer::Deny),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pressed_button_decides() {
        let decided = |text: &str| decision(&Form::parse(text.as_bytes()).unwrap());
        let allow = ConsentAnswer::Allow { shown: "q".into() };
        assert_eq!(decided("decision=allow&shown=q"), Some(allow));
        assert_eq!(decided("decision=deny"), Some(ConsentAnswer::Deny));
        for text in ["", "decision=allow", "decision=yes&shown=q", "decision=deny&decision=allow"] {
            assert_eq!(decided(text), None, "{text}");
        }
    }
}
