//! Whose tokens are taken: one issuer, its keys, the names we have there, and how it writes tokens.

use super::feed::{self, Feed, Following};
use super::profile::Profile;
use super::{AudienceClaim, CallerClaims, TokenProblem, VerifyError};
use crate::error::SetupError;
use crate::issuer::Provider;
use std::sync::Arc;
use stead_proto::id::{Audience, BadName, KeyId};
use stead_proto::liveness::Descent;

/// An issuer whose tokens are taken.
///
/// ```
/// use stead::{Provider, Verifier};
/// use stead::verify::{Profile, Trust};
///
/// let ours = Provider::builder("https://id.example/acme/v2.0").build()?;
/// let entra = "https://login.microsoftonline.com/9c4e0c5f-0b5f-4b7e-8d35-4c19a9a0d6a1/v2.0";
/// let verifier = Verifier::builder()
///     .trust(Trust::new(ours, "api://company-data"))
///     .trust(
///         Trust::new(Provider::builder(entra).build()?, "6731de76-14a6-49ae-97bc-6eba6914391e")
///             .profile(Profile::EntraV2),
///     )
///     .build()?;
/// # Ok::<(), stead::SetupError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trust {
    provider: Provider,
    profile: Profile,
    audiences: Vec<String>,
    beside: Vec<String>,
    feed: Option<Feed>,
}

/// The same, with its names read.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) provider: Provider,
    pub(super) profile: Profile,
    pub(super) audiences: Vec<Audience>,
    beside: Vec<Audience>,
    feed: Option<Following>,
}

impl Trust {
    /// Takes this provider's tokens if they are addressed to us: `aud` is this, byte by byte.
    #[must_use]
    pub fn new(provider: Provider, audience: impl Into<String>) -> Self {
        let audiences = vec![audience.into()];
        Self { provider, profile: Profile::default(), audiences, beside: Vec::new(), feed: None }
    }

    /// What its access tokens look like; [`Profile::Rfc9068`] by default.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Takes tokens for this audience too: another name of ours at that issuer.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Takes tokens whose `aud` names this beside us: Keycloak's `account`, Auth0's `https://{domain}/userinfo`. Without
    /// this a token has to be for us alone, since any other service that it is for could send it to us.
    #[must_use]
    pub fn beside(mut self, audience: impl Into<String>) -> Self {
        self.beside.push(audience.into());
        self
    }

    /// Refuses what this issuer has revoked, as soon as its feed tells.
    #[must_use]
    pub fn feed(mut self, feed: Feed) -> Self {
        self.feed = Some(feed);
        self
    }

    pub(super) fn read(self) -> Result<Trusted, SetupError> {
        let read = |names: Vec<String>| -> Result<Vec<Audience>, BadName> {
            names.into_iter().map(Audience::parse).collect()
        };
        Ok(Trusted {
            provider: self.provider,
            profile: self.profile,
            audiences: read(self.audiences)?,
            beside: read(self.beside)?,
            feed: self.feed.map(Following::new),
        })
    }
}

impl Trusted {
    /// Checks what a signature does not prove: that issuer and audience are right.
    pub(super) fn check(&self, claims: &CallerClaims) -> Result<(), TokenProblem> {
        if claims.iss != *self.provider.issuer() {
            return Err(TokenProblem::OtherIssuer);
        }
        if !self.is_addressed(&claims.aud) {
            return Err(TokenProblem::OtherAudience);
        }
        // Rules name actors by the names they have at their issuer; another's names mean nothing here.
        let outermost = claims.act.as_ref().and_then(|actor| actor.iss.as_ref());
        if outermost.is_some_and(|iss| *iss != claims.iss) {
            return Err(TokenProblem::ForeignActor);
        }
        Ok(())
    }

    /// What a token descends from, if that has to be known.
    pub(super) fn descent(
        &self,
        claims: &CallerClaims,
        key: Option<&KeyId>,
    ) -> Option<Arc<Descent>> {
        self.feed.as_ref().map(|_| Arc::new(feed::descent(claims, key)))
    }

    /// Whether a token of this descent lives, as far as it was heard.
    pub(super) fn check_alive(&self, descent: Option<&Arc<Descent>>) -> Result<(), VerifyError> {
        match (&self.feed, descent) {
            (Some(feed), Some(descent)) => feed.check(descent, &self.provider),
            _ => Ok(()),
        }
    }

    pub(super) fn feed(&self) -> Option<&Following> {
        self.feed.as_ref()
    }

    fn is_addressed(&self, aud: &AudienceClaim) -> bool {
        match aud {
            AudienceClaim::One(aud) => self.audiences.contains(aud),
            AudienceClaim::Many(all) => {
                let ours = |aud: &Audience| self.audiences.contains(aud);
                let fine = |aud: &Audience| ours(aud) || self.beside.contains(aud);
                !self.beside.is_empty() && all.iter().any(ours) && all.iter().all(fine)
            }
        }
    }
}
