//! Calls that go out on behalf of a caller.

use super::status::challenge_of;
use crate::client::{AccessToken, AcquireError, AcquireOptions, Obo, Target};
use crate::layers::{layer, take_ready};
use crate::outgoing::{Asked, OnBehalfOf, bear};
use crate::verify::Caller;
use http::{HeaderMap, Request, Response};
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::{Code, Status};
use tower::Service;

layer! {
    /// Puts a token on each call that is marked as [on behalf of](OnBehalfOf::on_behalf_of) a caller, and leaves other
    /// calls alone. A layer for tonic's clients:
    ///
    /// ```no_run
    /// # async fn f(obo: stead::Obo) -> Result<(), Box<dyn std::error::Error>> {
    /// use stead::grpc::ActForCallers;
    /// use tower::Layer as _;
    /// let channel = tonic::transport::Channel::from_static("https://data.example").connect().await?;
    /// let channel = ActForCallers::new(obo).layer(channel); // for RowsClient::new(channel)
    /// # Ok(()) }
    /// ```
    ///
    /// The call goes out with that token and no other credential. If the next service does not take the token, the
    /// call fails, since what was sent cannot be sent twice, and another token is fetched for the next one.
    layer ActForCallers;
    /// What [`ActForCallers`] makes of a channel.
    service Acting;
    /// Acquires tokens here.
    new(obo: Obo);
}

impl<M> OnBehalfOf for tonic::Request<M> {
    fn on_behalf_of<T>(mut self, caller: &Caller, target: T) -> Self
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        self.extensions_mut().insert(Asked::new(caller, target));
        self
    }
}

impl<S, B, R> Service<Request<B>> for Acting<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default + Send,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let Some(asked) = request.extensions_mut().remove::<Asked>() else {
            return Box::pin(self.inner.call(request));
        };
        let mut inner = take_ready(&mut self.inner);
        let obo = self.obo.clone();
        Box::pin(async move {
            let (target, token) = match bearing(&obo, asked.clone(), request.headers_mut()).await {
                Ok(acquired) => acquired,
                Err(error) => return Ok(Status::from(error).into_http()),
            };
            let response = inner.call(request).await?;
            if is_refused(response.headers()) {
                let options = AcquireOptions::default();
                // It is for the next call, which will see whether there is one.
                _ = obo.token_instead_of(&token, &asked.caller, target, options).await;
            }
            Ok(response)
        })
    }
}

/// Acquires the token, and puts it into the headers in the place of every other credential.
async fn bearing(
    obo: &Obo,
    asked: Asked,
    headers: &mut HeaderMap,
) -> Result<(Target, AccessToken), AcquireError> {
    let target = asked.target?;
    let token = obo.token(&asked.caller, &target).await?;
    bear(headers, &token)?;
    Ok((target, token))
}

/// Whether the token was refused, rather than the user's sign-in found too weak.
fn is_refused(headers: &HeaderMap) -> bool {
    let status = Status::from_header_map(headers);
    status.is_some_and(|it| it.code() == Code::Unauthenticated && challenge_of(&it).is_none())
}
