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

/// How an answer begins to whoever brings the token that the provider gave for it.
pub(super) const ACTED: &[u8] = b"rows, on behalf of";
/// And to whoever brings another.
pub(super) const CAME: &[u8] = b"rows, as it came";
/// How long an answer is.
const LENGTH: usize = 1024;

/// What it answers.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    expected: HeaderValue,
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
    /// Of one for which the provider gives this token.
    pub(super) fn expecting(token: &str) -> anyhow::Result<Self> {
        let expected = HeaderValue::try_from(format!("Bearer {token}"))?;
        Ok(Self { expected, acted: padded(ACTED), came: padded(CAME) })
    }

    fn to(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let acts = request.headers().get(AUTHORIZATION) == Some(&self.expected);
        let body = if acts { &self.acted } else { &self.came };
        Response::new(Full::new(body.clone()))
    }
}

fn padded(start: &[u8]) -> Bytes {
    let mut body = start.to_vec();
    body.resize(LENGTH, b'.');
    body.into()
}
