//! `/token` and `/introspect`, our own.

use super::acquire::{Fresh, Wish, resource, target};
use super::{Answer, Desk, answer, body};
use crate::errors::{Code, Fault};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};
use stead::client::NamedBy;
use stead::{AcquireOptions, Caller, Jwt, Target};
use stead_proto::jwt::Unverified;

/// A token on behalf of whoever another token speaks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    provider: Option<String>,
    #[serde(deserialize_with = "body::token")]
    user_token: Jwt,
    target: Option<String>,
    audience: Option<String>,
    resource: Option<String>,
    scope: Option<String>,
    claims: Option<String>,
    #[serde(default, deserialize_with = "body::flag")]
    skip_cache: bool,
}

/// Whether a token is good, and what it says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    #[serde(deserialize_with = "body::token")]
    token: Jwt,
}

impl Wanted {
    /// One way to say it, not two.
    fn target(&self) -> Result<Target, Fault> {
        let scopes = self.scope.as_deref().unwrap_or_default();
        match (&self.target, &self.audience, &self.resource) {
            (Some(written), None, None) if self.scope.is_none() => target(written),
            (None, Some(name), None) => resource(name, scopes),
            (None, None, Some(url)) => Ok(resource(url, scopes)?.named_by(NamedBy::Resource)),
            (None, None, None) if !scopes.is_empty() => target(scopes),
            _ => Err(Code::BadTarget.into()),
        }
    }
}

impl Desk<'_> {
    /// `POST /token`.
    pub(super) async fn token(&self, request: Request<Incoming>) -> Result<Answer, Fault> {
        let wanted: Wanted = body::read(request).await?;
        let target = wanted.target()?;
        let caller = self.caller(&wanted.user_token).await?;
        let asked = match &wanted.provider {
            Some(name) => self.named(name)?,
            None => self.providing_for(&caller)?,
        };
        let options = AcquireOptions { claims: wanted.claims, ..AcquireOptions::default() };
        let fresh = Fresh::from(wanted.skip_cache);
        let wish = Wish { options, fresh, ..Wish::plain(&target) };
        Ok(answer::token(&self.on_behalf_of(&caller, asked, wish).await?))
    }

    /// `POST /introspect`.
    pub(super) async fn introspect(&self, request: Request<Incoming>) -> Result<Answer, Fault> {
        let Shown { token } = body::read(request).await?;
        self.inspected(&token, |_| None).await
    }

    /// What a token says if it is good (RFC 7662 §2.2), and why it is not; `objection` may have a reason of its own.
    pub(super) async fn inspected(
        &self,
        shown: &Jwt,
        objection: impl FnOnce(&Caller) -> Option<&'static str>,
    ) -> Result<Answer, Fault> {
        let problem = match self.caller(shown).await {
            Ok(caller) => match objection(&caller) {
                None => return Ok(active(&caller)),
                Some(problem) => problem.to_owned(),
            },
            Err(fault) if fault.code == Code::ProviderAway => return Err(fault),
            Err(fault) => fault.sentence(),
        };
        Ok(answer::said(StatusCode::OK, &json!({ "active": false, "error": problem })))
    }
}

fn active(caller: &Caller) -> Answer {
    let mut claims = claims(caller);
    if let Some(members) = claims.as_object_mut() {
        members.insert("active".to_owned(), true.into());
    }
    answer::said(StatusCode::OK, &claims)
}

/// All that a token says, now that it is proved.
pub(super) fn claims(caller: &Caller) -> Value {
    let token = Unverified::parse(caller.token());
    token.map(|token| token.claims_for_display()).unwrap_or_default()
}
