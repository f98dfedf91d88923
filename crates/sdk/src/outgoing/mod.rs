//! Requests that go out on behalf of a caller.
//!
//! [`OnBehalfOf`] says it of a request; the token is put on where it leaves: `ActForCallers` for reqwest (feature
//! `reqwest-middleware`), `grpc::ActForCallers` for tonic (feature `tonic`).

#[cfg(feature = "reqwest-middleware")]
mod requests;

#[cfg(feature = "reqwest-middleware")]
pub use requests::{ActForCallers, why_not};

use crate::client::{AcquireError, Target};
use crate::verify::Caller;

/// Says on whose behalf a request goes out.
pub trait OnBehalfOf {
    /// On behalf of this caller, with a token for this target.
    #[must_use]
    fn on_behalf_of<T>(self, caller: &Caller, target: T) -> Self
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>;
}

/// What was said of a request.
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
