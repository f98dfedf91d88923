//! How this crate talks to others: HTTPS, no redirects, with limits of time and size.

pub use crate::error::BadTransport;

use crate::error::ProviderError;
use http::{HeaderMap, StatusCode, header};
use reqwest::{Certificate, Client, Identity, redirect};
use std::fmt;
use std::time::Duration;
use stead_proto::json::{self, JsonError};
use stead_proto::secret::ClientSecret;
use stead_proto::time::Seconds;
use stead_proto::trace::TraceParent;
use url::{Host, Url};

/// Longest answer read, in bytes.
pub const MAX_ANSWER: usize = 256 * 1024;

/// What Server-Sent Events are called.
const EVENT_STREAM: &str = "text/event-stream";

/// How long one such connection may last.
const A_DAY: Duration = Duration::from_hours(24);

tokio::task_local! {
    /// The trace in which a token is asked for: sent along with the request, and no part of the question.
    pub(crate) static TRACEPARENT: Option<TraceParent>;
}

/// A connection to the outside that follows no redirect, reads at most [`MAX_ANSWER`] bytes and gives
/// up after two seconds.
///
/// Shared: a clone uses the same connections.
#[derive(Clone)]
pub struct Transport {
    http: Client,
    plain: PlainHttp,
}

/// Whether plain `http:` is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlainHttp {
    Never,
    OnLoopback,
}

/// Makes a [`Transport`].
#[derive(Debug, Clone)]
pub struct TransportBuilder {
    roots: Vec<Certificate>,
    identity: Option<Identity>,
    connect: Duration,
    total: Duration,
    plain: PlainHttp,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Seconds>,
    pub(crate) body: Vec<u8>,
}

/// A question without an answer.
#[derive(Debug)]
pub(crate) enum Lost {
    /// There was no connection: nobody heard it.
    NeverHeard,
    /// It may have been heard: the connection failed later.
    Underway(ProviderError),
}

impl Lost {
    pub(crate) fn into_error(self) -> ProviderError {
        match self {
            Self::NeverHeard => ProviderError::Unreachable { retry_after: None },
            Self::Underway(error) => error,
        }
    }
}

impl From<reqwest::Error> for Lost {
    fn from(error: reqwest::Error) -> Self {
        let is_connect = error.is_connect();
        let down = down(error);
        if is_connect { Self::NeverHeard } else { Self::Underway(down) }
    }
}

impl Transport {
    /// Starts from the defaults: the system's root certificates, 750 ms to connect, 2 s in all.
    #[must_use]
    pub fn builder() -> TransportBuilder {
        TransportBuilder {
            roots: Vec::new(),
            identity: None,
            connect: Duration::from_millis(750),
            total: Duration::from_secs(2),
            plain: PlainHttp::Never,
        }
    }

    /// Takes a URL only if it may be asked: `https`, or `http` on a loopback host where that is allowed.
    pub(crate) fn admit(&self, text: &str) -> Result<Url, ProviderError> {
        let refused = |why: &str| ProviderError::Untrustworthy(format!("{why}: {text}"));
        let url = Url::parse(text).map_err(|_| refused("no URL"))?;
        let plain_allowed = self.plain == PlainHttp::OnLoopback && is_loopback(&url);
        match url.scheme() {
            "https" => {}
            "http" if plain_allowed => {}
            _ => return Err(refused("the URL is not https")),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(refused("the URL holds a user name or a fragment"));
        }
        Ok(url)
    }

    pub(crate) async fn get(&self, url: &Url) -> Result<Answer, ProviderError> {
        let request = self.http.get(url.clone()).header(header::ACCEPT, "application/json");
        receive(request).await
    }

