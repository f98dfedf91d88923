//! The spans of a request and of each exchange for it: what a collector is told.
//!
//! A span holds kinds, codes and names from the configuration. Never a token, a path or a person's name.

use crate::errors::{Code, Fault};
use crate::metrics;
use bytes::Bytes;
use http::{HeaderMap, Method};
use hyper::body::Frame;
use std::time::Instant;
use stead::client::{Acquired, Source};
use stead::{AcquireError, Caller, Target, TraceParent};
use stead_telemetry::{Span, SpanKind, Telemetry, Trace, subject_hash};

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended<'e> {
    /// The route's name, or that of the question to the token API.
    pub(crate) route: &'e str,
    /// The status of the answer.
    pub(crate) status: u16,
    /// Why it went no further, if it was refused.
    pub(crate) code: Option<Code>,
}

/// Why a request went no further, if it was refused.
pub(crate) fn why<T>(answered: &Result<T, Fault>) -> Option<Code> {
    answered.as_ref().err().map(|fault| fault.code)
}

/// Begins the span of a request, in the trace that the request names.
pub(crate) fn request(telemetry: &Telemetry, headers: &HeaderMap, method: &Method) -> Span {
    let trace = telemetry.trace(headers);
    let mut span = telemetry.span("stead.request", SpanKind::Server, &trace);
    span.tell(|about| about.set("http.request.method", known(method)));
    span
}

/// The method, if it is one of the well-known; any other is a word that a caller may have made up.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}

/// Tells the span of a request how it ended.
pub(crate) fn ended(span: &mut Span, Ended { route, status, code }: Ended<'_>) {
    span.tell(|about| {
        about.set("http.route", route.to_owned());
        about.set("http.response.status_code", i64::from(status));
        if let Some(code) = code {
            about.set("stead.code", code.to_string());
        }
        if status >= 500 {
            about.failed();
        }
    });
}

/// The span of a request whose answer is still being sent. It ends when the answer does.
#[derive(Debug)]
pub(crate) struct OnItsWay {
    span: Span,
    end: End,
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Whole,
    BrokenOff,
}

impl OnItsWay {
    /// The span of an answer of which only the head has come; `ends` if there is no body.
    pub(crate) fn of(span: Span, ends: bool) -> Self {
        Self { span, end: if ends { End::Whole } else { End::Open } }
    }

    /// Notes the next piece of the body, or that there is none; `ends` if it was the last.
    pub(crate) fn note<E>(&mut self, piece: Option<&Result<Frame<Bytes>, E>>, ends: bool) {
        match piece {
            None => self.end = End::Whole,
            Some(Err(_)) => self.end = End::BrokenOff,
            // Trailers are the last frame, after which the body is not polled again.
            Some(Ok(piece)) if ends || piece.is_trailers() => self.end = End::Whole,
            Some(Ok(_)) => {}
        }
    }
}

impl Drop for OnItsWay {
    /// The caller or the upstream may be gone before the end of the answer.
    fn drop(&mut self) {
        let end = self.end;
        self.span.tell(|about| match end {
            End::Whole => {}
            End::Open => about.set("error.type", "caller_gone"),
            End::BrokenOff => {
                about.set("error.type", "upstream_broke_off");
                about.failed();
            }
        });
    }
}

/// Acquiring one token: its span, and how long it takes.
#[derive(Debug)]
pub(crate) struct Acquiring {
    span: Span,
    began: Instant,
}

impl Acquiring {
    /// Begins, within the trace of the request that needs the token.
    pub(crate) fn begin(telemetry: &Telemetry, within: &Trace) -> Self {
        let span = telemetry.span("stead.exchange", SpanKind::Client, within);
        Self { span, began: Instant::now() }
    }

    /// What goes to the provider, so that its spans join ours.
    pub(crate) fn traceparent(&self) -> TraceParent {
        self.span.trace().to_parent()
    }

    /// Ends without a word: nothing was asked for after all.
    pub(crate) fn forget(self) {
        self.span.forget();
    }

    /// Ends: tells the span, and counts the outcome. No caller: the token is for the application itself.
    pub(crate) fn end(mut self, acquired: &Result<Acquired, AcquireError>, of: Wanted<'_>) {
        let Wanted { caller, provider, target, label } = of;
        let outcome = metrics::outcome(acquired);
        self.span.tell(|about| {
            if let Some(caller) = caller {
                let who = subject_hash(caller.issuer().as_str(), caller.subject().as_str());
                about.set("stead.subject_hash", who);
                about.set("stead.actor", caller.calling_client().to_string());
            }
            about.set("stead.provider", provider.to_owned());
            about.set("stead.audience", target.resource().to_string());
            about.set("stead.outcome", outcome);
            about.set("stead.cache", cache(acquired));
        });
        metrics::exchanged(provider, label, outcome, self.began.elapsed());
    }
}

/// Which token was wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'w> {
    /// For whose user; nobody, if it is for the application itself.
    pub(crate) caller: Option<&'w Caller>,
    /// Of which provider, by its name in the configuration.
    pub(crate) provider: &'w str,
    /// At which resource.
    pub(crate) target: &'w Target,
    /// What the target is called in metrics.
    pub(crate) label: &'w str,
}

/// Where a token came from. A refusal does not say whether it was kept, and counts as the provider's.
fn cache(acquired: &Result<Acquired, AcquireError>) -> &'static str {
    match acquired {
        Ok(Acquired { source: Source::Cache, .. }) => "hit",
        Ok(Acquired { source: Source::CacheRenewing, .. }) => "refresh",
        Ok(Acquired { source: Source::Shared, .. }) => "shared",
        Ok(Acquired { source: Source::Exchange, .. }) | Err(_) => "miss",
    }
}
