//! What a collector is told: of each request, and of each token that is got for it.
//!
//! Sorts, names out of the configuration and codes. Never a token, a path or a person's name.

use crate::errors::{Code, Fault};
use crate::metrics::outcome;
use http::{HeaderMap, Method};
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

/// Begins where a token is wanted.
pub(crate) fn exchange(telemetry: &Telemetry, within: &Trace) -> Span {
    telemetry.span("stead.exchange", SpanKind::Client, within)
}

/// Says for whom, where, and whether there was one.
pub(crate) fn exchanged(
    span: &mut Span,
    caller: &Caller,
    (provider, target): (&str, &Target),
    acquired: &Result<Acquired, AcquireError>,
) {
    span.tell(|about| {
        let who = subject_hash(caller.issuer().as_str(), caller.subject().as_str());
        about.set("stead.subject_hash", who);
        about.set("stead.actor", caller.calling_client().to_string());
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
