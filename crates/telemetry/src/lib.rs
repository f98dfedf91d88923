//! Whose request a request is a part of (W3C Trace Context): read from what came, passed on with what goes.

mod trace;

pub use trace::{TRACEPARENT, Trace, TraceId};
