//! Sockets: HTTP/1.1 and HTTP/2, in TLS or plain, within limits, screened, down to the last answer.

use crate::screen::{Screen, Targets};
use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// How long a handshake or the head of a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most connections at once.
const CONNECTIONS: usize = 8192;
/// Largest head of a request, in bytes, and most headers in it.
const HEAD: u32 = 64 * 1024;
const HEADERS: usize = 100;
/// Most requests at once on one HTTP/2 connection.
const STREAMS: u32 = 200;

/// The other end of a connection, as `X-Forwarded-For` names it: an address, where it has any.
pub(crate) type Peer = Option<HeaderValue>;

/// Whoever answers requests.
pub(crate) trait Answers: Send + Sync + 'static {
    /// The body of an answer.
    type Body: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + 'static;

    /// The form that request targets have to have in HTTP/1 (RFC 9112 §3.2).
    const TARGETS: Targets = Targets::Paths;

    /// Answers one, which came from there.
    fn answer(
        &self,
        request: Request<Incoming>,
        peer: Peer,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// When a listener closes, and how long answers that are on their way may take then.
pub(crate) struct Farewell<F> {
    pub(crate) begins: F,
    pub(crate) patience: Duration,
}

/// Where connections come from.
pub(crate) trait Accepts: Send {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next one, and its other end.
    fn next(&self) -> impl Future<Output = io::Result<(Self::Stream, Peer)>> + Send;
}

impl Accepts for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<(TcpStream, Peer)> {
        let (socket, address) = self.accept().await?;
        let _ = socket.set_nodelay(true);
        Ok((socket, HeaderValue::try_from(address.ip().to_canonical().to_string()).ok()))
    }
}

/// Serves until the farewell begins, then finishes what is on its way.
pub(crate) async fn serve(
    listener: impl Accepts,
    tls: Option<TlsAcceptor>,
    answers: Arc<impl Answers>,
    farewell: Farewell<impl Future<Output = ()> + Send>,
) {
    let (open, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(CONNECTIONS)));
    let mut begins = pin!(farewell.begins);
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let accepted = async { (place.await, listener.next().await) };
        let (place, accepted) = tokio::select! {
            () = &mut begins => break,
            accepted = accepted => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let connection = Connection {
            answers: Arc::clone(&answers),
            peer,
            watcher: open.watcher(),
            place: place.ok(),
        };
        match tls.clone() {
            None => drop(tokio::spawn(connection.speak(socket))),
            Some(tls) => drop(tokio::spawn(async move {
                match timeout(PATIENCE, tls.accept(socket)).await {
                    Ok(Ok(stream)) => connection.speak(stream).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                    Err(_) => tracing::debug!("a handshake took too long"),
                }
            })),
        }
    }
    drop(listener);
    if timeout(farewell.patience, open.shutdown()).await.is_err() {
        tracing::warn!("some answers were still on their way when the gateway stopped");
    }
}

struct Connection<A> {
    answers: Arc<A>,
    peer: Peer,
    watcher: Watcher,
    place: Option<OwnedSemaphorePermit>,
}

impl<A: Answers> Connection<A> {
    async fn speak<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { answers, peer, watcher, place } = self;
        let service = service_fn(move |request| {
            let (answers, peer) = (Arc::clone(&answers), peer.clone());
            async move { Ok::<_, Infallible>(answered(&*answers, request, peer).await) }
        });
        let builder = http();
        let stream = TokioIo::new(Screen::new(stream, A::TARGETS, PATIENCE).at(place));
        let connection = builder.serve_connection_with_upgrades(stream, service);
        if let Err(error) = watcher.watch(connection.into_owned()).await {
            tracing::debug!(error, "a connection broke");
        }
    }
}

/// Answers one request. What follows a request for an upgrade was not screened: unless the protocol is switched, the
/// connection is closed, so that nobody reads it as HTTP.
async fn answered<A: Answers>(
    answers: &A,
    request: Request<Incoming>,
    peer: Peer,
) -> Response<A::Body> {
    let unseen =
        request.version() < Version::HTTP_2 && request.headers().contains_key(header::UPGRADE);
    let mut response = answers.answer(request, peer).await;
    if unseen && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn http() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_headers(HEADERS)
        .max_buf_size(HEAD as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(PATIENCE))
        .keep_alive_timeout(PATIENCE)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD);
    builder
}
