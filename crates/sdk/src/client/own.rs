//! Tokens for the application itself (RFC 6749 §4.4), for whoever asks for one by name. Nobody who asks on behalf of a
//! user is ever given one.

use super::cache::{Asked, CacheEvent, Found};
use super::exchange::{Ask, By};
use super::question::Key;
use super::{AccessToken, AcquireError, Acquired, Instead, Obo, Source, Target};
use crate::transport::TRACEPARENT;
use stead_proto::trace::TraceParent;
use tracing::Instrument;

impl Obo {
    /// A token of the application itself, which speaks of no user; kept like all others. `traceparent` is sent along as
    /// in [`AcquireOptions`](super::AcquireOptions).
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub async fn own_token(
        &self,
        target: &Target,
        traceparent: Option<TraceParent>,
    ) -> Result<Acquired, AcquireError> {
        let key = Key::own(target);
        match self.find(of(&key), self.0.provider.clock().now()) {
            Some(Found::Answer(answer)) => {
                answer.map(|token| Acquired { token, source: Source::Cache })
            }
            Some(Found::Due(token)) => {
                self.renew_own((target.clone(), traceparent), token.clone());
                Ok(Acquired { token, source: Source::CacheRenewing })
            }
            None => self.own_asked((target, traceparent), None).await,
        }
    }

    /// Another one than that which a resource refused, or nothing, as [`token_instead_of`](Self::token_instead_of) gives
    /// for users.
    pub async fn own_token_instead_of(
        &self,
        refused: &AccessToken,
        target: &Target,
        traceparent: Option<TraceParent>,
    ) -> Result<Option<Acquired>, AcquireError> {
        if self.is_last_word(refused) {
            return Ok(None);
        }
        self.0.cache.tell(CacheEvent::Miss);
        let instead = Some(Instead::OfRefused(refused.clone()));
        self.own_asked((target, traceparent), instead).await.map(Some)
    }

    /// A newer one than this one, which is good, as [`token_newer_than`](Self::token_newer_than) gives for users.
    pub async fn own_token_newer_than(
        &self,
        good: &AccessToken,
        target: &Target,
        traceparent: Option<TraceParent>,
    ) -> Result<Acquired, AcquireError> {
        self.0.cache.tell(CacheEvent::Miss);
        self.own_asked((target, traceparent), Some(Instead::OfGood(good.clone()))).await
    }

    /// In a task of its own, so that a caller who hangs up does not cancel an exchange that others wait for.
    async fn own_asked(
        &self,
        (target, traceparent): (&Target, Option<TraceParent>),
        instead: Option<Instead>,
    ) -> Result<Acquired, AcquireError> {
        let (this, target) = (self.clone(), target.clone());
        let asking = async move {
            let asked = TRACEPARENT.scope(traceparent, this.own_from_provider(&target));
            let key = Key::own(&target);
            let clock = this.0.provider.clock();
            let will_do = this.will_do(instead.as_ref());
            this.0.cache.find_or(of(&key), will_do, clock, asked).await
        };
        let asked = tokio::spawn(asking.in_current_span()).await;
        let token = asked.unwrap_or(Err(AcquireError::Unavailable { retry_after: None }))?;
        Ok(Acquired { token, source: Source::Exchange })
    }

    /// Fetches the next token in the background, unless that is under way.
    fn renew_own(&self, (target, traceparent): (Target, Option<TraceParent>), old: AccessToken) {
        let this = self.clone();
        let renewing = async move {
            let asked = TRACEPARENT.scope(traceparent, this.own_from_provider(&target));
            let key = Key::own(&target);
            this.0.cache.renew(of(&key), old, this.0.provider.clock(), asked).await;
        };
        tokio::spawn(renewing.in_current_span());
    }

    async fn own_from_provider(&self, target: &Target) -> Result<AccessToken, AcquireError> {
        let ask = Ask { by: By::Nobody, target, user: None, limit: None };
        Ok(self.0.exchange.fresh(&self.0.provider, &ask).await?.token)
    }
}

/// What the cache is asked, for a token that speaks of no user.
fn of(key: &Key) -> Asked<'_> {
    Asked { key, subject: None }
}
