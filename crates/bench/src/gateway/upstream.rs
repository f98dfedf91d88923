//! The service behind them: it answers the same to everybody, and says whose token it saw.

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tokio::net::TcpListener;

/// How an answer begins to whoever brings a token that the provider gave for it.
pub(super) const ACTED: &[u8] = b"rows, on behalf of";
/// And to whoever brings another.
pub(super) const CAME: &[u8] = b"rows, as it came";
/// How long an answer is.
const LENGTH: usize = 1024;

/// What it answers.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    expected: String,
    acted: Bytes,
    came: Bytes,
}

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, answers: Answers) {
    while let Ok((socket, _)) = listener.accept().await {
        _ = socket.set_nodelay(true);
        let answers = answers.clone();
        let service = service_fn(move |request| {
            std::future::ready(Ok::<_, Infallible>(answers.to(&request)))
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
        tokio::spawn(connection);
    }
}

impl Answers {
    /// Of one for which the provider gives tokens that begin like this.
    pub(super) fn expecting(begins: &str) -> Self {
        let expected = format!("Bearer {begins}");
        Self { expected, acted: padded(ACTED), came: padded(CAME) }
    }

    fn to(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let shown = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let acts = shown.is_some_and(|shown| shown.starts_with(self.expected.as_bytes()));
        let body = if acts { &self.acted } else { &self.came };
        Response::new(Full::new(body.clone()))
    }
}

fn padded(start: &[u8]) -> Bytes {
    let mut body = start.to_vec();
    body.resize(LENGTH, b'.');
    body.into()
}