    pub(crate) async fn post_form(
        &self,
        url: &Url,
        body: String,
        authorization: Option<&ClientSecret>,
    ) -> Result<Answer, Lost> {
        let mut request = self
            .http
            .post(url.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        if let Some(value) = authorization.and_then(|value| sensitive(value.expose())) {
            request = request.header(header::AUTHORIZATION, value);
        }
        if let Ok(Some(trace)) = TRACEPARENT.try_with(|trace| *trace) {
            request = request.header("traceparent", trace.to_text());
        }
        let response = request.send().await.map_err(Lost::from)?;
        read(response).await.map_err(Lost::Underway)
    }

    /// Opens a stream of Server-Sent Events, beginning after the event with the id `last`.
    pub(crate) async fn open_stream(
        &self,
        url: &Url,
        (body, authorization): (String, Option<&ClientSecret>),
        last: Option<&str>,
    ) -> Result<reqwest::Response, ProviderError> {
        let mut request = self
            .http
            .post(url.clone())
            .header(header::ACCEPT, EVENT_STREAM)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .timeout(A_DAY)
            .body(body);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        if let Some(value) = authorization.and_then(|value| sensitive(value.expose())) {
            request = request.header(header::AUTHORIZATION, value);
        }
        let response = request.send().await.map_err(down)?;
        let (status, kind) = (response.status(), response.headers().get(header::CONTENT_TYPE));
        if status == StatusCode::OK && kind.is_some_and(|kind| kind == EVENT_STREAM) {
            return Ok(response);
        }
        Err(ProviderError::Untrustworthy(format!("{url} answers {status}, and no events")))
    }

    /// Fetches a JSON document that names no member twice; from the second URL if there is none at the first.
    pub(crate) async fn get_json<T>(
        &self,
        url: &Url,
        otherwise: Option<&Url>,
    ) -> Result<T, ProviderError>
    where
        T: serde::de::DeserializeOwned,
    {
        let (mut url, mut answer) = (url, self.get(url).await?);
        if let Some(other) = otherwise.filter(|_| answer.status == StatusCode::NOT_FOUND) {
            (url, answer) = (other, self.get(other).await?);
        }
        let answer = answer.successful(url)?;
        json::from_slice(&answer.body).map_err(|error| match error {
            // A page of a proxy in front of it, such as "we will be back soon".
            JsonError::Syntax => {
                tracing::warn!(%url, "a provider answers with something else than JSON");
                ProviderError::Unreachable { retry_after: None }
            }
            wrong => ProviderError::Untrustworthy(format!("{url}: {wrong}")),
        })
    }
}

impl Answer {
    /// Whether the other side is in trouble that passes.
    pub(crate) fn is_passing_trouble(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    pub(crate) fn successful(self, url: &Url) -> Result<Self, ProviderError> {
        if self.status == StatusCode::OK {
            return Ok(self);
        }
        if self.is_passing_trouble() {
            return Err(ProviderError::Unreachable { retry_after: self.retry_after });
        }
        Err(ProviderError::Untrustworthy(format!("{url} answers {}", self.status)))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("plain", &self.plain).finish_non_exhaustive()
    }
}

impl TransportBuilder {
    /// Trusts these certificate authorities too: one or more certificates in PEM, such as the one
    /// `stead demo` makes.
    pub fn root_certificates_pem(mut self, pem: &[u8]) -> Result<Self, BadTransport> {
        self.roots.extend(Certificate::from_pem_bundle(pem).map_err(BadTransport)?);
        Ok(self)
    }

    /// Shows this certificate when it connects (RFC 8705): the chain and its private key, in PEM, in one text.
    pub fn client_certificate_pem(mut self, pem: &[u8]) -> Result<Self, BadTransport> {
        self.identity = Some(Identity::from_pem(pem).map_err(BadTransport)?);
        Ok(self)
    }

    /// How long connecting may take, and how long the whole request.
    #[must_use]
    pub fn timeouts(mut self, connect: Duration, total: Duration) -> Self {
        (self.connect, self.total) = (connect, total);
        self
    }

    /// Lets `http:` pass to `localhost`, `127.0.0.0/8` and `[::1]`: for development and tests only.
    #[must_use]
    pub fn plain_http_on_loopback(mut self) -> Self {
        self.plain = PlainHttp::OnLoopback;
        self
    }

    /// Sets it up.
    pub fn build(self) -> Result<Transport, BadTransport> {
        let mut client = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(self.connect)
            .timeout(self.total)
            .referer(false)
            .tls_certs_merge(self.roots);
        if let Some(identity) = self.identity {
            client = client.identity(identity);
        }
        if self.plain == PlainHttp::OnLoopback {
            client = client.no_proxy();
        }
        Ok(Transport { http: client.build().map_err(BadTransport)?, plain: self.plain })
    }
}

/// Sends, and reads the answer.
async fn receive(request: reqwest::RequestBuilder) -> Result<Answer, ProviderError> {
    read(request.send().await.map_err(down)?).await
}

/// Reads the body piece by piece, so that an endless one is cut off.
async fn read(mut response: reqwest::Response) -> Result<Answer, ProviderError> {
    let (status, retry_after) = (response.status(), retry_after(response.headers()));
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(down)? {
        if body.len() + piece.len() > MAX_ANSWER {
            return Err(ProviderError::Untrustworthy(format!(
                "{} answers at length",
                response.url()
            )));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, retry_after, body })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn down(error: reqwest::Error) -> ProviderError {
    tracing::warn!(error = &error as &dyn std::error::Error, "a provider cannot be reached");
    ProviderError::Unreachable { retry_after: None }
}

/// `Retry-After` in seconds. Its other form, a date, is not read.
fn retry_after(headers: &HeaderMap) -> Option<Seconds> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Seconds)
}

fn sensitive(text: &str) -> Option<http::HeaderValue> {
    let mut value = http::HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_admitted() {
        let strict = Transport::builder().build().unwrap();
        assert!(strict.admit("https://id.example/x").is_ok());
        for url in [
            "http://id.example/x",
            "http://127.0.0.1/x",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://user:pass@id.example/",
            "https://id.example/#x",
            "/relative",
        ] {
            assert!(matches!(strict.admit(url), Err(ProviderError::Untrustworthy(_))), "{url}");
        }
    }

    #[test]
    fn plain_http_passes_to_loopback_when_it_was_allowed_and_nowhere_else() {
        let lenient = Transport::builder().plain_http_on_loopback().build().unwrap();
        for url in ["http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost/"] {
            assert!(lenient.admit(url).is_ok(), "{url}");
        }
        for url in
            ["http://localhost.evil.example/", "http://10.0.0.1/", "http://127.0.0.1.nip.io/"]
        {
            assert!(lenient.admit(url).is_err(), "{url}");
        }
    }
}
