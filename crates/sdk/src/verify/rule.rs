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

/// Asks what would cost the user most last: nobody signs in again for what is refused anyway.
pub(super) fn check<R: Rule>(caller: &Caller, now: Timestamp) -> Result<(), VerifyError> {
    if caller.is_app_only() {
        return Err(VerifyError::AppOnly);
    }
    let calling = caller.calling_client().as_str();
    if R::ACTORS.is_some_and(|actors| !actors.contains(&calling)) {
        return Err(VerifyError::ActorRefused);
    }
    if R::MAX_DEPTH.is_some_and(|most| caller.depth() > most) {
        return Err(VerifyError::ChainTooDeep);
    }
    let has = |scope: &&str| caller.scopes().iter().any(|held| held.as_str() == *scope);
    if !R::SCOPES.iter().all(has) {
        return Err(VerifyError::InsufficientScope { needed: needed::<R>() });
    }
    if is_strong_enough::<R>(caller) && is_recent_enough::<R>(caller, now) {
        return Ok(());
    }
    Err(VerifyError::StepUp(demand::<R>()))
}

fn needed<R: Rule>() -> ScopeSet {
    R::SCOPES.iter().filter_map(|scope| Scope::parse(*scope).ok()).collect()
}

/// Strengths we know form a ladder; any other has to be the very one.
fn is_strong_enough<R: Rule>(caller: &Caller) -> bool {
    let Some(wanted) = R::ACR else { return true };
    let Some(held) = caller.acr() else { return false };
    match (Acr::parse(held), Acr::parse(wanted)) {
        (Some(held), Some(wanted)) => held >= wanted,
        _ => held == wanted,
    }
}

fn is_recent_enough<R: Rule>(caller: &Caller, now: Timestamp) -> bool {
    let Some(most) = R::MAX_AGE else { return true };
    caller.auth_time().is_some_and(|at| now <= at + Seconds(most))
}

fn demand<R: Rule>() -> Challenge {
    Challenge::demanding(R::ACR.unwrap_or_default(), R::MAX_AGE.map(Seconds))
}
