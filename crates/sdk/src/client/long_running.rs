//! Acting for a user who has left: a handle that holds a refresh token, until the provider ends it.

use super::digest::of_parts;
use super::exchange::{Ask, By, Fresh};
use super::question::Question;
use super::seal::{BadSeal, SealingKey};
use super::whose::User;
use super::{AccessToken, AcquireError, AcquireOptions, NamedBy, Obo, Target};
use crate::verify::{Caller, CallerClaims};
use serde::{Deserialize, Serialize};
use std::fmt;
use stead_proto::id::Subject;
use stead_proto::json;
use stead_proto::secret::RefreshToken;
use stead_proto::secret::Zeroizing;

/// What a sealed handle is for.
const PURPOSE: &str = "stead long-running 1";

/// The right to go on acting for one user at one target after their own token has ended. It holds a refresh token, so it
/// is as secret as a password: keep it sealed. Use it from one place at a time, since a refresh may replace the refresh
/// token (RFC 6749 §6).
///
/// ```no_run
/// # async fn f(obo: stead::Obo, caller: stead::Caller, key: stead::SealingKey) -> Result<(), Box<dyn std::error::Error>> {
/// // While the user is there:
/// let mut report = obo.long_running(&caller, "api://company-data/Rows.Read").await?;
/// let to_keep = report.seal(&key)?;
///
/// // Later, perhaps in another process:
/// let mut report = obo.open(&key, &to_keep)?;
/// let token = obo.resume(&mut report).await?;
/// let to_keep = report.seal(&key)?; // the refresh token may be another one by now
/// # Ok(()) }
/// ```
pub struct LongRunning {
    refresh_token: RefreshToken,
    about: About,
    /// For whose application and at which provider.
    purpose: Vec<u8>,
    target: Target,
    token: Option<AccessToken>,
}

/// What is sealed beside the refresh token.
#[derive(Serialize, Deserialize)]
struct About {
    sub: Subject,
    oid: Option<String>,
    tid: Option<String>,
    iss: String,
    resource: String,
    scopes: Vec<String>,
    by_url: bool,
    #[serde(default)]
    also_at: Option<String>,
    in_token: Option<String>,
}

impl LongRunning {
    /// The user.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.about.sub
    }

    /// Writes it down, so that only this key opens it again, and only for the same application and provider.
    pub fn seal(&self, key: &SealingKey) -> Result<String, BadSeal> {
        let text = serde_json::to_vec(&(self.refresh_token.expose(), &self.about));
        key.seal(&self.purpose, &Zeroizing::new(text.map_err(|_| BadSeal)?))
    }
}

impl Obo {
    /// Asks for the right to go on when the caller's token has ended (`offline_access`). The provider has to allow it,
    /// and some ask the user for consent.
    ///
    /// # Errors
    /// As [`token`](Self::token); [`AcquireError::Config`] if the provider gives no refresh token.
    pub async fn long_running<T>(
        &self,
        caller: &Caller,
        target: T,
    ) -> Result<LongRunning, AcquireError>
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        let target = target.try_into()?;
        let question = Question::of(caller, target.offline(), AcquireOptions::default())?;
        let fresh = self.0.exchange.fresh(&self.0.provider, &Ask::from(&question)).await?;
        let Some(refresh_token) = fresh.refresh_token else {
            let problem = format!("the provider gives no refresh token for {}", target.resource());
            return Err(AcquireError::Config(problem));
        };
        let about = About::new(caller.claims(), &target);
        let (purpose, token) = (self.purpose(PURPOSE), Some(fresh.token));
        Ok(LongRunning { refresh_token, about, purpose, target, token })
    }

    /// Reads a handle that was written down.
    pub fn open(&self, key: &SealingKey, sealed: &str) -> Result<LongRunning, BadSeal> {
        let purpose = self.purpose(PURPOSE);
        let text = key.open(&purpose, sealed)?;
        let (refresh_token, about): (String, About) =
            json::from_slice(&text).map_err(|_| BadSeal)?;
        let refresh_token = RefreshToken::new(refresh_token);
        let target = about.target().ok_or(BadSeal)?;
        Ok(LongRunning { refresh_token, about, purpose, target, token: None })
    }

    /// A token for the user of a handle. If the provider gives a new refresh token, the handle holds it from now on: seal
    /// it again. Do not drop the future before it is done, or a new refresh token is lost.
    ///
    /// # Errors
    /// As [`token`](Self::token); [`AcquireError::Denied`] once the right has ended.
    pub async fn resume(&self, handle: &mut LongRunning) -> Result<AccessToken, AcquireError> {
        let now = self.0.provider.clock().now();
        let margins = self.0.cache.margins();
        let kept = handle.token.as_ref().filter(|_| self.gives_kept());
        if let Some(token) = kept.filter(|token| now < token.served_until(margins).0) {
            return Ok(token.clone());
        }
        let ask = Ask {
            by: By::RefreshToken(&handle.refresh_token),
            target: &handle.target,
            user: Some(handle.about.user()),
            limit: None,
        };
        let Fresh { token, refresh_token } = self.0.exchange.fresh(&self.0.provider, &ask).await?;
        if let Some(next) = refresh_token {
            handle.refresh_token = next;
        }
        handle.token = Some(token.clone());
        Ok(token)
    }

    /// Names this application at this provider, for one use.
    pub(super) fn purpose(&self, usage: &str) -> Vec<u8> {
        let issuer = self.0.provider.issuer().as_str();
        let client = self.0.exchange.client_id.as_str();
        let parts = [usage, issuer, client];
        of_parts(parts.map(str::as_bytes)).as_bytes().to_vec()
    }
}

impl About {
    fn new(claims: &CallerClaims, target: &Target) -> Self {
        let in_token = target.in_token();
        Self {
            sub: claims.sub.clone(),
            oid: claims.oid.clone(),
            tid: claims.tid.clone(),
            iss: claims.iss.to_string(),
            resource: target.resource().to_string(),
            scopes: target.scopes().map(ToString::to_string).collect(),
            by_url: target.parameter() == NamedBy::Resource,
            also_at: target.url().map(ToString::to_string),
            in_token: (in_token != target.resource()).then(|| in_token.to_string()),
        }
    }

    fn target(&self) -> Option<Target> {
        let mut target = Target::new(&self.resource).ok()?;
        for scope in &self.scopes {
            target = target.scope(scope).ok()?;
        }
        if self.by_url {
            target = target.named_by(NamedBy::Resource);
        }
        if let Some(url) = &self.also_at {
            target = target.also_at(url).ok()?;
        }
        match &self.in_token {
            Some(audience) => target.audience_in_token(audience).ok(),
            None => Some(target),
        }
    }

    fn user(&self) -> User<'_> {
        User {
            iss: &self.iss,
            sub: self.sub.as_str(),
            oid: self.oid.as_deref(),
            tid: self.tid.as_deref(),
            token: None,
        }
    }
}

impl fmt::Debug for LongRunning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongRunning")
            .field("subject", self.subject())
            .field("resource", self.target.resource())
            .finish_non_exhaustive()
    }
}
