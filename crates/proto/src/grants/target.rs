//! What a request points at: a resource and scopes there. `audience`, `resource` and the resource
//! written in front of a scope are one thing, read in this one place.

use crate::form::Form;
use crate::grants::ParseError;
use crate::id::Audience;
use crate::scope::ScopeRequest;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a request points at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The resource, unless the request leaves it open.
    pub resource: Option<Audience>,
    /// What is wanted there.
    pub scope: ScopeRequest,
}

/// Why a target cannot be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetError {
    /// A `resource` that is no absolute URI, or has a fragment (RFC 8707 §2).
    NotAUri,
    /// More than one target: a token has one audience.
    Several,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAUri => "the resource is no absolute URI, or has a fragment",
            Self::Several => "too many targets: a token has one audience",
        })
    }
}

impl std::error::Error for TargetError {}

impl Target {
    /// Reads `resource`, `audience` and `scope`.
    pub fn read(form: &Form) -> Result<Self, ParseError> {
        let scope = ScopeRequest::parse(form.one("scope")?.unwrap_or_default())?;
        let mut resource = scope.resource.clone();
        for named in named(form)? {
            match &resource {
                Some(other) if *other != named => return Err(TargetError::Several.into()),
                _ => resource = Some(named),
            }
        }
        Ok(Self { resource, scope })
    }
}

fn named(form: &Form) -> Result<Vec<Audience>, TargetError> {
    let resources = form.many("resource").map(absolute_uri);
    let audiences =
        form.many("audience").map(|text| Audience::parse(text).map_err(|_| TargetError::NotAUri));
    resources.chain(audiences).collect()
}

/// RFC 8707 §2: an absolute URI without a fragment.
fn absolute_uri(text: &str) -> Result<Audience, TargetError> {
    let scheme = text.split_once(':').map(|(scheme, rest)| (scheme, !rest.is_empty()));
    let absolute = scheme.is_some_and(|(scheme, rest)| {
        rest && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    });
    if !absolute || text.contains('#') {
        return Err(TargetError::NotAUri);
    }
    Audience::parse(text).map_err(|_| TargetError::NotAUri)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Result<Target, ParseError> {
        Target::read(&Form::parse(form.as_bytes()).unwrap())
    }

    #[test]
    fn audience_resource_and_prefix_mean_the_same() {
        let data = Some(Audience::parse("api://data").unwrap());
        for form in [
            "scope=api://data/Rows.Read",
            "audience=api://data&scope=Rows.Read",
            "resource=api://data&scope=Rows.Read",
            "resource=api://data&audience=api://data&scope=api://data/Rows.Read",
        ] {
            assert_eq!(read(form).unwrap().resource, data, "{form}");
        }
    }

    #[test]
    fn two_targets_a_relative_uri_and_a_fragment_are_refused() {
        for (form, error) in [
            ("audience=api://a&audience=api://b", TargetError::Several),
            ("audience=api://a&resource=api://b", TargetError::Several),
            ("resource=api://a&scope=api://b/X", TargetError::Several),
            ("resource=data", TargetError::NotAUri),
            ("resource=/data", TargetError::NotAUri),
            ("resource=api://data%23x", TargetError::NotAUri),
        ] {
            assert_eq!(read(form), Err(ParseError::Target(error)), "{form}");
        }
    }
}
