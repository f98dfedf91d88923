//! An administrator agrees for everybody in the tenant (Entra's admin consent).
//!
//! It is a request like any other: the user signs in, as strongly as is asked of them anywhere and for this
//! very request, sees one page and answers. What they agree to is on file as given by an administrator, for
//! everyone; who it was, on record.

mod wishes;

use super::agreement::{Agreement, Ask};
use super::asking::{Answer, Asking, Halt};
use super::session::SignedIn;
use super::target::Aim;
use super::{AdminConsentPage, redirect};
use crate::denied::Denied;
use crate::error::Stop;
use crate::model::application::Application;
use crate::model::user::User;
use crate::moment::Moment;
use crate::record::Event;
use crate::sts::Sts;
use stead_proto::acr::StepUp;
use stead_proto::authorize::{AuthorizeOutcome, Prompt, ReturnAddress, SignInRequest};
use stead_proto::form::Form;
use stead_proto::grants::{ParseError, Target};
use stead_proto::id::ClientId;
use stead_proto::scope::ScopeRequest;
use stead_proto::time::Seconds;

/// What is asked for everybody.
#[derive(Debug)]
pub(super) struct Petition {
    pub(super) asks: Vec<Ask>,
}

impl Sts {
    /// Reads such a request. As with a sign-in, an unknown client or redirect URI is shown on a page, and
    /// whatever is wrong beyond that, the client hears itself.
    pub(super) async fn asking_for_everyone(
        &self,
        form: &Form,
        moment: &Moment,
    ) -> Result<Asking, Halt> {
        let address = match ReturnAddress::read(form) {
            Ok(address) => address,
            Err(error) => {
                let denied = Denied::AuthorizeMalformed(error.into());
                return Err(Halt::answered(self.show_refusal(event(None), denied, moment).await?));
            }
        };
        let named = || event(Some(address.client_id.clone()));
        let (client, back) = match self.addressee(&address).await {
            Ok(known) => known,
            Err(Stop::Denied(denied)) => {
                return Err(Halt::answered(self.show_refusal(named(), denied, moment).await?));
            }
            Err(Stop::Failed(error)) => return Err(Halt::Failed(error)),
        };
        if self.administrators.is_none() {
            let denied = Denied::AdministratorsUnset;
            return Err(Halt::answered(self.show_refusal(named(), denied, moment).await?));
        }
        match self.petition(&client, form).await {
            Ok((request, petition)) => {
                let answer = Answer::ForEveryone(back, petition);
                Ok(Asking { client, answer, request, aim: Aim::Userinfo })
            }
            Err(Stop::Denied(denied)) => {
                Err(Halt::answered(self.send_refusal(&back, named(), &denied, moment).await?))
            }
            Err(Stop::Failed(error)) => Err(Halt::Failed(error)),
        }
    }

    /// What is asked for: by name, or without a `scope` all that the client could ever need consent for.
    async fn petition(
        &self,
        client: &Application,
        form: &Form,
    ) -> Result<(SignInRequest, Petition), Stop> {
        let malformed = |error: ParseError| Denied::AuthorizeMalformed(error.into());
        let said = form.one("scope").map_err(|error| malformed(error.into()))?;
        let scope = ScopeRequest::parse(said.unwrap_or_default());
        let scope = scope.map_err(|error| malformed(ParseError::Scope(error)))?;
        let asks = self.asks_for_everyone(client, said.map(|_| &scope)).await?;
        if asks.is_empty() {
            return Err(Denied::ScopeEmpty.into());
        }
        let mut request =
            SignInRequest::plain(Target { resource: scope.resource.clone(), scope }, false);
        // Asked afresh, whoever is signed in, and shown what they agree to.
        request.step_up = StepUp { max_age: Some(Seconds(0)), ..request.step_up };
        request.prompt = [Prompt::Consent].into();
        request.login_hint = form.one("login_hint").ok().flatten().map(str::to_owned);
        Ok((request, Petition { asks }))
    }

    /// What an administrator would agree to; nobody else agrees to anything here.
    pub(super) fn agreement_for_everyone(
        &self,
        petition: &Petition,
        user: &User,
    ) -> Result<Agreement, Denied> {
        let group = self.administrators.as_ref().ok_or(Denied::AdministratorsUnset)?;
        if !user.groups.contains(group) {
            return Err(Denied::AdministratorRequired);
        }
        Ok(Agreement { behind: petition.asks.clone(), ..Agreement::default() })
    }

    /// The page that asks.
    pub(super) fn admin_consent_page(
        &self,
        asking: &Asking,
        signed_in: &SignedIn,
        agreement: &Agreement,
    ) -> AdminConsentPage {
        AdminConsentPage {
            client_name: asking.client.name.clone(),
            tenant: self.tenant.name.clone(),
            redirect_host: redirect::host(&asking.goes_to()),
            user_name: signed_in.user.name.clone(),
            username: signed_in.user.username.clone(),
            lines: agreement.asks().map(|ask| ask.line.clone()).collect(),
            offline: agreement.asks().any(Ask::lasts),
            shown: agreement.fingerprint(asking, signed_in),
        }
    }

    /// Yes, as the client hears it.
    pub(super) fn agreed_for_everyone(
        &self,
        client: &ClientId,
        petition: &Petition,
    ) -> AuthorizeOutcome {
        let own = petition.asks.iter().filter(|ask| ask.client == *client);
        let words = own.flat_map(|ask| {
            let audience = ask.line.audience.as_str().trim_end_matches('/');
            ask.line.scopes.iter().map(move |(scope, _)| format!("{audience}/{scope}"))
        });
        AuthorizeOutcome::AdminConsent {
            tenant: self.tenant.id.clone(),
            scope: words.collect::<Vec<_>>().join(" "),
        }
    }
}

/// A request that got no further than being read.
fn event(client: Option<ClientId>) -> Event {
    Event::AdminConsent { client, subject: None, about: Vec::new() }
}
