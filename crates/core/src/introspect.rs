//! Introspection (RFC 7662): is this token alive? Told only to whom it is addressed, or issued.

use crate::client_auth::AuthenticatedClient;
use crate::denied::{Denied, Unproven};
use crate::error::{Stop, TokenError};
use crate::liveness::Descent;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::sts::Sts;
use crate::subject;
use crate::token_use::TokenUse;
use stead_proto::claims::AccessTokenClaims;
use stead_proto::introspection::Introspection;
use stead_proto::jwt::Unverified;
use stead_proto::secret::Jwt;

impl Sts {
    /// Answers an introspection request. Everything that is not alive, or none of the asker's business,
    /// looks the same: inactive.
    pub async fn introspect(
        &self,
        authorization: Option<&str>,
        body: &[u8],
        moment: &Moment,
    ) -> Result<Introspection, TokenError> {
        let mut what = TokenUse { endpoint: "introspect", ..TokenUse::default() };
        let about = match what.read(self, (authorization, body), moment).await {
            Ok(about) if about.client.is_proven() => about,
            Ok(_) => {
                let stop = Stop::Denied(Denied::ClientUnproven(Unproven::NoProof));
                return Err(what.refuse(self, stop, moment).await);
            }
            Err(stop) => return Err(what.refuse(self, stop, moment).await),
        };
        let living = self.living(&Jwt::new(about.token), moment).await?;
        match living.filter(|claims| may_know(&about.client, claims)) {
            Some(claims) if self.resource_enabled(&claims).await? => {
                Ok(Introspection::active(claims))
            }
            _ => Ok(Introspection::inactive()),
        }
    }

    /// The claims of one of our access tokens, if it is valid and everything it descends from is alive.
    pub(crate) async fn living(
        &self,
        token: &Jwt,
        moment: &Moment,
    ) -> Result<Option<AccessTokenClaims>, StoreError> {
        let ring = self.ring();
        let verified =
            Unverified::parse(token).and_then(|token| subject::access_token(&token, &ring, moment));
        let Ok(verified) = verified else { return Ok(None) };
        let key = verified.header().kid().cloned();
        let claims = verified.into_claims();
        if claims.iss != self.issuer || claims.tid != self.tenant.id {
            return Ok(None);
        }
        let descent = Descent::of_token(&claims, key.as_ref());
        let facts = self.store.revocations(&descent.ancestors).await?;
        let alive = descent.alive(&facts).is_ok() && self.holders_enabled(&claims).await?;
        Ok(alive.then_some(claims))
    }

    /// Whether the resource of a token takes part at present. That of userinfo is the server itself.
    async fn resource_enabled(&self, claims: &AccessTokenClaims) -> Result<bool, StoreError> {
        if claims.aud.as_str() == self.issuer.as_str() {
            return Ok(true);
        }
        Ok(self.store.resource(&claims.aud).await?.is_some_and(|resource| resource.enabled))
    }

    /// Whether the user and the client of a token are known and enabled.
    async fn holders_enabled(&self, claims: &AccessTokenClaims) -> Result<bool, StoreError> {
        let client = self.store.application(&claims.client_id).await?;
        if client.is_none_or(|client| !client.enabled) {
            return Ok(false);
        }
        if claims.is_app_only() {
            return Ok(true);
        }
        Ok(self.store.user(&claims.oid).await?.is_some_and(|user| user.enabled))
    }
}

/// A token is the business of whom it is addressed to, and of the client it was issued to.
fn may_know(client: &AuthenticatedClient, claims: &AccessTokenClaims) -> bool {
    client.application().is_addressed_by(&claims.aud) || claims.client_id == *client.id()
}
