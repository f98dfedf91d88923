//! What a token is asked for: a resource, and scopes there.

use super::digest::of_parts;
use quick_cache::sync::Cache;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use stead_proto::digest::{Sha256, sha256};
use stead_proto::grants;
use stead_proto::id::Audience;
use stead_proto::scope::{OpenIdScope, Scope, ScopeRequest, Wanted};

/// What a token is asked for: one resource, and there either named scopes or all that the user has consented to.
///
/// ```
/// use stead::Target;
/// let written = Target::parse("api://company-data/Rows.Read")?;
/// let built = Target::new("api://company-data")?.scope("Rows.Read")?;
/// assert_eq!(written, built);
/// assert_eq!(Target::parse("api://company-data/.default")?, Target::new("api://company-data")?);
/// # Ok::<(), stead::BadTarget>(())
/// ```
///
/// A clone is cheap, and a text that was parsed before is not parsed again.
#[derive(Debug, Clone)]
pub struct Target(Arc<Named>);

#[derive(Debug, Clone)]
struct Named {
    resource: Audience,
    scopes: BTreeSet<Scope>,
    /// `openid`, `offline_access` and the like.
    openid: BTreeSet<OpenIdScope>,
    parameter: NamedBy,
    url: Option<Audience>,
    in_token: Option<Audience>,
    /// Of all of the above.
    digest: Sha256,
}

/// By which parameter a request names the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// `audience`, a name the provider knows (RFC 8693 §2.1).
    Audience,
    /// `resource`, the URL of the resource (RFC 8707 §2).
    Resource,
}

/// A text that names no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{written:?} is no target: write it as api://resource/Scope or api://resource/.default")]
pub struct BadTarget {
    written: String,
}

/// How many parsed targets are remembered by their text: programs name few, and each of them often.
const WRITTEN: usize = 1024;

impl Target {
    /// All that the user has consented to at a resource (`.default`).
    pub fn new(resource: &str) -> Result<Self, BadTarget> {
        let bad = |_| BadTarget { written: resource.to_owned() };
        Ok(Self::of(Audience::parse(resource).map_err(bad)?, BTreeSet::new()))
    }

    /// This scope, besides those that were named before.
    pub fn scope(self, scope: &str) -> Result<Self, BadTarget> {
        let bad = |_| BadTarget { written: scope.to_owned() };
        let scope = Scope::parse(scope).map_err(bad)?;
        Ok(self.with(|named| named.scopes.extend([scope])))
    }

    /// Names the resource by another parameter than `audience`. Entra's dialect has neither: there the
    /// resource stands in front of the scopes.
    #[must_use]
    pub fn named_by(self, parameter: NamedBy) -> Self {
        self.with(|named| (named.parameter, named.url) = (parameter, None))
    }

    /// Sends the resource's URL as well: `audience` is its name, `resource` this URL (RFC 8693 §2.1 allows both).
    /// Entra's dialect has neither parameter.
    pub fn also_at(self, url: &str) -> Result<Self, BadTarget> {
        let bad = |_| BadTarget { written: url.to_owned() };
        let url = Audience::parse(url).map_err(bad)?;
        Ok(self.with(|named| (named.parameter, named.url) = (NamedBy::Audience, Some(url))))
    }

    /// What the token's `aud` will say, where that is not the name by which the resource is asked for. A token that
    /// can be read and has another `aud` is refused.
    pub fn audience_in_token(self, audience: &str) -> Result<Self, BadTarget> {
        let bad = |_| BadTarget { written: audience.to_owned() };
        let audience = Audience::parse(audience).map_err(bad)?;
        Ok(self.with(|named| named.in_token = Some(audience)))
    }

    /// Asks for an ID token of the user too (`openid`), where the provider issues one with an exchange.
    #[must_use]
    pub fn with_id_token(self) -> Self {
        self.with(|named| named.openid.extend([OpenIdScope::Openid]))
    }

    /// Asks for a refresh token too (`offline_access`).
    pub(super) fn offline(&self) -> Self {
        self.clone().with(|named| named.openid.extend([OpenIdScope::OfflineAccess]))
    }

    /// Its scopes, each with the resource in front.
    pub(super) fn entra_scope(&self) -> String {
        let Named { resource, scopes, openid, .. } = &*self.0;
        let all = scopes.is_empty().then_some(".default");
        let named = all.into_iter().chain(scopes.iter().map(Scope::as_str));
        let words = named.map(|scope| format!("{resource}/{scope}"));
        let plain = openid.iter().map(|scope| scope.as_str().to_owned());
        words.chain(plain).collect::<Vec<_>>().join(" ")
    }

    /// Reads scopes with their resource in front, separated by spaces: `api://data/Rows.Read api://data/Rows.Write`.
    ///
    /// # Errors
    /// If it names no resource or several, or a scope of OpenID Connect.
    pub fn parse(written: &str) -> Result<Self, BadTarget> {
        static KNOWN: LazyLock<Cache<Box<str>, Target>> = LazyLock::new(|| Cache::new(WRITTEN));
        if let Some(known) = KNOWN.get(written) {
            return Ok(known);
        }
        let target = Self::read(written)?;
        KNOWN.insert(written.into(), target.clone());
        Ok(target)
    }

