//! Signing out (OpenID Connect RP-Initiated Logout 1.0).
//!
//! A session ends at once only for an ID token that names it; everybody else's wish is put to the
//! user first, so that no image on a page signs anybody out. The browser is sent on only to where
//! the application that is known to ask has registered.

use super::session::{self, SignedIn};
use super::{Browser, redirect};
use crate::model::application::Application;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome};
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::claims::IdTokenClaims;
use stead_proto::form::{self, Form};
use stead_proto::id::{ClientId, Username};
use stead_proto::secret::Jwt;

/// What happens next with a wish to sign out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutStep {
    /// The user is asked.
    Ask(LogoutPage),
    /// The browser is signed out; its cookie is cleared.
    Done {
        /// Where the browser goes; it stays on our page without one.
        redirect: Option<String>,
        /// Whether there was a session to end.
        session_ended: bool,
    },
}

/// What the page shows that asks whether to sign out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutPage {
    /// The application that asks, as far as it is known.
    pub client_name: Option<String>,
    /// The name of who is signed in.
    pub name: String,
    /// The name they sign in with.
    pub username: Username,
}

impl Sts {
    /// Signs the browser out, or asks first.
    pub async fn logout(
        &self,
        form: &Form,
        browser: &Browser,
        confirmed: bool,
        moment: &Moment,
    ) -> Result<LogoutStep, StoreError> {
        let hint = self.logout_hint(form, moment);
        let client = self.logout_client(form, hint.as_ref()).await?;
        let signed_in = self.session_of(browser, moment).await?;
        let proved = match (&hint, &signed_in) {
            (Some(_), None) => true,
            (Some(hint), Some(signed_in)) => names(hint, signed_in),
            (None, _) => false,
        };
        match signed_in {
            Some(SignedIn { user, .. }) if !confirmed && !proved => {
                Ok(LogoutStep::Ask(LogoutPage {
                    client_name: client.map(|client| client.name),
                    name: user.name,
                    username: user.username,
                }))
            }
            signed_in => {
                let known = client.filter(|_| confirmed || proved);
                let redirect = known.and_then(|client| back_to(form, &client));
                let session_ended = signed_in.is_some();
                if let Some(signed_in) = signed_in {
                    self.sign_out(&signed_in, moment).await?;
                }
                Ok(LogoutStep::Done { redirect, session_ended })
            }
        }
    }

    async fn sign_out(&self, signed_in: &SignedIn, moment: &Moment) -> Result<(), StoreError> {
        let changes = vec![session::ended(&signed_in.session, "signed out", moment)];
        let event = Event::SignOut {
            subject: Some(signed_in.user.id.clone()),
            session: Some(signed_in.session.id.clone()),
        };
        self.keep(changes, event, Outcome::Done, moment).await
    }

    /// The ID token sent along; one that was altered, or is not of the client named beside it, is none.
    fn logout_hint(&self, form: &Form, moment: &Moment) -> Option<IdTokenClaims> {
        let hint = self.hint(&Jwt::new(sent(form, "id_token_hint")?), moment)?;
        let same = sent(form, "client_id").is_none_or(|named| named == hint.aud.as_str());
        same.then_some(hint)
    }

    /// The application that asks: proved by the ID token, else as it says. Which of them, decides
    /// whether the user has to confirm before the browser is sent there.
    async fn logout_client(
        &self,
        form: &Form,
        hint: Option<&IdTokenClaims>,
    ) -> Result<Option<Application>, StoreError> {
        let said = || sent(form, "client_id").and_then(|text| ClientId::parse(text).ok());
        let id = match hint {
            Some(hint) => Some(hint.aud.clone()),
            // A hint that will not do makes the request nobody's.
            None if form.was_sent("id_token_hint") => None,
            None => said(),
        };
        let nobody = !form.was_sent("id_token_hint") && !form.was_sent("client_id");
        let Some(id) = id else {
            return if nobody { self.client_behind(form).await } else { Ok(None) };
        };
        let found = self.store.application(&id).await?.filter(|client| client.enabled);
        Ok(found.map(Arc::unwrap_or_clone))
    }
}

impl Sts {
    /// The only application that has registered the address to go to, if nothing else says who asks, as
    /// MSAL in a browser does not. Like every client that has only said who it is, it is gone to after the
    /// user confirmed.
    async fn client_behind(&self, form: &Form) -> Result<Option<Application>, StoreError> {
        if sent(form, "post_logout_redirect_uri").is_none() {
            return Ok(None);
        }
        let mut all = self.store.applications().await?;
        all.retain(|client| client.enabled && back_to(form, client).is_some());
        Ok(if all.len() == 1 { all.pop() } else { None })
    }
}

/// A parameter sent once. Logout has no error to answer with: what cannot be read is not there.
fn sent<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.one(name).ok().flatten()
}

/// Whether an ID token speaks of this session, or of its user at least.
fn names(hint: &IdTokenClaims, signed_in: &SignedIn) -> bool {
    hint.sid == signed_in.session.id || hint.oid == signed_in.user.id
}

/// Where the browser is sent: what is registered, as for an answer, with the state behind it.
fn back_to(form: &Form, client: &Application) -> Option<String> {
    let asked = sent(form, "post_logout_redirect_uri")?;
    let uri =
        redirect::resolve(client.kind, &client.post_logout_redirect_uris, Some(asked)).ok()?;
    let Some(state) = sent(form, "state") else { return Some(uri) };
    let joint = if uri.contains('?') { '&' } else { '?' };
    Some(format!("{uri}{joint}{}", form::write(&[("state", state)])))
}
