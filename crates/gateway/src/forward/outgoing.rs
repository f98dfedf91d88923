//! A request as the upstream gets it: cleaned, with the new token, and kept for a second time where it is small.

use super::incoming::Asks;
use super::refusal::is_grpc;
use super::upgrade::Upgrade;
use super::{Asking, Way};
use crate::config::{Exchange, Route, Upstream};
use crate::errors::{Code, Fault};
use crate::hygiene::headers::{Strip, join_cookies, takes_trailers};
use crate::plane::Plane;
use crate::upstreams::{Body, Coming, Tape, all_of};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, header};
use http_body_util::{Either, Full};
use hyper::body::{Body as _, Incoming};
use std::time::Duration;
use stead_telemetry::TRACEPARENT;

/// The largest body that is kept, in bytes. Larger ones pass through.
const KEPT: usize = 64 * 1024;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A request on its way out.
#[derive(Debug)]
pub(super) struct Outgoing<'p> {
    upstream: &'p Upstream,
    parts: Parts,
    body: Kept,
    upgrade: Option<Upgrade>,
}

/// Its body.
#[derive(Debug)]
enum Kept {
    /// In whole, since it may have to be sent again.
    Whole(Bytes),
    /// As it comes in.
    Coming(Coming),
    /// The same, to be kept on the way: nobody says how long it is.
    ToTape(Coming),
    /// Sent, and kept if it was small.
    OnTape(Tape),
    /// Sent, and gone.
    Gone,
}

impl<'p> Outgoing<'p> {
    /// Makes it of what came in.
    pub(super) async fn of(
        mut request: Request<Incoming>,
        asks: &Asks,
        (plane, route): (&'p Plane, &'p Route),
        asking: Asking<'_>,
    ) -> Result<Self, Fault> {
        let strip = &plane.inbound.strip;
        let upstream = route.upstream.as_ref().ok_or(Code::NoRoute)?;
        let upgrade = Upgrade::wanted(&mut request);
        let (mut parts, body) = request.into_parts();
        let trailers = takes_trailers(&parts.headers);
        strip.clean(&mut parts.headers);
        join_cookies(&mut parts.headers);
        if trailers {
            parts.headers.insert(header::TE, HeaderValue::from_static("trailers"));
        }
        tell(&mut parts.headers, asks, asking);
        parts.uri = Uri::from(asks.target.clone());
        let patience = plane.patience.answer;
        let body = Kept::of((body, strip), &route.exchange, &parts.headers, patience).await?;
        Ok(Self { upstream, parts, body, upgrade })
    }

    /// Sets the token, or takes the one before away.
    pub(super) fn authorize(&mut self, authorization: Option<HeaderValue>) {
        match authorization {
            Some(value) => drop(self.parts.headers.insert(header::AUTHORIZATION, value)),
            None => drop(self.parts.headers.remove(header::AUTHORIZATION)),
        }
    }

    /// Whether it can be sent once more, though it was sent.
    pub(super) fn can_be_sent_again(&self) -> bool {
        match &self.body {
            Kept::Whole(_) => true,
            Kept::OnTape(tape) => tape.whole().is_some(),
            Kept::Coming(_) | Kept::ToTape(_) | Kept::Gone => false,
        }
    }

    /// Sends it, and waits for the head of the answer.
    pub(super) async fn send(&mut self, plane: &Plane) -> Result<Response<Incoming>, Fault> {
        let request = self.request();
        plane.upstreams.send(request, self.upstream, plane.patience.answer).await
    }

    /// The request, to send. Of one whose body passes through nothing stays here.
    fn request(&mut self) -> Request<Body> {
        let (body, headers) = match std::mem::replace(&mut self.body, Kept::Gone) {
            Kept::Whole(bytes) => {
                self.body = Kept::Whole(bytes.clone());
                (Either::Left(Full::from(bytes)), self.parts.headers.clone())
            }
            Kept::ToTape(body) => {
                let (body, tape) = body.taped(KEPT);
                self.body = Kept::OnTape(tape);
                (Either::Right(body), self.parts.headers.clone())
            }
            Kept::OnTape(tape) => {
                let bytes = tape.whole().unwrap_or_default();
                (Either::Left(Full::from(bytes)), std::mem::take(&mut self.parts.headers))
            }
            Kept::Coming(body) => (Either::Right(body), std::mem::take(&mut self.parts.headers)),
            Kept::Gone => (Either::Left(Full::default()), HeaderMap::new()),
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.parts.method.clone();
        *request.uri_mut() = self.parts.uri.clone();
        *request.headers_mut() = headers;
        request
    }

    /// The upgrade, where one is asked for.
    pub(super) fn take_upgrade(&mut self) -> Option<Upgrade> {
        self.upgrade.take()
    }

    pub(super) fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.parts.headers
    }
}

impl Kept {
    async fn of(
        (body, strip): (Incoming, &Strip),
        exchange: &Exchange,
        of: &HeaderMap,
        patience: Duration,
    ) -> Result<Self, Fault> {
        if !exchange.acquires() {
            return Ok(Self::Coming(Coming::of_request(body, strip)));
        }
        if body.is_end_stream() {
            return Ok(Self::Whole(Bytes::new()));
        }
        match body.size_hint().exact() {
            Some(length) if length <= KEPT as u64 => Ok(Self::Whole(all_of(body, patience).await?)),
            // gRPC says of no message how long it is.
            None if is_grpc(of) => Ok(Self::ToTape(Coming::of_request(body, strip))),
            _ => Ok(Self::Coming(Coming::of_request(body, strip))),
        }
    }
}

/// What only we say: who was connected, what was asked of us, whose request it is.
fn tell(headers: &mut HeaderMap, asks: &Asks, Asking { from, trace }: Asking<'_>) {
    if from.way == Way::Out {
        // Names of this machine's surroundings are nobody's business out there.
        headers.extend(trace.to_header().map(|value| (TRACEPARENT, value)));
        return;
    }
    let host = HeaderValue::from_str(asks.authority.as_str()).ok();
    let told = [
        (FORWARDED_FOR, from.peer.cloned()),
        (FORWARDED_HOST, host),
        (FORWARDED_PROTO, Some(HeaderValue::from_static(from.scheme))),
        (TRACEPARENT, trace.to_header()),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}
