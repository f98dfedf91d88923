//! A WebSocket (RFC 6455 §4.1): its request is let in like any other, what follows passes through.

use super::outgoing::Outgoing;
use super::pass_back;
use crate::errors::Fault;
use crate::hygiene::headers::clean_answer;
use crate::plane::Plane;
use crate::upstreams::Body;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version, header};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

/// A connection that is to speak something else from here on.
#[derive(Debug)]
pub(super) struct Upgrade(OnUpgrade);

impl Upgrade {
    /// Whether a request asks for one. The screen lets through none but to a WebSocket.
    pub(super) fn wanted(request: &mut Request<Incoming>) -> Option<Self> {
        let wanted = request.version() == Version::HTTP_11
            && request.headers().contains_key(header::UPGRADE);
        wanted.then(|| Self(hyper::upgrade::on(request)))
    }

    /// Asks the upstream; if it agrees, both sides are connected until one of them has had enough.
    pub(super) async fn pass(
        self,
        plane: &Plane,
        mut outgoing: Outgoing<'_>,
    ) -> Result<Response<Body>, Fault> {
        ask(outgoing.headers_mut());
        let mut response = outgoing.send(plane).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Ok(pass_back(response));
        }
        let upstream = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            match tokio::try_join!(self.0, upstream) {
                Ok((caller, upstream)) => {
                    let (mut caller, mut upstream) = (TokioIo::new(caller), TokioIo::new(upstream));
                    let ended = copy_bidirectional(&mut caller, &mut upstream).await;
                    tracing::debug!(?ended, "a WebSocket ended");
                }
                Err(error) => tracing::debug!(%error, "a WebSocket did not begin"),
            }
        });
        let (mut parts, _) = response.into_parts();
        clean_answer(&mut parts.headers);
        ask(&mut parts.headers);
        Ok(Response::from_parts(parts, Either::Left(Full::default())))
    }
}

fn ask(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}
