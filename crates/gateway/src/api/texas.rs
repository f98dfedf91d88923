//! The same for applications made for nais/texas, at its paths and in its words.

use super::acquire::{Asked, Fresh, Wish, resource, target};
use super::{Answer, Desk, answer, body};
use crate::errors::Fault;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::json;
use stead::client::NamedBy;
use stead::{Jwt, Target};

/// A token of the application itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnToken {
    identity_provider: String,
    target: String,
    resource: Option<String>,
    #[serde(default, deserialize_with = "body::flag")]
    skip_cache: bool,
}

/// A token on behalf of a user.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    identity_provider: String,
    target: String,
    #[serde(deserialize_with = "body::token")]
    user_token: Jwt,
    #[serde(default, deserialize_with = "body::flag")]
    skip_cache: bool,
}

/// Whether a token is good.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Introspect {
    identity_provider: String,
    #[serde(deserialize_with = "body::token")]
    token: Jwt,
}

impl Desk<'_> {
    /// `POST /api/v1/token`.
    pub(super) async fn texas_token(&self, request: Request<Incoming>) -> Result<Answer, Fault> {
        let OwnToken { identity_provider, target: written, resource: url, skip_cache } =
            body::read(request).await?;
        let asked = self.named(&identity_provider)?;
        let target = match &url {
            None => self.meant(asked, &written)?,
            Some(url) => resource(url, &written)?.named_by(NamedBy::Resource),
        };
        let wish = Wish { fresh: Fresh::from(skip_cache), ..Wish::plain(&target) };
        Ok(answer::token(&self.own(asked, wish).await?))
    }

    /// `POST /api/v1/token/exchange`.
    pub(super) async fn texas_exchange(&self, request: Request<Incoming>) -> Result<Answer, Fault> {
        let Exchange { identity_provider, target: written, user_token, skip_cache } =
            body::read(request).await?;
        let asked = self.named(&identity_provider)?;
        let target = self.meant(asked, &written)?;
        let caller = self.caller(&user_token).await?;
        let wish = Wish { fresh: Fresh::from(skip_cache), ..Wish::plain(&target) };
        Ok(answer::token(&self.on_behalf_of(&caller, asked, wish).await?))
    }

    /// At what a token is to point. An application is `cluster:namespace:application` for everybody, and at Entra
    /// `api://cluster.namespace.application`.
    fn meant(&self, asked: Asked<'_>, written: &str) -> Result<Target, Fault> {
        match named_in_parts(written).filter(|_| self.is_entra(asked)) {
            Some(name) => target(&name),
            None => target(written),
        }
    }

    /// `POST /api/v1/introspect`: a provider that is none is an answer too, as texas has it.
    pub(super) async fn texas_introspect(
        &self,
        request: Request<Incoming>,
    ) -> Result<Answer, Fault> {
        let Introspect { identity_provider, token } = body::read(request).await?;
        let Some(issuer) = self.issuer(&identity_provider) else {
            let error = format!("identity provider '{identity_provider}' is not enabled");
            return Ok(answer::said(StatusCode::OK, &json!({ "active": false, "error": error })));
        };
        self.inspected(&token, |caller| {
            (caller.issuer().as_str() != issuer)
                .then_some("token can not be validated with this identity provider")
        })
        .await
    }
}

/// `cluster:namespace:application`, as Entra has it.
fn named_in_parts(written: &str) -> Option<String> {
    let parts: Vec<&str> = written.split(':').collect();
    let plain = |part: &&str| !part.is_empty() && !part.contains('/');
    (parts.len() == 3 && parts.iter().all(plain)).then(|| format!("api://{}", parts.join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_in_three_parts_has_one_name_at_entra() {
        let name = Some("api://dev.team.app".to_owned());
        assert_eq!(named_in_parts("dev:team:app"), name);
        for other in ["api://dev.team.app", "dev:team", "dev::app", "a:b:c:d", "https://a:1/b", ""]
        {
            assert_eq!(named_in_parts(other), None, "{other}");
        }
    }
}
