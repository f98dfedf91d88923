//! For reqwest: a middleware that puts the token on.

use super::{Asked, OnBehalfOf, bear};
use crate::challenge::Challenge;
use crate::client::{AccessToken, AcquireError, AcquireOptions, Obo, Target};
use crate::verify::Caller;
use async_trait::async_trait;
use http::{Extensions, StatusCode};
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, RequestBuilder, Result};

/// Puts a token on each request that is marked as [on behalf of](OnBehalfOf::on_behalf_of) a caller, and leaves other
/// requests alone.
///
/// ```no_run
/// # async fn f(obo: stead::Obo, caller: stead::Caller) -> Result<(), reqwest_middleware::Error> {
/// use reqwest_middleware::ClientBuilder;
/// use stead::outgoing::{ActForCallers, OnBehalfOf as _};
///
/// let web = ClientBuilder::new(reqwest::Client::new()).with(ActForCallers::new(obo)).build();
/// let rows = web
///     .get("https://data.example/rows")
///     .on_behalf_of(&caller, "api://company-data/Rows.Read")
///     .send()
///     .await?;
/// # Ok(()) }
/// ```
///
/// The request goes out with that token and no other credential: `Authorization` and `Cookie` that somebody
/// else put there are taken away. After a 401 another token is asked for and the request repeated, once, if
/// its body can be. A 401 that demands another sign-in, and a token that cannot be had, is an error:
/// [`why_not`] finds the [`AcquireError`] in it, which is the response to give.
#[derive(Debug, Clone)]
pub struct ActForCallers {
    obo: Obo,
}

impl ActForCallers {
    /// Acquires tokens here.
    #[must_use]
    pub fn new(obo: Obo) -> Self {
        Self { obo }
    }
}

impl OnBehalfOf for RequestBuilder {
    fn on_behalf_of<T>(self, caller: &Caller, target: T) -> Self
    where
        T: TryInto<Target>,
        AcquireError: From<T::Error>,
    {
        self.with_extension(Asked::new(caller, target))
    }
}

/// The [`AcquireError`] in an error of the middleware, if that is why a request failed.
#[must_use]
pub fn why_not(error: &Error) -> Option<&AcquireError> {
    match error {
        Error::Middleware(error) => error.downcast_ref(),
        Error::Reqwest(_) => None,
    }
}

#[async_trait]
impl Middleware for ActForCallers {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let Some(Asked { caller, target }) = extensions.get().cloned() else {
            return next.run(request, extensions).await;
        };
        let target = target.map_err(Error::middleware)?;
        let again = request.try_clone();
        let token = self.obo.token(&caller, target.clone()).await.map_err(Error::middleware)?;
        let response = next.clone().run(bearing(request, &token)?, extensions).await?;
        let response = unless_challenged(response)?;
        let Some(again) = again.filter(|_| response.status() == StatusCode::UNAUTHORIZED) else {
            return Ok(response);
        };
        let fresh = self.obo.token_instead_of(&token, &caller, target, AcquireOptions::default());
        let Some(fresh) = fresh.await.map_err(Error::middleware)? else { return Ok(response) };
        unless_challenged(next.run(bearing(again, &fresh)?, extensions).await?)
    }
}

/// The request with this token and no other credential.
fn bearing(mut request: Request, token: &AccessToken) -> Result<Request> {
    bear(request.headers_mut(), token).map_err(Error::middleware)?;
    Ok(request)
}

fn unless_challenged(response: Response) -> Result<Response> {
    if response.status() != StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    match Challenge::from_headers(response.headers()) {
        Some(challenge) => Err(Error::middleware(AcquireError::Challenge(challenge))),
        None => Ok(response),
    }
}
