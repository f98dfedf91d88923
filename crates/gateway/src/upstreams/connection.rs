//! One connection to an upstream, whichever HTTP it speaks.

use super::Body;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, Uri, Version, header};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};

/// A connection.
pub(super) enum Connection {
    /// For one request at a time.
    Http1(http1::SendRequest<Body>),
    /// For many at once.
    Http2(http2::SendRequest<Body>),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// There is no connection.
    #[error("no connection")]
    Connecting(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It broke, or what came over it is no answer.
    #[error("no answer")]
    Spoken(#[source] hyper::Error),
}

/// A request that nothing of was sent, or why there is no answer.
pub(super) type Unanswered = TrySendError<Request<Body>>;

impl Connection {
    /// Sends a request, which has to be addressed for it.
    pub(super) async fn send(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, Unanswered> {
        match self {
            Self::Http1(connection) => connection.try_send_request(request).await,
            Self::Http2(connection) => connection.try_send_request(request).await,
        }
    }

    /// Addresses a request as is usual on this connection: HTTP/1 names the host in a header (RFC 9112 §3.2),
    /// HTTP/2 beside the path (RFC 9113 §8.3.1).
    pub(super) fn address(&self, request: &mut Request<Body>, origin: &Uri, host: &HeaderValue) {
        let target = request.uri().path_and_query().cloned();
        let target = target.unwrap_or_else(|| PathAndQuery::from_static("/"));
        match self {
            Self::Http1(_) => {
                *request.version_mut() = Version::HTTP_11;
                *request.uri_mut() = Uri::from(target);
                request.headers_mut().insert(header::HOST, host.clone());
            }
            Self::Http2(_) => {
                *request.version_mut() = Version::HTTP_2;
                *request.uri_mut() = whole(origin, target);
                request.headers_mut().remove(header::HOST);
            }
        }
    }
}

fn whole(origin: &Uri, target: PathAndQuery) -> Uri {
    let mut parts = origin.clone().into_parts();
    parts.path_and_query = Some(target);
    // It has all three.
    Uri::from_parts(parts).unwrap_or_else(|_| origin.clone())
}
