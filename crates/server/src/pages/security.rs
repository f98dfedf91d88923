//! `GET` and `POST /{tenant}/security`: the user's own factors.

use super::interaction::{Frame, Interaction};
use super::notice::{Notice, NoticeKind};
use super::trouble::Trouble;
use crate::app::App;
use crate::flow::Held;
use crate::passkeys::Question;
use crate::request::{At, Submitted, Tenant};
use crate::{recovery, totp};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use std::fmt::Display;
use stead_core::login::{Owner, SecurityPage};
use stead_proto::form::Form;
use stead_proto::id::CredentialId;

#[derive(Template)]
#[template(path = "security.html")]
struct Security<'a> {
    frame: &'a Frame,
    page: &'a SecurityPage,
    passkey: Option<&'a Question>,
    notice: Option<&'static str>,
}

/// The page.
pub(crate) fn page(
    page: &SecurityPage,
    passkey: Option<&Question>,
    frame: &Frame,
    notice: Option<&Notice>,
) -> Response {
    let kind = notice.map(|notice| notice.kind);
    let template = Security { frame, page, passkey, notice: kind.map(NoticeKind::text) };
    super::page(NoticeKind::status_of(kind), &template, None)
}

/// The day of an instant, as people read it.
fn day(at: &impl Display) -> String {
    at.to_string().chars().take_while(|c| *c != 'T').collect()
}

/// Shows the page, once the user has proved who they are.
pub(crate) async fn get(
    State(app): State<App>,
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    Interaction::begin(&app, &sts, &moment, &headers, Held::Security).proceed().await
}

/// Changes what was asked, if whoever asks may, and shows the page again.
pub(crate) async fn post(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let mut interaction = Interaction::resume(&app, &sent)?;
    let Some(owner) = interaction.owner().await? else { return interaction.proceed().await };
    match Wish::of(&sent.form) {
        Some(Wish::AddTotp) => {
            let offered = totp::offer(app.master_key());
            interaction.progress.offered = Some(interaction.told(offered)?);
        }
        Some(Wish::RemoveTotp) => {
            interaction.told(sent.sts.remove_totp(&owner, &sent.moment).await)?;
        }
        Some(Wish::RemovePasskey(id)) => {
            interaction.told(sent.sts.remove_passkey(&owner, &id, &sent.moment).await)?;
        }
        Some(Wish::NewCodes) if owner.factors().enrolled() => {
            return interaction.new_codes(&owner).await;
        }
        Some(Wish::NewCodes) | None => interaction.progress.offered = None,
    }
    interaction.proceed().await
}

/// What the user pressed.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    AddTotp,
    RemoveTotp,
    RemovePasskey(CredentialId),
    NewCodes,
}

impl Wish {
    fn of(form: &Form) -> Option<Self> {
        let sent = |name| form.one(name).ok().flatten();
        match sent("wish")? {
            "add-totp" => Some(Self::AddTotp),
            "remove-totp" => Some(Self::RemoveTotp),
            "remove-passkey" => {
                sent("passkey").and_then(|id| CredentialId::parse(id).ok()).map(Self::RemovePasskey)
            }
            "new-codes" => Some(Self::NewCodes),
            _ => None,
        }
    }
}

impl Interaction<'_> {
    /// Puts new recovery codes in the place of the old ones and shows them.
    async fn new_codes(self, owner: &Owner) -> Result<Response, Trouble> {
        let codes = recovery::codes();
        let hashes = recovery::hashes(&codes);
        self.told(self.sts.renew_recovery(owner, &hashes, self.moment).await)?;
        self.show_codes(&codes).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::time::Timestamp;

    #[test]
    fn only_a_pressed_button_is_a_wish() {
        let wished = |text: &str| Wish::of(&Form::parse(text.as_bytes()).unwrap());
        let key = CredentialId::parse("k1").unwrap();
        assert_eq!(wished("wish=remove-passkey&passkey=k1"), Some(Wish::RemovePasskey(key)));
        assert_eq!(wished("wish=new-codes"), Some(Wish::NewCodes));
        for text in ["", "wish=", "wish=remove-passkey", "wish=add-totp&wish=add-totp"] {
            assert_eq!(wished(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_the_first_part_of_an_instant() {
        assert_eq!(day(&Timestamp::from_secs(1_795_435_200)), "2026-11-23");
    }
}
