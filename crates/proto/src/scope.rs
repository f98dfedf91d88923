//! Scopes: single ones, sets, and what a request's `scope` parameter asks for.

use crate::id::Audience;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Longest `scope` parameter accepted, in bytes.
pub const MAX_SCOPE_PARAMETER: usize = 4096;

/// One scope token (RFC 6749 §3.3), without a resource in front: `Rows.Read`, `openid`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Scope(String);

impl Scope {
    /// Takes one scope token; `/` is kept for the resource in front of it.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadScope> {
        let text = text.into();
        let sound = !text.is_empty() && text.bytes().all(|b| is_scope_byte(b) && b != b'/');
        if sound { Ok(Self(text)) } else { Err(BadScope) }
    }

    /// The token as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of OpenID Connect's own, which belong to no resource.
    #[must_use]
    pub fn is_openid(&self) -> bool {
        OpenIdScope::parse(&self.0).is_some()
    }
}

fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({})", self.0)
    }
}

impl TryFrom<String> for Scope {
    type Error = BadScope;
    fn try_from(text: String) -> Result<Self, BadScope> {
        Self::parse(text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.0
    }
}

/// A scope that RFC 6749 §3.3 does not allow, or several resources where one is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadScope;

impl fmt::Display for BadScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the scope holds a character that no scope may hold, or is too long")
    }
}

impl std::error::Error for BadScope {}

/// The scopes of OpenID Connect (Core §5.4, §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenIdScope {
    /// An ID token is wanted.
    Openid,
    /// Name and user name.
    Profile,
    /// Mail address.
    Email,
    /// Postal address.
    Address,
    /// Telephone number.
    Phone,
    /// A refresh token is wanted.
    OfflineAccess,
}

impl OpenIdScope {
    /// All of them.
    pub const ALL: [OpenIdScope; 6] =
        [Self::Openid, Self::Profile, Self::Email, Self::Address, Self::Phone, Self::OfflineAccess];

    /// As written in a `scope` parameter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Openid => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::OfflineAccess => "offline_access",
        }
    }

    /// Reads one; anything else is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// A set of scopes of one resource; written sorted, separated by single spaces.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeSet(BTreeSet<Scope>);

impl ScopeSet {
    /// Reads scope tokens separated by spaces.
    pub fn parse(text: &str) -> Result<Self, BadScope> {
        if text.len() > MAX_SCOPE_PARAMETER {
            return Err(BadScope);
        }
        text.split(' ').filter(|word| !word.is_empty()).map(Scope::parse).collect()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// In their order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// Whether this one is in it.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Whether all of these are in `other` too.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// What is here but not in `other`.
    #[must_use]
    pub fn missing_from(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

/// Which of a resource's scopes are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// `.default`, or nothing: all that is allowed, never all there is.
    Default,
    /// These, by name. One that cannot be had is refused, not dropped.
    Named(ScopeSet),
}

/// A `scope` parameter, taken apart: OpenID Connect's own, at most one resource, what is wanted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeRequest {
    /// `openid`, `profile`, `offline_access`, …
    pub openid: BTreeSet<OpenIdScope>,
    /// The resource written in front of the scopes: `api://company-data` of `api://company-data/Rows.Read`.
    pub resource: Option<Audience>,
    /// What is wanted of it.
    pub wanted: Wanted,
    /// Each word as it was sent, for the answer to repeat.
    pub words: Vec<String>,
}

/// Why a `scope` parameter cannot be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeRequestError {
    /// A character or length that no scope has.
    Bad,
    /// Scopes of more than one resource.
    SeveralResources,
    /// `.default` beside a scope by name.
    DefaultMixed,
}

impl fmt::Display for ScopeRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bad => "the scope holds a character that no scope may hold, or is too long",
            Self::SeveralResources => "the scope names more than one resource",
            Self::DefaultMixed => "the scope mixes .default with scopes by name",
        })
    }
}

impl std::error::Error for ScopeRequestError {}

impl ScopeRequest {
    /// Takes a `scope` parameter apart; absent and empty are the same (OAuth 2.1 §3.2).
    pub fn parse(text: &str) -> Result<Self, ScopeRequestError> {
        if text.len() > MAX_SCOPE_PARAMETER {
            return Err(ScopeRequestError::Bad);
        }
        let mut request = Self {
            openid: BTreeSet::new(),
            resource: None,
            wanted: Wanted::Default,
            words: Vec::new(),
        };
        let mut names = BTreeSet::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            names.extend(request.take(word)?);
        }
        let default = names.remove(".default");
        match (default, names.is_empty()) {
            (true, false) => Err(ScopeRequestError::DefaultMixed),
            (_, true) => Ok(request),
            (false, false) => {
                let set: Result<ScopeSet, BadScope> = names.into_iter().map(Scope::parse).collect();
                request.wanted = Wanted::Named(set.map_err(|_| ScopeRequestError::Bad)?);
                Ok(request)
            }
        }
    }

    /// Whether this OpenID Connect scope was asked.
    #[must_use]
    pub fn asks(&self, scope: OpenIdScope) -> bool {
        self.openid.contains(&scope)
    }

    /// Notes one word; answers the bare scope name unless it is OpenID Connect's own.
    fn take<'w>(&mut self, word: &'w str) -> Result<Option<&'w str>, ScopeRequestError> {
        if !word.bytes().all(is_scope_byte) {
            return Err(ScopeRequestError::Bad);
        }
        self.words.push(word.to_owned());
        if let Some(scope) = OpenIdScope::parse(word) {
            self.openid.insert(scope);
            return Ok(None);
        }
        let Some((prefix, name)) = word.rsplit_once('/') else {
            return Ok(Some(word));
        };
        let resource = Audience::parse(prefix).map_err(|_| ScopeRequestError::Bad)?;
        match &self.resource {
            Some(other) if *other != resource => Err(ScopeRequestError::SeveralResources),
            _ => {
                self.resource = Some(resource);
                Ok(Some(name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).unwrap()
    }

    #[test]
    fn a_resource_in_front_of_a_scope_is_taken_apart() {
        let request = ScopeRequest::parse("openid api://data/Rows.Read offline_access").unwrap();
        assert_eq!(request.resource, Some(Audience::parse("api://data").unwrap()));
        assert_eq!(request.wanted, Wanted::Named(set("Rows.Read")));
        assert!(request.asks(OpenIdScope::Openid) && request.asks(OpenIdScope::OfflineAccess));
        assert!(!request.asks(OpenIdScope::Email));
    }

    #[test]
    fn default_and_nothing_ask_for_what_is_allowed() {
        for text in ["", "   ", "openid", "api://data/.default openid"] {
            assert_eq!(ScopeRequest::parse(text).unwrap().wanted, Wanted::Default, "{text:?}");
        }
    }

    #[test]
    fn two_resources_or_a_mixed_default_are_refused() {
        assert_eq!(
            ScopeRequest::parse("api://a/X api://b/X"),
            Err(ScopeRequestError::SeveralResources)
        );
        assert_eq!(
            ScopeRequest::parse("api://a/.default api://a/X"),
            Err(ScopeRequestError::DefaultMixed)
        );
    }

    #[test]
    fn quotes_backslashes_and_control_characters_are_no_scope() {
        for text in ["B.read\"x", "a\\b", "a\u{7}b", "ä", "a\tb"] {
            assert_eq!(ScopeRequest::parse(text), Err(ScopeRequestError::Bad), "{text:?}");
        }
    }

    #[test]
    fn sets_are_written_sorted() {
        assert_eq!(set("b  a b").to_string(), "a b");
        assert_eq!(set("a b").missing_from(&set("b")), set("a"));
    }
}
