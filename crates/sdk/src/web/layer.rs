//! A layer that lets in only requests with a good token.

use super::Refused;
use crate::layers::{layer, serve, take_ready};
use crate::verify::{Caller, Verifier, VerifyError};
use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::Service;
use url::form_urlencoded;

/// The longest form that is searched for a second token, in bytes: axum's own limit.
const MAX_FORM: usize = 2 * 1024 * 1024;

layer! {
    /// Lets in only requests with a good token, and leaves the [`Caller`](crate::Caller) and the verifier with
    /// the request.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use stead::{Allow, RequireToken, Verifier, rule};
    ///
    /// rule!(ReadRows: scope = "Rows.Read", actors = ["reports-api"]);
    ///
    /// async fn rows(caller: Allow<ReadRows>) -> String {
    ///     format!("rows for {}", caller.subject())
    /// }
    ///
    /// let verifier = Verifier::new("https://id.example/acme/v2.0", "api://company-data")?;
    /// let app: Router = Router::new().route("/rows", get(rows)).layer(RequireToken::new(verifier));
    /// # Ok::<(), stead::SetupError>(())
    /// ```
    layer RequireToken;
    /// What [`RequireToken`] makes of a service.
    service RequireTokenService;
    /// Requires a token that this verifier takes.
    new(verifier: Verifier);
}

impl<S> Service<Request> for RequireTokenService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (inner, verifier) = (take_ready(&mut self.inner), self.verifier.clone());
        Box::pin(async move {
            match admit(&verifier, request).await {
                Ok((caller, request)) => serve(inner, request, caller, verifier).await,
                Err(refused) => Ok(*refused),
            }
        })
    }
}

async fn admit(verifier: &Verifier, request: Request) -> Result<(Caller, Request), Box<Response>> {
    let refuse = |error| Box::new(Refused::new(&error, verifier).into_response());
    let (parts, body) = request.into_parts();
    let caller = caller_of(verifier, &parts).await.map_err(refuse)?;
    let request = Request::from_parts(parts, body);
    let request = without_second_token(request).await.map_err(|problem| match problem {
        SecondToken::Found => {
            refuse(VerifyError::Malformed("there is a token in the header and in the body"))
        }
        SecondToken::TooLong => Box::new(StatusCode::PAYLOAD_TOO_LARGE.into_response()),
    })?;
    Ok((caller, request))
}

/// Who sends a request. A proof names the path as it was sent, not what a nested router has left of it.
pub(super) async fn caller_of(verifier: &Verifier, parts: &Parts) -> Result<Caller, VerifyError> {
    let original = parts.extensions.get::<OriginalUri>();
    let uri = original.map_or(&parts.uri, |OriginalUri(uri)| uri);
    verifier.verify_request(&parts.method, uri, &parts.headers).await
}

enum SecondToken {
    Found,
    TooLong,
}

/// RFC 6750 §2: no more than one way at once. A form is the only body that can hold a token.
async fn without_second_token(request: Request) -> Result<Request, SecondToken> {
    if !is_form(request.headers()) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MAX_FORM).await.map_err(|_| SecondToken::TooLong)?;
    if form_urlencoded::parse(&bytes).any(|(name, _)| name == "access_token") {
        return Err(SecondToken::Found);
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
