//! What layers around a service share.

use std::mem;

/// The service that was asked whether it is ready, to go on with; a fresh copy, which was not, stays in its place.
pub(crate) fn take_ready<S: Clone>(inner: &mut S) -> S {
    let fresh = inner.clone();
    mem::replace(inner, fresh)
}