    fn read(written: &str) -> Result<Self, BadTarget> {
        let bad = || BadTarget { written: written.to_owned() };
        let request = ScopeRequest::parse(written).map_err(|_| bad())?;
        if !request.openid.is_empty() {
            return Err(bad());
        }
        let scopes = match request.wanted {
            Wanted::Default => BTreeSet::new(),
            Wanted::Named(scopes) => scopes.iter().cloned().collect(),
        };
        Ok(Self::of(request.resource.ok_or_else(bad)?, scopes))
    }

    fn of(resource: Audience, scopes: BTreeSet<Scope>) -> Self {
        let named = Named {
            digest: sha256(&[]),
            resource,
            scopes,
            openid: BTreeSet::new(),
            parameter: NamedBy::Audience,
            url: None,
            in_token: None,
        };
        Self(Arc::new(Named { digest: named.digested(), ..named }))
    }

    fn with(mut self, change: impl FnOnce(&mut Named)) -> Self {
        let named = Arc::make_mut(&mut self.0);
        change(named);
        named.digest = named.digested();
        self
    }

    /// The resource.
    #[must_use]
    pub fn resource(&self) -> &Audience {
        &self.0.resource
    }

    /// What the token's `aud` is to say.
    pub(super) fn in_token(&self) -> &Audience {
        self.0.in_token.as_ref().unwrap_or(&self.0.resource)
    }

    pub(super) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.0.scopes.iter()
    }

    pub(super) fn parameter(&self) -> NamedBy {
        self.0.parameter
    }

    /// By which URL it is named as well.
    pub(super) fn url(&self) -> Option<&Audience> {
        self.0.url.as_ref()
    }

    pub(super) fn digest(&self) -> &Sha256 {
        &self.0.digest
    }

    pub(super) fn to_request(&self) -> grants::Target {
        let Named { resource, scopes, openid, .. } = &*self.0;
        let plain = openid.iter().map(|scope| scope.as_str().to_owned());
        let words = scopes.iter().map(|scope| scope.as_str().to_owned()).chain(plain).collect();
        let wanted = if scopes.is_empty() {
            Wanted::Default
        } else {
            Wanted::Named(scopes.iter().cloned().collect())
        };
        let scope = ScopeRequest { openid: openid.clone(), resource: None, wanted, words };
        grants::Target { resource: Some(resource.clone()), scope }
    }
}

impl Named {
    fn digested(&self) -> Sha256 {
        let parameter = match self.parameter {
            NamedBy::Audience => "audience",
            NamedBy::Resource => "resource",
        };
        let in_token = self.in_token.as_ref().unwrap_or(&self.resource);
        let fixed = [self.resource.as_str(), parameter, in_token.as_str()];
        let url = self.url.iter().flat_map(|url| ["at", url.as_str()]);
        let scopes = self.scopes.iter().map(Scope::as_str);
        let openid = self.openid.iter().flat_map(|scope| ["with", scope.as_str()]);
        let fixed = fixed.into_iter().chain(url);
        let parts = fixed.chain(["scopes"]).chain(scopes).chain([""]).chain(openid);
        of_parts(parts.map(str::as_bytes))
    }
}

/// Two targets are the same if they ask for the same.
impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Eq for Target {}

impl TryFrom<&str> for Target {
    type Error = BadTarget;
    fn try_from(written: &str) -> Result<Self, BadTarget> {
        Self::parse(written)
    }
}

impl TryFrom<&String> for Target {
    type Error = BadTarget;
    fn try_from(written: &String) -> Result<Self, BadTarget> {
        Self::parse(written)
    }
}

impl From<&Target> for Target {
    fn from(target: &Target) -> Self {
        target.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_exactly_one_resource_and_no_scope_of_openid() {
        for written in ["", "Rows.Read", "api://a/X api://b/X", "openid api://a/X", "api://a/X é"]
        {
            assert!(Target::parse(written).is_err(), "{written}");
        }
    }

    #[test]
    fn whatever_could_change_the_answer_makes_another_target() {
        let rows = || Target::parse("api://a/Rows.Read").unwrap();
        let others = [
            Target::parse("api://a/Rows.Write").unwrap(),
            Target::parse("api://a/.default").unwrap(),
            Target::parse("api://b/Rows.Read").unwrap(),
            rows().scope("Rows.Write").unwrap(),
            rows().named_by(NamedBy::Resource),
            rows().also_at("https://data.example").unwrap(),
            rows().audience_in_token("api://b").unwrap(),
            rows().with_id_token(),
            rows().offline(),
            // A scope that is called like what is asked for besides is still a scope.
            rows().scope("openid").unwrap(),
        ];
        for (place, other) in others.iter().enumerate() {
            assert_ne!(*other, rows(), "{other:?}");
            assert!(others.iter().skip(place + 1).all(|next| next != other), "{other:?}");
        }
        assert_eq!(rows(), rows());
    }
}
