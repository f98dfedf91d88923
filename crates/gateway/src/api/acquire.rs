//! Provider, target and caller → token: from the cache that all modes share, or from the provider.

use super::Desk;
use crate::config::OwnTokens;
use crate::errors::{Code, Fault};
use crate::spans::{Acquiring, Wanted};
use stead::client::{Acquired, Source};
use stead::verify::Profile;
use stead::{
    AccessToken, AcquireError, AcquireOptions, BadTarget, Caller, Jwt, Obo, Seconds, Target,
};

/// What a target is called in metrics where a caller names it: labels come from the configuration alone.
const NAMED_BY_CALLER: &str = "named by the caller";

/// A provider that knows this service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'p> {
    pub(super) name: &'p str,
    pub(super) obo: &'p Obo,
}

/// Whether a token from the cache will do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Fresh {
    /// It will.
    #[default]
    KeptIsGood,
    /// It will not: the provider is to give another.
    Another,
}

/// A token, and for how long it is good.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) token: AccessToken,
    pub(super) expires_in: Seconds,
}

/// What a token is to be for.
#[derive(Debug)]
pub(super) struct Wish<'w> {
    pub(super) target: &'w Target,
    /// What the target is called in metrics, if it stands in the configuration.
    pub(super) known: Option<&'w str>,
    pub(super) options: AcquireOptions,
    pub(super) fresh: Fresh,
}

impl<'w> Wish<'w> {
    /// Nothing but a target.
    pub(super) fn plain(target: &'w Target) -> Self {
        let options = AcquireOptions::default();
        Self { target, known: None, options, fresh: Fresh::KeptIsGood }
    }

    fn wanted<'a>(&'a self, caller: Option<&'a Caller>, asked: Asked<'a>) -> Wanted<'a> {
        let label = self.known.unwrap_or(NAMED_BY_CALLER);
        Wanted { caller, provider: asked.name, target: self.target, label }
    }
}

impl Fresh {
    fn wants_another_than(self, acquired: &Acquired) -> bool {
        self == Self::Another && acquired.source != Source::Exchange
    }
}

impl From<bool> for Fresh {
    fn from(skip_cache: bool) -> Self {
        if skip_cache { Self::Another } else { Self::KeptIsGood }
    }
}

impl<'p> Desk<'p> {
    /// Who a token speaks for, once it is verified.
    pub(super) async fn caller(&self, shown: &Jwt) -> Result<Caller, Fault> {
        self.plane.caller(shown).await
    }

