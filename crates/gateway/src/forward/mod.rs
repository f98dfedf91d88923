//! The reverse proxy: verify, exchange, pass on with the new token, both ways as it comes.
//!
//! | file | what it does |
//! |---|---|
//! | this one | the road of a request |
//! | `incoming` | what is asked, in canonical form; what may not be asked |
//! | `outgoing` | the request as the upstream gets it |
//! | `refusal` | how a caller is told no, over gRPC too |
//! | `upgrade` | a WebSocket, passed through once its request was let in |

mod incoming;
mod outgoing;
mod refusal;
mod upgrade;

use crate::admit::Admitted;
use crate::config::{OnChallenge, Route};
use crate::errors::{Code, Fault};
use crate::hygiene::headers::clean_answer;
use crate::metrics;
use crate::plane::Plane;
use crate::spans::{self, Ended};
use crate::upstreams::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Either;
use hyper::body::Incoming;
use incoming::Asks;
use outgoing::Outgoing;
use refusal::Told;
use std::time::Instant;
use stead::Challenge;
use stead_telemetry::{Span, Trace, TraceId};

/// What a request without a route is called in metrics.
const NO_ROUTE: &str = "none";

/// What it is called there when somebody asks what is said of it all.
const DESCRIBED: &str = "resource metadata";

/// How gRPC says how a call went, and that whoever made it is nobody.
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const UNAUTHENTICATED: &str = "16";

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'c> {
    /// The other end of the connection.
    pub(crate) peer: Option<&'c HeaderValue>,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    pub(crate) way: Way,
}

/// Which way a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the application, with a caller's token.
    In,
    /// From the application to another, with a handle.
    Out,
}

/// Answers one request.
pub(crate) async fn answer(
    plane: &Plane,
    request: Request<Incoming>,
    from: Arrival<'_>,
) -> Response<Body> {
    let began = Instant::now();
    let mut span = spans::request(&plane.telemetry, request.headers(), request.method());
    let (trace, told, method) = (*span.trace(), Told::of(&request), request.method().clone());
    let mut route = NO_ROUTE;
    let answered = pass(plane, request, Asking { from, trace }, &mut route).await;
    // A refusal counts as HTTP tells it, though gRPC says 200 whatever it says.
    let (status, code) = match &answered {
        Ok(response) => (response.status().as_u16(), None),
        Err(fault) => (fault.code.status().as_u16(), Some(fault.code)),
    };
    let response = answered.unwrap_or_else(|fault| refuse(&fault, route, trace.id(), told));
    spans::ended(&mut span, Ended { route, status, code });
    metrics::answered(route, status, began.elapsed());
    if span.is_told() && has_body(&method, response.status()) {
        return ending(response, span);
    }
    response
}

/// Whether an answer has more than its head (RFC 9110 §6.4.1).
fn has_body(asked: &Method, status: StatusCode) -> bool {
    let bare = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED];
    asked != Method::HEAD && !bare.contains(&status)
}

/// The answer, with whose end the span of its request ends.
fn ending(response: Response<Body>, span: Span) -> Response<Body> {
    response.map(|body| match body {
        Either::Right(coming) => Either::Right(coming.ends(span)),
        whole @ Either::Left(_) => whole,
    })
}

/// Who asks, and in which trace.
#[derive(Debug, Clone, Copy)]
struct Asking<'c> {
    from: Arrival<'c>,
    trace: Trace,
}

async fn pass<'p>(
    plane: &'p Plane,
    request: Request<Incoming>,
    asking: Asking<'_>,
    name: &mut &'p str,
) -> Result<Response<Body>, Fault> {
    let asks = Asks::read(&request)?;
    let asked = asks.asked(request.method());
    let described = plane.metadata.as_ref().filter(|_| asking.from.way == Way::In);
    if let Some(said) = described.and_then(|it| it.answer(asked.method, asked.path)) {
        *name = DESCRIBED;
        return Ok(said);
    }
    let route = match asking.from.way {
        Way::In => plane.route(asked)?,
        Way::Out => plane.way_out(request.uri())?,
    };
    *name = &route.name;
    let admitted = match asking.from.way {
        Way::In => plane.admit(route, asked, request.headers(), &asking.trace).await?,
        Way::Out => plane.let_out(route, request.headers(), &asking.trace).await?,
    };
    let mut outgoing = Outgoing::of(request, &asks, (plane, route), asking).await?;
    outgoing.authorize(admitted.authorization());
    if let Some(upgrade) = outgoing.take_upgrade() {
        return upgrade.pass(plane, outgoing).await;
    }
    let response = outgoing.send(plane).await?;
    if !refuses_token(&response) {
        return Ok(pass_back(response));
    }
    let refused = Refused { route, admitted, outgoing, response, trace: asking.trace };
    refused.again(plane).await
}

/// An upstream that does not take our token.
struct Refused<'p> {
    route: &'p Route,
    admitted: Admitted,
    outgoing: Outgoing<'p>,
    response: Response<Incoming>,
    trace: Trace,
}

impl Refused<'_> {
    /// Passes on a demand to sign in again; otherwise tries once more with a new token, if the body is still there.
    async fn again(mut self, plane: &Plane) -> Result<Response<Body>, Fault> {
        if !self.route.exchange.acquires() {
            if self.route.on_challenge == OnChallenge::Hide {
                self.demand(plane)?;
            }
            return Ok(pass_back(self.response));
        }
        self.demand(plane)?;
        // Also where it cannot be sent again: the next request is to have a token that is not this one.
        let another = plane.admit_again(self.route, &self.admitted, &self.trace).await?;
        let Some(admitted) = another.filter(|_| self.outgoing.can_be_sent_again()) else {
            return Err(Code::UpstreamRefuses.into());
        };
        self.outgoing.authorize(admitted.authorization());
        self.response = self.outgoing.send(plane).await?;
        if !refuses_token(&self.response) {
            return Ok(pass_back(self.response));
        }
        self.demand(plane)?;
        // It is our token that it does not take: the caller's is good, and must not be thrown away for it.
        Err(Code::UpstreamRefuses.into())
    }

    fn demand(&self, plane: &Plane) -> Result<(), Fault> {
        let Some(challenge) = Challenge::from_headers(self.response.headers()) else {
            return Ok(());
        };
        Err(plane.tells(self.route, Fault::sign_in(challenge)))
    }
}

/// Whether an upstream does not take our token. gRPC says so with a 200 and a status in the head of an answer that has
/// nothing else (`Trailers-Only`).
fn refuses_token(response: &Response<Incoming>) -> bool {
    let grpc = response.headers().get(GRPC_STATUS);
    response.status() == StatusCode::UNAUTHORIZED || grpc.is_some_and(|it| it == UNAUTHENTICATED)
}

/// The upstream's answer, as the caller gets it.
fn pass_back(response: Response<Incoming>) -> Response<Body> {
    let mut response = response.map(|body| Either::Right(body.into()));
    clean_answer(response.headers_mut());
    response
}

fn refuse(fault: &Fault, route: &str, trace_id: TraceId, told: Told) -> Response<Body> {
    fault.note(route, trace_id);
    told.no(fault, trace_id)
}

/// Closes an HTTP/1 connection after this answer.
fn hang_up(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
}
