//! One connection: HTTP/1.1, kept open, one request at a time.

use super::target::{Target, Tls};
use anyhow::{Context, bail};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
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
    host: String,
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
        Ok(Self { sender, host: target.host.clone() })
    }

    /// Asks for a path.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Bytes> {
        let request = Request::get(path).header(HOST, &self.host).body(Full::default())?;
        self.send(request).await
    }

    /// Posts a form, as a client that proves itself by this header.
    pub async fn post(
        &mut self,
        path: &str,
        authorization: &str,
        form: Bytes,
    ) -> anyhow::Result<Bytes> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, &self.host)
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(form))?;
        self.send(request).await
    }

    /// The body of the answer; anything but 200 is a failure.
    async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Bytes> {
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