    /// The provider that a caller names, by our name or by its own.
    pub(super) fn named(&self, name: &str) -> Result<Asked<'p>, Fault> {
        let name = self.ours(name);
        self.all().find(|asked| asked.name == name).ok_or(Code::Unknown.into())
    }

    /// The issuer of a provider, whether it knows us or only signs.
    pub(super) fn issuer(&self, name: &str) -> Option<&'p str> {
        let name = self.ours(name);
        let mut all = self.plane.providers.iter();
        all.find(|known| known.config.name == name).map(|known| known.config.issuer.as_str())
    }

    /// Whether it is Entra, which has a way of its own to name applications.
    pub(super) fn is_entra(&self, asked: Asked<'_>) -> bool {
        let provider = self.plane.provider(asked.name);
        provider.is_some_and(|it| matches!(it.config.profile, Profile::EntraV1 | Profile::EntraV2))
    }

    /// What a provider is called here.
    fn ours<'n>(&self, name: &'n str) -> &'n str
    where
        'p: 'n,
    {
        self.api.identity_providers.get(name).map_or(name, String::as_str)
    }

    /// The provider of the caller's token, or else the only one that knows us.
    pub(super) fn providing_for(&self, caller: &Caller) -> Result<Asked<'p>, Fault> {
        let theirs = |asked: &Asked<'_>| asked.obo.provider().issuer() == caller.issuer();
        let mut all = self.all();
        let (first, second) = (all.next(), all.next());
        let only = first.filter(|_| second.is_none());
        self.all().find(theirs).or(only).ok_or(Code::Unknown.into())
    }

    /// A token on behalf of a caller.
    pub(super) async fn on_behalf_of(
        &self,
        caller: &Caller,
        asked: Asked<'_>,
        wish: Wish<'_>,
    ) -> Result<Given, Fault> {
        let Wish { target, fresh, .. } = wish;
        let acquiring = Acquiring::begin(&self.plane.telemetry, &self.trace);
        let traceparent = Some(acquiring.traceparent());
        let options = AcquireOptions { traceparent, ..wish.options.clone() };
        let acquired = match asked.obo.acquire(caller, target, options.clone()).await {
            Ok(kept) if fresh.wants_another_than(&kept) => asked
                .obo
                .token_newer_than(&kept.token, caller, target, options)
                .await
                .map(|token| Acquired { token, source: Source::Exchange }),
            other => other,
        };
        acquiring.end(&acquired, wish.wanted(Some(caller), asked));
        given(asked, acquired)
    }

    /// A token of the application itself, where that is allowed.
    pub(super) async fn own(&self, asked: Asked<'_>, wish: Wish<'_>) -> Result<Given, Fault> {
        if self.api.own_tokens == OwnTokens::Refused {
            return Err(Code::OwnToken.into());
        }
        let acquiring = Acquiring::begin(&self.plane.telemetry, &self.trace);
        let traceparent = Some(acquiring.traceparent());
        let acquired = match asked.obo.own_token(wish.target, traceparent).await {
            Ok(kept) if wish.fresh.wants_another_than(&kept) => {
                asked.obo.own_token_newer_than(&kept.token, wish.target, traceparent).await
            }
            other => other,
        };
        acquiring.end(&acquired, wish.wanted(None, asked));
        given(asked, acquired)
    }

    fn all(&self) -> impl Iterator<Item = Asked<'p>> {
        let known = self.plane.providers.iter();
        known.filter_map(|known| Some(Asked { name: &known.config.name, obo: known.obo()? }))
    }
}

fn given(asked: Asked<'_>, acquired: Result<Acquired, AcquireError>) -> Result<Given, Fault> {
    let token = acquired?.token;
    let expires_in = token.expires().left_at(asked.obo.provider().clock().now());
    Ok(Given { token, expires_in })
}

/// `api://data/Rows.Read`, several of these, or a resource alone: one that has no path after its authority.
pub(super) fn target(written: &str) -> Result<Target, Fault> {
    let with_scope = written
        .rsplit_once('/')
        .is_some_and(|(resource, scope)| !scope.is_empty() && !resource.ends_with('/'));
    let target = if with_scope { Target::parse(written) } else { Target::new(written) };
    target.map_err(|bad| bad_target(&bad))
}

/// A resource, and scopes there, separated by spaces.
pub(super) fn resource(name: &str, scopes: &str) -> Result<Target, Fault> {
    let target = Target::new(name)
        .and_then(|target| scopes.split_whitespace().try_fold(target, Target::scope));
    target.map_err(|bad| bad_target(&bad))
}

fn bad_target(bad: &BadTarget) -> Fault {
    tracing::debug!(%bad, "a target that cannot be meant");
    Code::BadTarget.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_resource_with_or_without_scopes() {
        for (written, resource_name, scopes) in [
            ("api://data/Rows.Read", "api://data", "Rows.Read"),
            ("api://data/Rows.Read api://data/Rows.Write", "api://data", "Rows.Read Rows.Write"),
            ("api://data/.default", "api://data", ""),
            ("api://data", "api://data", ""),
            ("cluster:namespace:app", "cluster:namespace:app", ""),
            ("https://data.example/", "https://data.example/", ""),
        ] {
            let meant = resource(resource_name, scopes).unwrap();
            assert_eq!(target(written).unwrap(), meant, "{written}");
        }
        for wrong in ["", "api://a/X api://b/Y", "a b"] {
            assert_eq!(target(wrong).unwrap_err().code, Code::BadTarget, "{wrong}");
        }
    }
}
