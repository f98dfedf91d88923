//! Revocation (RFC 7009): a token's own client may end it, and with it all that descends from it.

use crate::client_auth::AuthenticatedClient;
use crate::commit::Change;
use crate::denied::Denied;
use crate::error::{Stop, TokenError};
use crate::model::revocation::{Ancestor, Revocation};
use crate::moment::Moment;
use crate::sts::Sts;
use crate::token_use::TokenUse;
use stead_proto::secret::{Jwt, RefreshToken};

impl Sts {
    /// Answers a revocation request. What is unknown, or dead already, is fine as it is.
    pub async fn revoke(
        &self,
        authorization: Option<&str>,
        body: &[u8],
        moment: &Moment,
    ) -> Result<(), TokenError> {
        let mut what = TokenUse { endpoint: "revoke", ..TokenUse::default() };
        match self.revoke_one(&mut what, (authorization, body), moment).await {
            Ok(()) => Ok(()),
            Err(stop) => Err(what.refuse(self, stop, moment).await),
        }
    }

    async fn revoke_one(
        &self,
        what: &mut TokenUse,
        sent: (Option<&str>, &[u8]),
        moment: &Moment,
    ) -> Result<(), Stop> {
        let about = what.read(self, sent, moment).await?;
        // The hint is one (RFC 7009 §2.1): both kinds are looked for whatever it says.
        let Some(ancestor) = self.found(what, &about.client, &about.token, moment).await? else {
            return Ok(());
        };
        let why = format!("revoked by client {}", about.client.id());
        let fact = Revocation { about: ancestor, at: moment.now, why };
        what.spend(self, Change::Revoke(fact), moment).await
    }

    /// What ends when this token is revoked; `None` if nobody was given it.
    async fn found(
        &self,
        what: &mut TokenUse,
        client: &AuthenticatedClient,
        token: &str,
        moment: &Moment,
    ) -> Result<Option<Ancestor>, Stop> {
        if let Some((held, _)) = self.store.refresh(&RefreshToken::new(token).hash()).await? {
            return if held.client == *client.id() {
                Ok(Some(Ancestor::Family(held.family)))
            } else {
                Err(Denied::TokenNotClients.into())
            };
        }
        let Some(claims) = self.living(&Jwt::new(token), moment).await? else { return Ok(None) };
        what.token = Some(claims.jti.clone());
        if claims.client_id == *client.id() {
            Ok(Some(Ancestor::Token(claims.jti)))
        } else {
            Err(Denied::TokenNotClients.into())
        }
    }
}
