//! Who may come in, as a type: scope, actor, depth of the chain, strength and age of the sign-in.

use super::{Caller, VerifyError};
use crate::challenge::Challenge;
use stead_proto::acr::Acr;
use stead_proto::scope::{Scope, ScopeSet};
use stead_proto::time::{Seconds, Timestamp};

/// Who may come in. Written with [`rule!`](crate::rule):
///
/// ```
/// use stead::{rule, verify::Rule};
/// rule!(
///     /// Rows, for those who may read them.
///     pub ReadRows: scope = "Rows.Read", actors = ["reports-api"], max_depth = 3
/// );
/// assert_eq!(ReadRows::SCOPES, ["Rows.Read"]);
/// assert_eq!(ReadRows::ACTORS, Some(&["reports-api"][..]));
/// ```
///
/// A rule speaks of users: an app-only token satisfies none.
pub trait Rule {
    /// The scopes the token has to have, all of them.
    const SCOPES: &'static [&'static str];

    /// The applications that may call, if not all: the outermost actor, or, in a token without one, the
    /// client it was issued to.
    const ACTORS: Option<&'static [&'static str]> = None;

    /// The most actors the chain may have; a token straight from a sign-in has none.
    const MAX_DEPTH: Option<usize> = None;

    /// How strongly the user has to have signed in (`acr`).
    const ACR: Option<&'static str> = None;

    /// How long ago that may have been, in seconds.
    const MAX_AGE: Option<u32> = None;
}

/// Writes a [`Rule`](crate::verify::Rule): `scope` or `scopes`, then `actors`, `max_depth`, `acr` and
/// `max_age` as needed.
///
/// ```
/// use stead::rule;
/// rule!(ReadRows: scope = "Rows.Read");
/// rule!(pub DeleteRows: scopes = ["Rows.Read", "Rows.Write"], actors = ["reports-api"],
///     acr = "urn:stead:acr:mfa", max_age = 300);
/// ```
#[macro_export]
macro_rules! rule {
    ($(#[$about:meta])* $vis:vis $name:ident: $($key:ident = $value:tt),+ $(,)?) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        $vis struct $name;

        impl $crate::verify::Rule for $name {
            $($crate::__rule_const!($key = $value);)+
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __rule_const {
    (scope = $scope:tt) => {
        const SCOPES: &'static [&'static str] = &[$scope];
    };
    (scopes = $scopes:tt) => {
        const SCOPES: &'static [&'static str] = &$scopes;
    };
    (actors = $actors:tt) => {
        const ACTORS: ::core::option::Option<&'static [&'static str]> =
            ::core::option::Option::Some(&$actors);
    };
    (max_depth = $depth:tt) => {
        const MAX_DEPTH: ::core::option::Option<usize> = ::core::option::Option::Some($depth);
    };
    (acr = $acr:tt) => {
        const ACR: ::core::option::Option<&'static str> = ::core::option::Option::Some($acr);
    };
    (max_age = $seconds:tt) => {
        const MAX_AGE: ::core::option::Option<u32> = ::core::option::Option::Some($seconds);
    };
}

/// What a rule asks, as values: for whoever reads rules from a file instead of writing them as types.
#[derive(Debug, Clone, Copy)]
pub struct Needs<'n, S> {
    /// As in [`Rule::SCOPES`].
    pub scopes: &'n [S],
    /// As in [`Rule::ACTORS`].
    pub actors: Option<&'n [S]>,
    /// As in [`Rule::MAX_DEPTH`].
    pub max_depth: Option<usize>,
    /// As in [`Rule::ACR`].
    pub acr: Option<&'n str>,
    /// As in [`Rule::MAX_AGE`].
    pub max_age: Option<u32>,
}

impl Needs<'static, &'static str> {
    /// What this rule asks.
    pub(super) fn of<R: Rule>() -> Self {
        Self {
            scopes: R::SCOPES,
            actors: R::ACTORS,
            max_depth: R::MAX_DEPTH,
            acr: R::ACR,
            max_age: R::MAX_AGE,
        }
    }
}

impl<S: AsRef<str>> Needs<'_, S> {
    /// Asks what would cost the user most last: nobody signs in again for what is refused anyway.
    pub(super) fn check(&self, caller: &Caller, now: Timestamp) -> Result<(), VerifyError> {
        if caller.is_app_only() {
            return Err(VerifyError::AppOnly);
        }
        let calling = caller.calling_client().as_str();
        if self.actors.is_some_and(|actors| !actors.iter().any(|actor| actor.as_ref() == calling)) {
            return Err(VerifyError::ActorRefused);
        }
        if self.max_depth.is_some_and(|most| caller.depth() > most) {
            return Err(VerifyError::ChainTooDeep);
        }
        let has = |scope: &S| caller.scopes().iter().any(|held| held.as_str() == scope.as_ref());
        if !self.scopes.iter().all(has) {
            return Err(VerifyError::InsufficientScope { needed: self.needed() });
        }
        if self.is_strong_enough(caller) && self.is_recent_enough(caller, now) {
            return Ok(());
        }
        let age = self.max_age.map(Seconds);
        Err(VerifyError::StepUp(Challenge::demanding(self.acr.unwrap_or_default(), age)))
    }

    fn needed(&self) -> ScopeSet {
        self.scopes.iter().filter_map(|scope| Scope::parse(scope.as_ref()).ok()).collect()
    }

    /// Strengths we know form a ladder; any other has to be the very one.
    fn is_strong_enough(&self, caller: &Caller) -> bool {
        let Some(wanted) = self.acr else { return true };
        let Some(held) = caller.acr() else { return false };
        match (Acr::parse(held), Acr::parse(wanted)) {
            (Some(held), Some(wanted)) => held >= wanted,
            _ => held == wanted,
        }
    }

    fn is_recent_enough(&self, caller: &Caller, now: Timestamp) -> bool {
        let Some(most) = self.max_age else { return true };
        caller.auth_time().is_some_and(|at| now <= at + Seconds(most))
    }
}
