//! A token for the application itself (RFC 6749 §4.4): asked for by this name alone, never in the place of one for a
//! user.

use super::cache::{Asked, CacheEvent, Found};
use super::exchange::{Ask, By};
use super::question::Key;
use super::{AccessToken, AcquireError, Acquired, Instead, Obo, Source, Target};
use crate::transport::TRACEPARENT;
use stead_proto::trace::TraceParent;
use tracing::Instrument;

impl Obo {
    /// A token that speaks of the application and of no user, kept and shared as all others are. `traceparent` goes with
    /// the question, if one is asked, as in [`AcquireOptions`](super::AcquireOptions).
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

    /// A newer one than one that is good, as [`token_newer_than`](Self::token_newer_than) gives for users.
    pub async fn own_token_newer_than(
        &self,
        good: &AccessToken,
        target: &Target,
        traceparent: Option<TraceParent>,
    ) -> Result<Acquired, AcquireError> {
        self.0.cache.tell(CacheEvent::Miss);
        self.own_asked((target, traceparent), Some(Instead::OfGood(good.clone()))).await
    }

    /// In a task of its own: a caller who hangs up does not take it away from the others.
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

    /// Behind the scenes, once at a time.
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

/// As the cache is asked: for nobody.
fn of(key: &Key) -> Asked<'_> {
    Asked { key, subject: None }
}
