//! Sockets: HTTP/1.1 and HTTP/2, in TLS or plain, within limits, down to the last answer.

use crate::client_address::Peer;
use crate::patience::Patient;
use crate::places::Places;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::Service;

/// How long a handshake, the head of a request, or the reading of an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most connections at once.
const CONNECTIONS: usize = 4096;
/// Most of them from one network, where it is not a proxy that connects.
const SHARE: usize = CONNECTIONS / 4;
/// Largest head of a request, in bytes, and most headers in it.
const HEAD: u32 = 64 * 1024;
pub(crate) const HEADERS: usize = 100;
/// Most requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;

/// When a listener closes, and how long answers that are on their way may take then.
#[derive(Debug)]
pub struct Farewell<F> {
    /// Ends when nobody is to be taken in any more.
    pub begins: F,
    /// After this, what is still on its way is given up.
    pub patience: Duration,
}

/// Serves HTTPS until the farewell begins, then finishes what is on its way.
pub async fn serve_tls(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    answers: impl Answer,
    farewell: Farewell<impl Future<Output = ()> + Send>,
) {
    let places = Places::new(CONNECTIONS, SHARE);
    serve(listener, (TlsAcceptor::from(config), places), answers, farewell).await;
}

/// Serves plain HTTP on any listener until the farewell begins, then finishes what is on its way.
pub async fn serve_plain<L>(
    listener: L,
    answers: impl Answer,
    farewell: Farewell<impl Future<Output = ()> + Send>,
) where
    L: Listener,
    L::Addr: Address,
{
    let places = Places::new(CONNECTIONS, CONNECTIONS);
    serve(listener, (Plain, places), answers, farewell).await;
}

/// The far end of a connection.
pub trait Address {
    /// Its IP address, if it has one.
    fn ip(&self) -> Option<IpAddr>;
}

impl Address for SocketAddr {
    fn ip(&self) -> Option<IpAddr> {
        Some(SocketAddr::ip(self).to_canonical())
    }
}

impl Address for tokio::net::unix::SocketAddr {
    fn ip(&self) -> Option<IpAddr> {
        None
    }
}

/// Whoever answers the requests of connections.
pub trait Answer: Send + Sync + 'static {
    /// Answers one, which came from this address.
    fn answer(
        &self,
        request: Request,
        peer: Option<IpAddr>,
    ) -> impl Future<Output = Response> + Send;
}

impl Answer for Router {
    async fn answer(&self, mut request: Request, peer: Option<IpAddr>) -> Response {
        request.extensions_mut().insert(Peer(peer));
        let Ok(response) = self.clone().call(request).await;
        response
    }
}

/// What happens to a connection before HTTP is spoken.
trait Handshake<Io>: Clone + Send + Sync + 'static {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    fn shake(&self, io: Io) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

#[derive(Clone)]
struct Plain;

impl<Io: AsyncRead + AsyncWrite + Unpin + Send + 'static> Handshake<Io> for Plain {
    type Stream = Io;
    async fn shake(&self, io: Io) -> io::Result<Io> {
        Ok(io)
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin + Send + 'static> Handshake<Io> for TlsAcceptor {
    type Stream = tokio_rustls::server::TlsStream<Io>;
    async fn shake(&self, io: Io) -> io::Result<Self::Stream> {
        self.accept(io).await
    }
}

async fn serve<L, H>(
    mut listener: L,
    (handshake, places): (H, Places),
    answers: impl Answer,
    farewell: Farewell<impl Future<Output = ()> + Send>,
) where
    L: Listener,
    L::Addr: Address,
    H: Handshake<L::Io>,
{
    let answers = Arc::new(answers);
    let open = GracefulShutdown::new();
    let mut begins = pin!(farewell.begins);
    loop {
        let accepted = async {
            let free = places.free().await;
            (free, listener.accept().await)
        };
        let (free, (io, address)) = tokio::select! {
            () = &mut begins => break,
            accepted = accepted => accepted,
        };
        // Nobody closes the places; a network that has its share is hung up on.
        let Some(place) = free.ok().and_then(|free| places.take(free, address.ip())) else {
            tracing::debug!("a network has all the connections it may have");
            continue;
        };
        let (handshake, answers) = (handshake.clone(), Arc::clone(&answers));
        let watcher = open.watcher();
        let peer = address.ip();
        tokio::spawn(async move {
            let _place = place;
            match timeout(PATIENCE, handshake.shake(io)).await {
                Ok(Ok(stream)) => speak(stream, (answers, peer), watcher).await,
                Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                Err(_) => tracing::debug!("a handshake took too long"),
            }
        });
    }
    drop(listener);
    if timeout(farewell.patience, open.shutdown()).await.is_err() {
        tracing::warn!("some answers were still on their way when the server stopped");
    }
}

async fn speak<S>(stream: S, (answers, peer): (Arc<impl Answer>, Option<IpAddr>), watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: http::Request<Incoming>| {
        let answers = Arc::clone(&answers);
        async move { Ok::<_, Infallible>(answers.answer(request.map(Body::new), peer).await) }
    });
    let builder = http();
    let stream = TokioIo::new(Patient::new(stream, PATIENCE));
    let connection = builder.serve_connection(stream, service);
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(error, "a connection broke");
    }
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
