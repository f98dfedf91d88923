//! A lane: the connections to one upstream.
//!
//! A connection of HTTP/1 is taken out while it is used, and put back once its answer has been read; one of HTTP/2 is
//! shared. The connection that was put back last is taken first, so that those that are not needed grow old and are closed.

use super::Body;
use super::connection::{Connection, Trouble};
use super::connector::Connector;
use crate::config::{Speaks, Upstream};
use http::uri::Authority;
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many seconds a connection that nobody uses is kept.
const IDLE: u32 = 60;

/// The way to one upstream.
pub(super) struct Lane {
    upstream: Upstream,
    /// What HTTP/1 calls it.
    host: HeaderValue,
    connector: Connector,
    kept: Mutex<Kept>,
    /// Whose turn it is to open a connection that is then shared.
    opening: tokio::sync::Mutex<()>,
}

/// The connections there are for the next request.
#[derive(Default)]
struct Kept {
    idle: Vec<Idle>,
    shared: Option<http2::SendRequest<Body>>,
}

/// One of HTTP/1 that nobody uses.
struct Idle {
    connection: http1::SendRequest<Body>,
    /// For how many seconds.
    seconds: u32,
}

impl Lane {
    /// One without connections yet.
    pub(super) fn new(upstream: Upstream, connector: Connector) -> Self {
        let (host, kept) = (host(&upstream.origin), Mutex::default());
        Self { upstream, host, connector, kept, opening: tokio::sync::Mutex::default() }
    }

    /// Whether it leads there.
    pub(super) fn leads_to(&self, upstream: &Upstream) -> bool {
        named(&self.upstream) == named(upstream)
    }

    /// Sends a request, and waits for the head of the answer.
    pub(super) async fn send(
        self: &Arc<Self>,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, Trouble> {
        loop {
            let kept = self.take();
            let was_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                // Boxed, since it is large and seldom needed: the future of every request is to be small.
                None => Box::pin(self.open()).await?,
            };
            connection.address(&mut request, &self.upstream.origin, &self.host);
            let mut unanswered = match connection.send(request).await {
                Ok(response) => {
                    self.give_back(connection);
                    return Ok(response);
                }
                Err(unanswered) => unanswered,
            };
            match unanswered.take_message() {
                // The upstream had closed the kept connection: nothing of the request was sent.
                Some(unsent) if was_kept => request = unsent,
                _ => return Err(Trouble::Spoken(unanswered.into_error())),
            }
            self.give_up(&connection);
        }
    }

    /// Closes what was not used for long, and forgets what was closed from over there.
    pub(super) fn tidy_up(&self) {
        let mut kept = self.kept();
        kept.idle.retain_mut(|idle| {
            idle.seconds += 1;
            idle.seconds <= IDLE && idle.connection.is_ready()
        });
        kept.shared.take_if(|shared| shared.is_closed());
    }

    /// A connection that can be used at once.
    fn take(&self) -> Option<Connection> {
        let mut kept = self.kept();
        if let Some(shared) = kept.shared.as_ref().filter(|shared| !shared.is_closed()) {
            return Some(Connection::Http2(shared.clone()));
        }
        std::iter::from_fn(|| kept.idle.pop())
            .map(|idle| idle.connection)
            .find(http1::SendRequest::is_ready)
            .map(Connection::Http1)
    }

    /// A new connection; of those that are shared one at a time.
    async fn open(&self) -> Result<Connection, Trouble> {
        if self.upstream.speaks == Speaks::Usual {
            return self.opened().await;
        }
        let _turn = self.opening.lock().await;
        match self.take() {
            Some(connection) => Ok(connection),
            None => self.opened().await,
        }
    }

    async fn opened(&self) -> Result<Connection, Trouble> {
        let connection = self.connector.open(&self.upstream).await?;
        if let Connection::Http2(shared) = &connection {
            self.kept().shared = Some(shared.clone());
        }
        Ok(connection)
    }

    /// Keeps a connection for the next request, once the answer has been read.
    fn give_back(self: &Arc<Self>, connection: Connection) {
        let Connection::Http1(mut connection) = connection else { return };
        if connection.is_ready() {
            return self.keep(connection);
        }
        let this = Arc::clone(self);
        tokio::spawn(async move {
            if connection.ready().await.is_ok() {
                this.keep(connection);
            }
        });
    }

    fn keep(&self, connection: http1::SendRequest<Body>) {
        self.kept().idle.push(Idle { connection, seconds: 0 });
    }

    /// Has nobody else try a connection that takes no requests any more.
    fn give_up(&self, connection: &Connection) {
        if let Connection::Http2(_) = connection {
            self.kept().shared = None;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells one from another, letter by letter, as the configuration has it.
fn named(upstream: &Upstream) -> (Speaks, Option<&str>, Option<&str>) {
    let Upstream { origin, speaks } = upstream;
    (*speaks, origin.scheme_str(), origin.authority().map(Authority::as_str))
}

/// `Host` (RFC 9110 §7.2): the port is named where it is not the scheme's own.
fn host(origin: &Uri) -> HeaderValue {
    let own = if origin.scheme_str() == Some("https") { 443 } else { 80 };
    let name = origin.host().unwrap_or_default();
    let written = match origin.port_u16().filter(|port| *port != own) {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    };
    // What stands in a URL can stand in a header.
    HeaderValue::try_from(written).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use std::time::Duration;

    #[test]
    fn what_a_request_carries_along_is_small() {
        let upstream =
            Upstream { origin: Uri::from_static("http://a.example"), speaks: Speaks::Usual };
        let connector = Connector::new(b"", Duration::from_secs(1)).unwrap();
        let lane = Arc::new(Lane::new(upstream, connector));
        let sending = lane.send(Request::new(Body::Left(Full::default())));
        assert!(size_of_val(&sending) < 2048, "{}", size_of_val(&sending));
    }

    #[test]
    fn a_port_is_named_where_it_is_not_the_schemes_own() {
        for (origin, named) in [
            ("http://a.example", "a.example"),
            ("http://a.example:80", "a.example"),
            ("http://a.example:443", "a.example:443"),
            ("https://a.example:443", "a.example"),
            ("https://[::1]:8443", "[::1]:8443"),
        ] {
            assert_eq!(host(&Uri::from_static(origin)), named);
        }
    }
}
