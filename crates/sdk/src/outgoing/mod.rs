//! Requests that go out on behalf of a caller.
//!
//! [`OnBehalfOf`] marks a request with a caller and a target. The token is acquired and put on by a middleware:
//! `ActForCallers` for reqwest (feature `reqwest-middleware`), `grpc::ActForCallers` for tonic (feature `tonic`).

#[cfg(feature = "reqwest-middleware")]
mod requests;

#[cfg(feature = "reqwest-middleware")]
pub use requests::{ActForCallers, why_not};

use crate::client::{AccessToken, AcquireError, Target};
use crate::verify::Caller;
use http::{HeaderMap, header};

/// Says on whose behalf a request goes out.
pub trait OnBehalfOf {
    /// On behalf of this caller, with a token for this target.
    #[must_use]
    fn on_behalf_of<T>(self, caller: &Caller, target: T) -> Self
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>;
}

/// On whose behalf a request is to go out, and where to. It lies with the request until it leaves.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) caller: Caller,
    pub(crate) target: Result<Target, AcquireError>,
}

impl Asked {
    pub(crate) fn new<T>(caller: &Caller, target: T) -> Self
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        Self { caller: caller.clone(), target: target.try_into().map_err(AcquireError::from) }
    }
}

/// Puts the token into the headers of a request, and takes every other credential out of them.
pub(crate) fn bear(headers: &mut HeaderMap, token: &AccessToken) -> Result<(), AcquireError> {
    let Some(value) = token.header_value() else {
        return Err(AcquireError::Config("no header can hold the token".to_owned()));
    };
    headers.remove(header::COOKIE);
    headers.insert(header::AUTHORIZATION, value);
    Ok(())
}
