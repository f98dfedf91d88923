//! The same for applications made for Microsoft's authentication sidecar, at its paths and in its words.

use super::acquire::{Fresh, Given, Wish};
use super::overrides::Override;
use super::token::claims;
use super::{Answer, Desk, answer};
use crate::config::Downstream;
use crate::errors::{Code, Fault};
use http::{HeaderMap, Request, StatusCode};
use hyper::body::Incoming;
use serde_json::json;
use stead::AcquireOptions;
use stead::verify::bearer;

/// For whom a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// For whoever the request's bearer token speaks for.
    Callers,
    /// For the application itself: `…Unauthenticated`, as they call it.
    Own,
}

/// What is asked of an API that is known by a name.
#[derive(Debug)]
pub(super) struct Asked<'p> {
    pub(super) known: &'p Downstream,
    pub(super) otherwise: Override,
    pub(super) whose: Whose,
}

impl<'p> Desk<'p> {
    /// `GET /Validate`.
    pub(super) async fn validate(&self, request: Request<Incoming>) -> Result<Answer, Fault> {
        let shown = bearer::read(request.headers())?;
        let caller = self.caller(&shown).await?;
        let body = json!({
            "protocol": "Bearer", "token": shown.expose(), "claims": claims(&caller),
        });
        Ok(answer::said(StatusCode::OK, &body))
    }

    /// `GET /AuthorizationHeader/{api}`.
    pub(super) async fn authorization_header(
        &self,
        request: Request<Incoming>,
        (name, whose): (&str, Whose),
    ) -> Result<Answer, Fault> {
        let asked = self.downstream(name, whose, request.uri().query())?;
        let given = self.token_for(&asked, request.headers()).await?;
        let header = format!("Bearer {}", given.token.expose());
        Ok(answer::said(StatusCode::OK, &json!({ "authorizationHeader": header })))
    }

    /// The API of a name, and what is to be otherwise.
    pub(super) fn downstream(
        &self,
        name: &str,
        whose: Whose,
        query: Option<&str>,
    ) -> Result<Asked<'p>, Fault> {
        let known = self.api.downstream.iter().find(|known| known.name == name);
        let known = known.ok_or(Fault::plain(Code::Unknown))?;
        let otherwise = Override::read(self.api, query)?;
        let whose = if otherwise.own { Whose::Own } else { whose };
        Ok(Asked { known, otherwise, whose })
    }

    /// A token for it.
    pub(super) async fn token_for(
        &self,
        asked: &Asked<'_>,
        headers: &HeaderMap,
    ) -> Result<Given, Fault> {
        let Asked { known, otherwise, whose } = asked;
        let target = otherwise.target(&known.target)?;
        let provider = self.named(&known.provider)?;
        let options = AcquireOptions { claims: otherwise.claims.clone(), ..Default::default() };
        let fresh = Fresh::from(otherwise.fresh);
        let wish = Wish { target: &target, known: Some(&known.name), options, fresh };
        if *whose == Whose::Own {
            return self.own(provider, wish).await;
        }
        let caller = self.caller(&bearer::read(headers)?).await?;
        self.on_behalf_of(&caller, provider, wish).await
    }
}
