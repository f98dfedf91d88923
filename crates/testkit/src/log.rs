//! What the server logs during a test, for rows that say what must never be in it.
//!
//! One subscriber for the whole binary, a buffer a thread: a test on one thread has its server there as well.
//! It is there before the first world is: a place that logs for the first time while the subscriber is just
//! being set can stay silent for good.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::sync::Once;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    static LOGGED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Sets the subscriber, once.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Log).unwrap());
}

/// Listens from now on.
pub fn listen() {
    install();
    LOGGED.with_borrow_mut(String::clear);
}

/// All that our own crates logged on this thread since then.
pub fn logged() -> String {
    LOGGED.with_borrow(String::clone)
}

struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("stead")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Line);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line;

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        LOGGED.with_borrow_mut(|text| writeln!(text, "{field}={value:?}").unwrap());
    }
}
