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
use std::net::SocketAddr;
use std::thread;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How an answer begins to whoever brings the token that the provider gave for it.
pub(super) const ACTED: &[u8] = b"rows, on behalf of";
/// And to whoever brings another.
pub(super) const CAME: &[u8] = b"rows, as it came";
/// How long an answer is.
const LENGTH: usize = 1024;

/// A service on a thread of its own, until it is dropped.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

/// What it answers.
#[derive(Debug, Clone)]
struct Answers {
    expected: HeaderValue,
    acted: Bytes,
    came: Bytes,
}

impl Upstream {
    /// Serves; the provider gives this token for it.
    pub(super) fn start(token: &str) -> anyhow::Result<Self> {
        let expected = HeaderValue::try_from(format!("Bearer {token}"))?;
        let answers = Answers { expected, acted: padded(ACTED), came: padded(CAME) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = async move {
            let Ok(listener) = TcpListener::from_std(listener) else { return };
            tokio::select! { () = serve(listener, answers) => {}, _ = stopped => {} }
        };
        thread::Builder::new().name("upstream".into()).spawn(move || runtime.block_on(serving))?;
        Ok(Self { address, _stop: stop })
    }
}

async fn serve(listener: TcpListener, answers: Answers) {
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
