//! Which resource, which scopes there.

use quick_cache::sync::Cache;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};
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
///
/// A clone shares it. One that is kept, or written in the program's text, is read once.
#[derive(Debug, Clone, Eq)]
pub struct Target(Arc<Named>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Named {
    resource: Audience,
    scopes: BTreeSet<Scope>,
}

/// A target that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{written:?} is no target: write it as api://resource/Scope or api://resource/.default")]
pub struct BadTarget {
    written: String,
}

/// How many targets are known as they were written: programs name few, and each of them often.
const WRITTEN: usize = 1024;

impl Target {
    /// All that is allowed at a resource.
    pub fn new(resource: &str) -> Result<Self, BadTarget> {
        let bad = |_| BadTarget { written: resource.to_owned() };
        let resource = Audience::parse(resource).map_err(bad)?;
        Ok(Self(Arc::new(Named { resource, scopes: BTreeSet::new() })))
    }

    /// This scope of it, besides others named so.
    pub fn scope(mut self, scope: &str) -> Result<Self, BadTarget> {
        let bad = |_| BadTarget { written: scope.to_owned() };
        let scope = Scope::parse(scope).map_err(bad)?;
        Arc::make_mut(&mut self.0).scopes.insert(scope);
        Ok(self)
    }

    /// Reads scopes with their resource in front, separated by spaces.
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
        Ok(Self(Arc::new(Named { resource: request.resource.ok_or_else(bad)?, scopes })))
    }

    /// The resource.
    #[must_use]
    pub fn resource(&self) -> &Audience {
        &self.0.resource
    }

    pub(super) fn to_request(&self) -> grants::Target {
        let Named { resource, scopes } = &*self.0;
        let words = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        let wanted = if scopes.is_empty() {
            Wanted::Default
        } else {
            Wanted::Named(scopes.iter().cloned().collect())
        };
        grants::Target {
            resource: Some(resource.clone()),
            scope: ScopeRequest { openid: BTreeSet::new(), resource: None, wanted, words },
        }
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Hash for Target {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
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
