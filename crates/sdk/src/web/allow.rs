//! The extractor [`Allow`], which has the rule in its type.

use super::Refused;
use super::layer::caller_of;
use crate::verify::{Caller, Rule, Verifier};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A caller who satisfies the rule `R`. Anybody else is answered before the handler runs: 401 or 403 with the right
/// `WWW-Authenticate` (RFC 6750 §3, RFC 9470).
///
/// Needs [`RequireToken`](crate::RequireToken) around the route, or the [`Verifier`] as an
/// `axum::Extension`.
pub struct Allow<R> {
    caller: Caller,
    rule: PhantomData<fn() -> R>,
}

impl<R> Allow<R> {
    /// The caller.
    #[must_use]
    pub fn into_caller(self) -> Caller {
        self.caller
    }
}

impl<R> Deref for Allow<R> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<R> fmt::Debug for Allow<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Allow").field(&self.caller).finish()
    }
}

impl<R: Rule, S: Sync> FromRequestParts<S> for Allow<R> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let Some(verifier) = parts.extensions.get::<Verifier>().cloned() else {
            tracing::error!("a route asks for Allow<_>, but there is no Verifier with the request");
            return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        };
        let refuse = |error| Refused::new(&error, &verifier).into_response();
        let caller = match parts.extensions.get::<Caller>() {
            Some(caller) => caller.clone(),
            None => caller_of(&verifier, parts).await.map_err(refuse)?,
        };
        verifier.permit::<R>(&caller).map_err(refuse)?;
        Ok(Self { caller, rule: PhantomData })
    }
}
