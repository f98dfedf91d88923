//! The local token API: an application asks for tokens on behalf of its callers, over a socket of this machine.
//!
//! | file | what it does |
//! |---|---|
//! | this one | the road of a question |
//! | `question` | which question it is |
//! | `guard` | who may ask at all |
//! | `body` | what is asked, as JSON or as a form |
//! | `acquire` | provider, target and caller → token |
//! | `token` | `/token` and `/introspect`, our own |
//! | `texas` | the same for applications made for nais/texas |
//! | `microsoft`, `call` | the same for applications made for Microsoft's authentication sidecar |
//! | `overrides` | what they would have otherwise than the configuration says |
//! | `answer` | what is answered, in the manner of the question |

mod acquire;
mod answer;
mod body;
mod call;
mod guard;
mod microsoft;
mod overrides;
mod question;
mod texas;
mod token;

pub(crate) use guard::Over;

use crate::config::ApiConfig;
use crate::errors::{Code, Fault};
use crate::metrics;
use crate::plane::Plane;
use crate::spans::{self, Ended};
use answer::refused;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use question::{Manner, Question};
use std::time::Instant;
use stead_telemetry::Trace;

type Answer = Response<Full<Bytes>>;

/// Answers one question.
pub(crate) async fn answer(plane: &Plane, request: Request<Incoming>, over: Over) -> Answer {
    let began = Instant::now();
    let mut span = spans::request(&plane.telemetry, request.headers(), request.method());
    let trace = *span.trace();
    let question = Question::of(request.method(), request.uri().path());
    let (name, manner) =
        question.as_ref().map_or(("api", Manner::Ours), |it| (it.name(), it.manner()));
    let answered = match question {
        Ok(question) => judge(plane, request, (over, trace), question).await,
        Err(code) => Err(code.into()),
    };
    let why = spans::why(&answered);
    let answer = answered.unwrap_or_else(|fault| {
        fault.note(name, trace.id());
        refused(&fault, manner, trace.id())
    });
    let status = answer.status().as_u16();
    spans::ended(&mut span, Ended { route: name, status, code: why });
    metrics::answered(name, status, began.elapsed());
    answer
}

async fn judge(
    plane: &Plane,
    request: Request<Incoming>,
    (over, trace): (Over, Trace),
    question: Question,
) -> Result<Answer, Fault> {
    let api = plane.api.as_ref().ok_or(Fault::plain(Code::NoPlace))?;
    guard::permit(api, over, &request)?;
    let desk = Desk { plane, api, trace };
    match question {
        Question::Token => desk.token(request).await,
        Question::Introspect => desk.introspect(request).await,
        Question::TexasToken => desk.texas_token(request).await,
        Question::TexasExchange => desk.texas_exchange(request).await,
        Question::TexasIntrospect => desk.texas_introspect(request).await,
        Question::Validate => desk.validate(request).await,
        Question::Header(api, whose) => desk.authorization_header(request, (&api, whose)).await,
        Question::Call(api, whose) => desk.call(request, (&api, whose)).await,
    }
}

/// Where questions are answered.
#[derive(Debug, Clone, Copy)]
struct Desk<'p> {
    plane: &'p Plane,
    api: &'p ApiConfig,
    trace: Trace,
}
