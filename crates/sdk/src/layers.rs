//! What the layers around a service have in common, whichever protocol they are for.

use crate::verify::{Caller, Verifier};
use http::{Request, Response};
use std::mem;
use tower::Service;

/// Defines a layer and the service it makes: both hold one thing, of which each service gets a copy. What the
/// service does is left to its `impl Service`.
macro_rules! layer {
    (
        $(#[$layer_doc:meta])* layer $layer:ident;
        $(#[$service_doc:meta])* service $service:ident;
        $(#[$new_doc:meta])* new($held:ident: $Held:ty);
    ) => {
        $(#[$layer_doc])*
        #[derive(Debug, Clone)]
        pub struct $layer {
            $held: $Held,
        }

        $(#[$service_doc])*
        #[derive(Debug, Clone)]
        pub struct $service<S> {
            inner: S,
            $held: $Held,
        }

        impl $layer {
            $(#[$new_doc])*
            #[must_use]
            pub fn new($held: $Held) -> Self {
                Self { $held }
            }
        }

        impl<S> tower::Layer<S> for $layer {
            type Service = $service<S>;
            fn layer(&self, inner: S) -> Self::Service {
                $service { inner, $held: self.$held.clone() }
            }
        }
    };
}
pub(crate) use layer;

/// The service that said it is ready, to be called; a fresh copy, which has not been asked, takes its place.
pub(crate) fn take_ready<S: Clone>(inner: &mut S) -> S {
    let fresh = inner.clone();
    mem::replace(inner, fresh)
}

/// Calls the service for a caller who was let in. The handler finds the caller and the verifier with the request;
/// the answer gets what the verifier has to tell them.
pub(crate) async fn serve<S, B, R>(
    mut inner: S,
    mut request: Request<B>,
    caller: Caller,
    verifier: Verifier,
) -> Result<Response<R>, S::Error>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    request.extensions_mut().insert(caller.clone());
    request.extensions_mut().insert(verifier.clone());
    let mut response = inner.call(request).await?;
    response.headers_mut().extend(verifier.welcome(&caller));
    Ok(response)
}
