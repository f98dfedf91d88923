//! Which resource, which scopes there.

use std::collections::BTreeSet;
use stead_proto::grants;
use stead_proto::id::Audience;
use stead_proto::scope::{Scope, ScopeRequest, Wanted};

/// At what a token is to point: one resource, and all that is allowed there or scopes by name.
///
/// ```
/// use stead::Target;
/// let written = Target::parse("api://company-data/Rows.Read")?;
/// let built = Target::new("api://company-data")?.scope("Rows.Read")?;
/// assert_eq!(written, built);
/// assert_eq!(Target::parse("api://company-data/.default")?, Target::new("api://company-data")?);
/// # Ok::<(), stead::BadTarget>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    resource: Audience,
    scopes: BTreeSet<Scope>,
}

/// A target that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{written:?} is no target: write it as api://resource/Scope or api://resource/.default")]
pub struct BadTarget {
    written: String,
}

impl Target {
    /// All that is allowed at a resource.
    pub fn new(resource: &str) -> Result<Self, BadTarget> {
        let bad = |_| BadTarget { written: resource.to_owned() };
        Ok(Self { resource: Audience::parse(resource).map_err(bad)?, scopes: BTreeSet::new() })
    }

    /// This scope of it, besides others named so.
    pub fn scope(mut self, scope: &str) -> Result<Self, BadTarget> {
        let bad = |_| BadTarget { written: scope.to_owned() };
        self.scopes.insert(Scope::parse(scope).map_err(bad)?);
        Ok(self)
    }

    /// Reads scopes with their resource in front, separated by spaces.
    pub fn parse(written: &str) -> Result<Self, BadTarget> {
        let bad = || BadTarget { written: written.to_owned() };
        let request = ScopeRequest::parse(written).map_err(|_| bad())?;
        if !request.openid.is_empty() {
            return Err(bad());
        }
        let scopes = match request.wanted {
            Wanted::Default => BTreeSet::new(),
            Wanted::Named(scopes) => scopes.iter().cloned().collect(),
        };
        Ok(Self { resource: request.resource.ok_or_else(bad)?, scopes })
    }

    /// The resource.
    #[must_use]
    pub fn resource(&self) -> &Audience {
        &self.resource
    }

    pub(super) fn into_request(self) -> grants::Target {
        let words = self.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        let wanted = if self.scopes.is_empty() {
            Wanted::Default
        } else {
            Wanted::Named(self.scopes.into_iter().collect())
        };
        grants::Target {
            resource: Some(self.resource),
            scope: ScopeRequest { openid: BTreeSet::new(), resource: None, wanted, words },
        }
    }
}

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
}
