//! One connection: HTTP/1.1, kept open, one request at a time.

use super::requests::Question;
use super::target::{Target, Tls};
use anyhow::{Context, bail};
use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How much of an answer is shown when it was the wrong one.
const SHOWN: usize = 400;

/// One connection to a server.
#[derive(Debug)]
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
}

impl Connection {
    /// Connects, and shakes hands.
    pub async fn open(target: &Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target.address)
            .await
            .with_context(|| format!("{} cannot be reached", target.address))?;
        stream.set_nodelay(true)?;
        let sender = match &target.tls {
            None => speak(stream).await?,
            Some(Tls { config, name }) => {
                let connector = TlsConnector::from(config.clone());
                speak(connector.connect(name.clone(), stream).await?).await?
            }
        };
        Ok(Self { sender, host: HeaderValue::try_from(&target.host)? })
    }

    /// Asks for a path.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Bytes> {
        self.send(Request::get(path).body(Full::default())?).await
    }

    /// The body of the answer; anything but 200 is a failure.
    pub async fn send(&mut self, mut request: Question) -> anyhow::Result<Bytes> {
        request.headers_mut().insert(HOST, self.host.clone());
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status != StatusCode::OK {
            let shown = body.get(..SHOWN).unwrap_or(&body);
            bail!("the server answered {status}: {}", String::from_utf8_lossy(shown));
        }
        Ok(body)
    }
}

async fn speak<S>(stream: S) -> anyhow::Result<SendRequest<Full<Bytes>>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Whoever waits for an answer hears of a connection that broke.
    tokio::spawn(async move { _ = connection.await });
    Ok(sender)
}
