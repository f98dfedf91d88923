//! One part of a trace: what was done, for how long, and how it ended.

use crate::export::Exporter;
use crate::trace::{SpanId, Trace};
use opentelemetry::trace::{SpanContext, SpanKind, Status, TraceFlags, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// One part of a trace. It ends when it is dropped, also with a request that nobody waits for any more.
pub struct Span {
    trace: Trace,
    /// Nothing where nobody is told.
    open: Option<Box<Open>>,
}

/// One that a collector is told of.
struct Open {
    exporter: Arc<Exporter>,
    name: &'static str,
    kind: SpanKind,
    id: SpanId,
    parent: Option<SpanId>,
    began: (SystemTime, Instant),
    about: About,
}

/// What is told of a span beside its name. Never a token, a claim or a person's name.
#[derive(Debug, Default)]
pub struct About {
    attributes: Vec<KeyValue>,
    status: Status,
}

impl About {
    /// One thing, by its name.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.attributes.push(KeyValue::new(name, value));
    }

    /// That it came to nothing through a fault on this side.
    pub fn failed(&mut self) {
        self.status = Status::error("");
    }
}

impl Span {
    pub(crate) fn open(
        exporter: &Arc<Exporter>,
        (name, kind): (&'static str, SpanKind),
        within: &Trace,
    ) -> Self {
        let id = SpanId::drawn();
        let (exporter, parent, began) = (Arc::clone(exporter), within.part(), now());
        let about = About::default();
        let open = Open { exporter, name, kind, id, parent, began, about };
        Self { trace: within.at(id), open: Some(Box::new(open)) }
    }

    pub(crate) fn unseen(within: Trace) -> Self {
        Self { trace: within, open: None }
    }

    /// The trace, at this place in it: the parent of all that it brings about.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Whether anybody is told of it.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.open.is_some()
    }

    /// Says more about it, where anybody is told.
    pub fn tell(&mut self, more: impl FnOnce(&mut About)) {
        if let Some(open) = &mut self.open {
            more(&mut open.about);
        }
    }

    /// Ends it, and nobody is told: what it was begun for was not done.
    pub fn forget(mut self) {
        self.open = None;
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            open.end(&self.trace);
        }
    }
}

impl Open {
    fn end(self, trace: &Trace) {
        let (start_time, since) = self.began;
        self.exporter.take(SpanData {
            span_context: SpanContext::new(
                u128::from_be_bytes(trace.id().to_bits()).into(),
                self.id.0.into(),
                TraceFlags::SAMPLED,
                false,
                TraceState::NONE,
            ),
            parent_span_id: self.parent.map_or(0, |parent| parent.0).into(),
            parent_span_is_remote: self.kind == SpanKind::Server,
            span_kind: self.kind,
            name: self.name.into(),
            start_time,
            end_time: start_time + since.elapsed(),
            attributes: self.about.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: self.about.status,
            instrumentation_scope: InstrumentationScope::builder("stead").build(),
        });
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.open.as_ref().map(|open| open.name);
        f.debug_struct("Span").field("trace", &self.trace).field("name", &name).finish()
    }
}

/// The only clock of a span: nothing is decided by it.
#[expect(clippy::disallowed_methods, reason = "a collector orders spans by the time of day")]
fn now() -> (SystemTime, Instant) {
    (SystemTime::now(), Instant::now())
}
