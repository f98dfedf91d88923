//! What a program tells of its work. Whose request a request is a part of: read from what came, passed on with what
//! goes, told to a collector. And how often what happened, for Prometheus.
//!
//! | module | what it does |
//! |---|---|
//! | `trace` | the name of a trace, and where in it we are (W3C Trace Context) |
//! | `span` | one part of it: what was done, for how long, and how it ended |
//! | `collector` | where spans go, and of which traces |
//! | `export` | on its way there: a bounded queue, emptied in the background |
//! | `wire` | how a collector is told |
//! | `metrics` | what is counted: shown to Prometheus, listed on a page of the reference |
//! | `requests` | requests that were answered, counted |
//! | `subject` | people, in a form that says nothing of them |
//!
//! A span is a value and knows where it goes: nothing is global, and several servers in one process tell several
//! collectors. Where there is none, a span costs a comparison.

mod collector;
mod export;
mod metrics;
mod requests;
mod span;
mod subject;
mod trace;
mod wire;

pub use collector::{BadCollector, Collector, Share};
pub use metrics::{Metrics, OPENMETRICS, duration, shown};
pub use opentelemetry::trace::SpanKind;
pub use requests::{RequestCounter, Requests};
pub use span::{About, Span};
pub use subject::subject_hash;
pub use trace::{TRACEPARENT, Trace, TraceId};

use export::Exporter;
use http::HeaderMap;
use std::sync::Arc;
use std::time::Duration;

/// How long the last spans may take at the end.
const LAST: Duration = Duration::from_secs(2);

/// Where spans go; nowhere by default. Shared: a clone tells the same collector.
#[derive(Debug, Clone, Default)]
pub struct Telemetry(Option<Arc<Exporter>>);

impl Telemetry {
    /// Tells this collector, from a task of the runtime that it is called in; nobody, if there is none.
    ///
    /// # Errors
    /// When a connection to it cannot be set up. Whether it answers shows later, and stops nothing.
    pub fn to(collector: Option<&Collector>) -> Result<Self, BadCollector> {
        let exporter = collector.map(Exporter::start).transpose()?;
        Ok(Self(exporter.map(Arc::new)))
    }

    /// The same as before if this is the same collector, with what waits for it.
    ///
    /// # Errors
    /// As [`Telemetry::to`].
    pub fn after(
        before: Option<&Self>,
        collector: Option<&Collector>,
    ) -> Result<Self, BadCollector> {
        let same = |before: &&Self| before.0.as_deref().map(Exporter::collector) == collector;
        before.filter(same).map_or_else(|| Self::to(collector), |before| Ok(before.clone()))
    }

    /// The trace that a request names, or a new one.
    #[must_use]
    pub fn trace(&self, headers: &HeaderMap) -> Trace {
        self.trace_called(headers, TraceId::drawn)
    }

    /// The trace that a request names, or a new one of this name. Whether a new one is kept is decided here; about
    /// any other its beginner has decided.
    #[must_use]
    pub fn trace_called(&self, headers: &HeaderMap, name: impl FnOnce() -> TraceId) -> Trace {
        Trace::named_by(headers).unwrap_or_else(|| {
            let id = name();
            Trace::begun(id, self.0.as_ref().is_none_or(|exporter| exporter.keeps(id)))
        })
    }

    /// Begins a part of a trace. It ends when it is dropped.
    #[must_use]
    pub fn span(&self, name: &'static str, kind: SpanKind, within: &Trace) -> Span {
        match &self.0 {
            Some(exporter) if within.is_kept() => Span::open(exporter, (name, kind), within),
            _ => Span::unseen(*within),
        }
    }

    /// Tells what is still waiting, if that takes no longer than two seconds. What ends later is told nobody.
    pub async fn close(&self) {
        if let Some(exporter) = &self.0 {
            exporter.close(LAST).await;
        }
    }
}
