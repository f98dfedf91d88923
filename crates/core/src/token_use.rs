//! What introspection, revocation and userinfo share: reading their form, and the record of a refusal.

use crate::client_auth::{self, AuthenticatedClient};
use crate::commit::{Change, Commit, CommitError};
use crate::denied::{Denied, Unproven};
use crate::error::{Stop, TokenError};
use crate::moment::Moment;
use crate::record::{Event, Outcome, Record};
use crate::sts::Sts;
use stead_proto::error::Dialect;
use stead_proto::form::{Form, FormError};
use stead_proto::grants::ParseError;
use stead_proto::id::{ClientId, TokenId};

impl Sts {
    /// Puts on record that what came to an endpoint could not be read at all.
    pub async fn unreadable(
        &self,
        endpoint: &'static str,
        error: FormError,
        moment: &Moment,
    ) -> TokenError {
        let what = TokenUse { endpoint, ..TokenUse::default() };
        let denied = Denied::RequestMalformed(ParseError::Form(error));
        what.refuse(self, denied.into(), moment).await
    }
}

/// One request about a token.
#[derive(Debug, Default)]
pub(crate) struct TokenUse {
    pub endpoint: &'static str,
    pub client: Option<ClientId>,
    pub token: Option<TokenId>,
}

/// A client that asks about a token, and which.
#[derive(Debug)]
pub(crate) struct AboutToken {
    pub client: AuthenticatedClient,
    pub token: String,
}

impl TokenUse {
    /// Reads the form and authenticates the client. The assertion, if one was used, is spent.
    pub(crate) async fn read(
        &mut self,
        sts: &Sts,
        (authorization, body): (Option<&str>, &[u8]),
        moment: &Moment,
    ) -> Result<AboutToken, Stop> {
        let malformed = |error| Denied::RequestMalformed(ParseError::Form(error));
        let form = Form::parse_about_token(body).map_err(malformed)?;
        let sent = (authorization, &form);
        let client = client_auth::authenticate_form(sts, sent, &mut self.client, moment).await?;
        self.client = Some(client.id().clone());
        let token = form.required("token").map_err(malformed)?.to_owned();
        if let Some(once) = client.once() {
            self.spend(sts, Change::SpendOnce(once.clone()), moment).await?;
        }
        Ok(AboutToken { client, token })
    }

    /// Authenticates whoever sent a form that says nothing else. The assertion, if one was used, is spent.
    pub(crate) async fn client(
        &mut self,
        sts: &Sts,
        (authorization, body): (Option<&str>, &[u8]),
        moment: &Moment,
    ) -> Result<AuthenticatedClient, Stop> {
        let malformed = |error| Denied::RequestMalformed(ParseError::Form(error));
        let form = Form::parse_about_token(body).map_err(malformed)?;
        let sent = (authorization, &form);
        let client = client_auth::authenticate_form(sts, sent, &mut self.client, moment).await?;
        self.client = Some(client.id().clone());
        if let Some(once) = client.once() {
            self.spend(sts, Change::SpendOnce(once.clone()), moment).await?;
        }
        Ok(client)
    }

    /// Writes a change of this request, on record.
    pub(crate) async fn spend(
        &self,
        sts: &Sts,
        change: Change,
        moment: &Moment,
    ) -> Result<(), Stop> {
        let record = Record::new(self.event(), Outcome::Done, moment);
        match sts.store.commit(Commit { changes: vec![change], record }).await {
            Ok(_) => Ok(()),
            Err(CommitError::Failed(error)) => Err(error.into()),
            Err(CommitError::Conflict(_)) => {
                Err(Denied::ClientUnproven(Unproven::AssertionReplayed).into())
            }
        }
    }

    /// Records a refusal and says it.
    pub(crate) async fn refuse(self, sts: &Sts, stop: Stop, moment: &Moment) -> TokenError {
        let denied = match stop {
            Stop::Denied(denied) => denied,
            Stop::Failed(error) => return error.into(),
        };
        let record = Record::new(self.event(), Outcome::from(&denied), moment);
        match sts.store.commit(Commit { changes: Vec::new(), record }).await {
            Err(CommitError::Failed(error)) => error.into(),
            _ => TokenError::Denied {
                denied: Box::new(denied),
                dialect: Dialect::Plain,
                trace: sts.trace(moment),
            },
        }
    }

    fn event(&self) -> Event {
        Event::TokenUse {
            endpoint: self.endpoint.to_owned(),
            client: self.client.clone(),
            token: self.token.clone(),
        }
    }
}
