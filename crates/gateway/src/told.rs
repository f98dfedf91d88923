//! What a collector is told: of each request, and of each token that is got for it.
//!
//! Sorts, names out of the configuration and codes. Never a token, a path or a person's name.

use crate::errors::{Code, Fault};
use crate::metrics::outcome;
use bytes::Bytes;
use http::{HeaderMap, Method};
use hyper::body::Frame;
use stead::client::{Acquired, Source};
use stead::{AcquireError, Caller, Target};
use stead_telemetry::{Span, SpanKind, Telemetry, Trace, subject_hash};

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended<'e> {
    /// The route, or what was asked.
    pub(crate) route: &'e str,
    /// The status of the answer.
    pub(crate) status: u16,
    /// Why it went no further, if so.
    pub(crate) code: Option<Code>,
}

/// Why it went no further, if so.
pub(crate) fn why<T>(answered: &Result<T, Fault>) -> Option<Code> {
    answered.as_ref().err().map(|fault| fault.code)
}

/// Begins with a request, in the trace that it names.
pub(crate) fn request(telemetry: &Telemetry, headers: &HeaderMap, method: &Method) -> Span {
    let trace = telemetry.trace(headers);
    let mut span = telemetry.span("stead.request", SpanKind::Server, &trace);
    span.tell(|about| about.set("http.request.method", known(method)));
    span
}

/// A method that everybody knows; others are words that a caller makes up.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}

/// Says how it ended.
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

/// The span of a request whose answer is still on its way: it ends with that.
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
    /// Of an answer of which nothing has come but its head; there may be nothing more.
    pub(crate) fn of(span: Span, ends: bool) -> Self {
        Self { span, end: if ends { End::Whole } else { End::Open } }
    }

    /// One more piece of it, or none any more, and whether that was the last.
    pub(crate) fn note<E>(&mut self, piece: Option<&Result<Frame<Bytes>, E>>, ends: bool) {
        match piece {
            None => self.end = End::Whole,
            Some(Err(_)) => self.end = End::BrokenOff,
            // After trailers nobody asks whether there is more.
            Some(Ok(piece)) if ends || piece.is_trailers() => self.end = End::Whole,
            Some(Ok(_)) => {}
        }
    }
}

impl Drop for OnItsWay {
    /// Whoever asked may have gone before its end, or the upstream.
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

/// Begins where a token is wanted.
pub(crate) fn exchange(telemetry: &Telemetry, within: &Trace) -> Span {
    telemetry.span("stead.exchange", SpanKind::Client, within)
}

/// Says for whom, if for somebody else than the application itself, where, and whether there was one.
pub(crate) fn exchanged(
    span: &mut Span,
    caller: Option<&Caller>,
    (provider, target): (&str, &Target),
    acquired: &Result<Acquired, AcquireError>,
) {
    span.tell(|about| {
        if let Some(caller) = caller {
            let who = subject_hash(caller.issuer().as_str(), caller.subject().as_str());
            about.set("stead.subject_hash", who);
            about.set("stead.actor", caller.calling_client().to_string());
        }
        about.set("stead.provider", provider.to_owned());
        about.set("stead.audience", target.resource().to_string());
        about.set("stead.outcome", outcome(acquired));
        about.set("stead.cache", cache(acquired));
    });
}

/// Where it came from. Of a refusal nobody knows: it counts as one of the provider.
fn cache(acquired: &Result<Acquired, AcquireError>) -> &'static str {
    match acquired {
        Ok(Acquired { source: Source::Cache, .. }) => "hit",
        Ok(Acquired { source: Source::CacheRenewing, .. }) => "refresh",
        Ok(Acquired { source: Source::Exchange, .. }) | Err(_) => "miss",
    }
}
