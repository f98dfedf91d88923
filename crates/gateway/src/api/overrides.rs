//! What a caller would have otherwise than the configuration says: `optionsOverride.*` in the query, as Microsoft's
//! sidecar has it.

use crate::config::{ApiConfig, Overrides};
use crate::errors::{Code, Fault};
use http::Method;
use stead::Target;
use url::form_urlencoded;

const PREFIX: &str = "optionsoverride.";

/// What is to be otherwise; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Override {
    /// Other scopes, of the same resource.
    pub(super) scopes: Vec<String>,
    /// A token of the application itself.
    pub(super) own: bool,
    /// A token that was not kept.
    pub(super) fresh: bool,
    /// A claims request to pass on.
    pub(super) claims: Option<String>,
    /// Another path under the API's own, and a query.
    pub(super) relative: Option<String>,
    /// Another method.
    pub(super) method: Option<Method>,
}

impl Override {
    /// Reads a query. What is not understood is refused, and not passed over: it was meant.
    pub(super) fn read(api: &ApiConfig, query: Option<&str>) -> Result<Self, Fault> {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let known = api.overrides == Overrides::Taken && read.takes(&name, &value).is_some();
            if !known {
                tracing::info!(%name, "an override that is not taken");
                return Err(Code::Override.into());
            }
        }
        Ok(read)
    }

    fn takes(&mut self, name: &str, value: &str) -> Option<()> {
        let name = name.to_ascii_lowercase();
        match name.strip_prefix(PREFIX)? {
            "scopes" => self.scopes.push(value.to_owned()),
            "requestapptoken" => self.own = flag(value)?,
            "acquiretokenoptions.forcerefresh" => self.fresh = flag(value)?,
            "acquiretokenoptions.claims" => self.claims = Some(value.to_owned()),
            "relativepath" => self.relative = Some(value.to_owned()),
            "httpmethod" => self.method = Some(method(value)?),
            _ => return None,
        }
        Some(())
    }

    /// The target with these scopes in place of those of the configuration; at the same resource.
    pub(super) fn target(&self, known: &Target) -> Result<Target, Fault> {
        if self.scopes.is_empty() {
            return Ok(known.clone());
        }
        let resource = known.resource().as_str();
        let ours = |scope: &'_ str| -> Option<String> {
            let bare = scope.strip_prefix(resource).and_then(|rest| rest.strip_prefix('/'));
            bare.or((!scope.contains("://")).then_some(scope)).map(str::to_owned)
        };
        let scopes: Option<Vec<String>> = self.scopes.iter().map(|scope| ours(scope)).collect();
        let named = scopes.ok_or(Fault::plain(Code::BadTarget))?;
        let named = named.iter().filter(|scope| *scope != ".default");
        let target = named.fold(Target::new(resource), |target, scope| target?.scope(scope));
        target.map_err(|_| Code::BadTarget.into())
    }
}

fn flag(word: &str) -> Option<bool> {
    word.to_ascii_lowercase().parse().ok()
}

fn method(word: &str) -> Option<Method> {
    let method = Method::from_bytes(word.to_ascii_uppercase().as_bytes()).ok()?;
    (![Method::CONNECT, Method::TRACE].contains(&method)).then_some(method)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OwnTokens;
    use std::collections::BTreeMap;

    fn read(overrides: Overrides, query: &str) -> Result<Override, Code> {
        let api = ApiConfig {
            token: None,
            own_tokens: OwnTokens::Refused,
            overrides,
            identity_providers: BTreeMap::new(),
            downstream: Vec::new(),
        };
        Override::read(&api, Some(query)).map_err(|fault| fault.code)
    }

    #[test]
    fn what_is_to_be_otherwise_is_said_in_microsofts_words_where_that_is_allowed() {
        let query = "optionsOverride.Scopes=A&OptionsOverride.scopes=api%3A%2F%2Fb%2FB&\
                     optionsOverride.AcquireTokenOptions.ForceRefresh=True&\
                     optionsOverride.RelativePath=me%3Fa%3Db&optionsOverride.HttpMethod=patch";
        let wanted = Override {
            scopes: vec!["A".into(), "api://b/B".into()],
            fresh: true,
            relative: Some("me?a=b".into()),
            method: Some(Method::PATCH),
            ..Override::default()
        };
        assert_eq!(read(Overrides::Taken, query), Ok(wanted));
        assert_eq!(read(Overrides::Refused, query), Err(Code::Override));
        assert_eq!(read(Overrides::Refused, ""), Ok(Override::default()));
        for wrong in [
            "optionsOverride.BaseUrl=https%3A%2F%2Fevil.example",
            "AgentIdentity=a",
            "optionsOverride.RequestAppToken=maybe",
            "optionsOverride.HttpMethod=CONNECT",
            "optionsOverride.AcquireTokenOptions.Tenant=other",
        ] {
            assert_eq!(read(Overrides::Taken, wrong), Err(Code::Override), "{wrong}");
        }
    }

    #[test]
    fn other_scopes_are_scopes_of_the_same_resource() {
        let known = Target::parse("api://b/B.read").unwrap();
        let target = |scopes: &[&str]| {
            let scopes = scopes.iter().map(|it| (*it).to_owned()).collect();
            Override { scopes, ..Override::default() }.target(&known).map_err(|fault| fault.code)
        };
        assert_eq!(target(&[]), Ok(known.clone()));
        assert_eq!(target(&["X", "api://b/Y"]), Ok(Target::parse("api://b/X api://b/Y").unwrap()));
        assert_eq!(target(&["api://b/.default"]), Ok(Target::new("api://b").unwrap()));
        for wrong in ["api://c/X", "a b", "", "B\u{e9}"] {
            assert_eq!(target(&[wrong]), Err(Code::BadTarget), "{wrong}");
        }
    }
}
