//! A service behind the gateway: says what it was asked, and does what a test tells it to.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt as _, Collected, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use serde_json::Value;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use stead::Jwt;
use stead_proto::jwt::Unverified;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

type Body = http_body_util::combinators::BoxBody<Bytes, hyper::Error>;

/// What the service was asked.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: HeaderMap,
}

impl Seen {
    /// A header, if there is exactly one of it.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none())?.to_str().ok()
    }

    /// What its bearer token says.
    pub(crate) fn claims(&self) -> Value {
        let token = self.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
        let token = Jwt::new(token);
        serde_json::to_value(Unverified::parse(&token).unwrap().claims_for_display()).unwrap()
    }
}

/// The head of an answer: a status and headers.
type Head = (u16, Vec<(&'static str, String)>);

#[derive(Default)]
struct Inner {
    seen: Mutex<Vec<Seen>>,
    /// Answers to the next requests, before all others are answered with 200.
    next: Mutex<Vec<Head>>,
    connections: AtomicUsize,
}

/// The service.
#[derive(Clone)]
pub(crate) struct Upstream {
    inner: Arc<Inner>,
    pub(crate) address: SocketAddr,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::<Inner>::default();
        let upstream = Self { inner, address };
        tokio::spawn(upstream.clone().serve(listener));
        upstream
    }

    async fn serve(self, listener: TcpListener) {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            self.inner.connections.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(self.clone().speak(socket));
        }
    }

    async fn speak(self, socket: TcpStream) {
        let service = service_fn(move |request| {
            let upstream = self.clone();
            async move { Ok::<_, Infallible>(upstream.answer(request).await) }
        });
        let builder = Builder::new(TokioExecutor::new());
        let _ = builder.serve_connection_with_upgrades(TokioIo::new(socket), service).await;
    }

    /// Answers the next request so.
    pub(crate) fn next(&self, status: u16, headers: &[(&'static str, &str)]) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.inner.next.lock().unwrap().push((status, headers));
    }

    /// Answers them as all others.
    pub(crate) fn forget_next(&self) {
        self.inner.next.lock().unwrap().clear();
    }

    /// What it was asked, oldest first.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().unwrap().clone()
    }

    /// Over how many connections.
    pub(crate) fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::Relaxed)
    }

    /// The only request there was.
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        let [only] = seen.as_slice() else { panic!("{seen:?}") };
        only.clone()
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Response<Body> {
        let upgrade = request.headers().contains_key(header::UPGRADE);
        let upgraded = upgrade.then(|| hyper::upgrade::on(&mut request));
        let streamed = request.uri().path().ends_with("/streamed");
        if streamed {
            let (parts, body) = request.into_parts();
            self.note(parts, Collected::default());
            return Response::new(body.boxed());
        }
        let (parts, body) = request.into_parts();
        let Ok(collected) = body.collect().await else { return status(400) };
        let path = parts.uri.path().to_owned();
        self.note(parts, collected);
        if let Some((code, headers)) = self.take_next() {
            let mut response = status(code);
            for (name, value) in headers {
                response.headers_mut().append(name, value.parse().unwrap());
            }
            return response;
        }
        match upgraded {
            Some(upgraded) => {
                tokio::spawn(echo(upgraded));
                let mut response = status(101);
                response.headers_mut().insert("upgrade", "websocket".parse().unwrap());
                response.headers_mut().insert("connection", "upgrade".parse().unwrap());
                response.headers_mut().insert("sec-websocket-accept", "yes".parse().unwrap());
                response
            }
            None if path.ends_with("/trailers") => with_trailers(),
            None => status(200),
        }
    }

    fn take_next(&self) -> Option<Head> {
        let mut next = self.inner.next.lock().unwrap();
        (!next.is_empty()).then(|| next.remove(0))
    }

    fn note(&self, parts: http::request::Parts, collected: Collected<Bytes>) {
        let path = parts.uri.path_and_query().unwrap().to_string();
        let http::request::Parts { method, version, headers, .. } = parts;
        let trailers = collected.trailers().cloned().unwrap_or_default();
        let body = collected.to_bytes();
        let seen = Seen { method, path, version, headers, body, trailers };
        self.inner.seen.lock().unwrap().push(seen);
    }
}

/// What it says of itself with every answer.
fn status(code: u16) -> Response<Body> {
    let body = Full::new(Bytes::from_static(b"of the service")).map_err(|never| match never {});
    let mut response = Response::new(body.boxed());
    *response.status_mut() = StatusCode::from_u16(code).unwrap();
    response.headers_mut().insert("x-service", "yes".parse().unwrap());
    response
}

fn with_trailers() -> Response<Body> {
    let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), "42".parse().unwrap())]);
    let frames = [
        Ok::<_, hyper::Error>(Frame::data(Bytes::from_static(b"body"))),
        Ok(Frame::trailers(trailers)),
    ];
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let mut response = Response::new(http_body_util::BodyExt::boxed(body));
    response.headers_mut().insert("trailer", "x-sum".parse().unwrap());
    response
}

/// Says everything twice.
async fn echo(upgraded: hyper::upgrade::OnUpgrade) {
    let mut stream = TokioIo::new(upgraded.await.unwrap());
    let mut word = [0; 5];
    while stream.read_exact(&mut word).await.is_ok() {
        stream.write_all(&word).await.unwrap();
        stream.write_all(&word).await.unwrap();
    }
}
