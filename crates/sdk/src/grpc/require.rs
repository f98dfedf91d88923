//! A layer that lets in only calls with a good token, and the rule of a handler.

use super::status::refused;
use crate::layers::{layer, serve, take_ready};
use crate::verify::{Caller, Rule, Verifier};
use http::{Request, Response};
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::Status;
use tower::Service;

layer! {
    /// Lets in only calls with a good token, and leaves the [`Caller`] and the verifier with the request. Put it around a
    /// server, or with tonic's `named_layer` around one of its services.
    layer RequireToken;
    /// What [`RequireToken`] makes of a service.
    service RequireTokenService;
    /// Requires a token that this verifier takes.
    new(verifier: Verifier);
}

impl<S, B, R> Service<Request<B>> for RequireTokenService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (inner, verifier) = (take_ready(&mut self.inner), self.verifier.clone());
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let found = verifier.verify_request(&parts.method, &parts.uri, &parts.headers).await;
            let request = Request::from_parts(parts, body);
            match found {
                Ok(caller) => serve(inner, request, caller, verifier).await,
                Err(error) => Ok(refused(&error, &verifier).into_http()),
            }
        })
    }
}

/// Asks of a request whether a rule lets its caller in.
pub trait Allowed {
    /// The caller, or the status to refuse them with. Needs [`RequireToken`] around the service.
    ///
    /// ```
    /// use stead::{grpc::Allowed as _, rule};
    /// rule!(ReadRows: scope = "Rows.Read", actors = ["reports-api"]);
    /// async fn rows(request: tonic::Request<()>) -> Result<tonic::Response<String>, tonic::Status> {
    ///     let caller = request.allowed::<ReadRows>()?;
    ///     Ok(tonic::Response::new(format!("rows for {}", caller.subject())))
    /// }
    /// ```
    fn allowed<R: Rule>(&self) -> Result<Caller, Status>;
}

impl<T> Allowed for tonic::Request<T> {
    fn allowed<R: Rule>(&self) -> Result<Caller, Status> {
        let found = self.extensions().get::<Caller>().zip(self.extensions().get::<Verifier>());
        let Some((caller, verifier)) = found else {
            tracing::error!(
                "a service asks who is allowed, but there is no RequireToken around it"
            );
            return Err(Status::internal("the service is not set up to do this"));
        };
        verifier.permit::<R>(caller).map_err(|error| refused(&error, verifier))?;
        Ok(caller.clone())
    }
}
