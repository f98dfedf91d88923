//! W3C Trace Context: whose request this is a part of.

use aws_lc_rs::rand;
use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::cell::RefCell;
use std::fmt;
use stead_proto::trace::TraceParent;

/// The header (W3C Trace Context §3.2).
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The name of everything that one request brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

/// The name of one part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpanId(pub(crate) u64);

/// Where in it we are: the trace, the part of it that asks us, and whether its parts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    id: TraceId,
    /// None yet in a trace that begins here.
    part: Option<SpanId>,
    flags: u8,
}

/// The one flag that is known (W3C Trace Context §3.2.2.5): its parts are kept.
const KEPT: u8 = 1;

impl TraceId {
    /// From sixteen random bytes.
    #[must_use]
    pub fn from_bits(bits: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bits))
    }

    /// Its sixteen bytes.
    #[must_use]
    pub fn to_bits(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// A new one.
    #[must_use]
    pub fn drawn() -> Self {
        Self(drawn(|names| names.u128(1..)))
    }

    /// Its lower half.
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
    pub(crate) fn low(self) -> u64 {
        self.0 as u64
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl SpanId {
    pub(crate) fn drawn() -> Self {
        Self(drawn(|names| names.u64(1..)))
    }
}

impl Trace {
    /// A new one.
    #[must_use]
    pub fn begun(id: TraceId, kept: bool) -> Self {
        Self { id, part: None, flags: if kept { KEPT } else { 0 } }
    }

    /// The one a request names, in one header that can be read.
    #[must_use]
    pub fn named_by(headers: &HeaderMap) -> Option<Self> {
        let mut named = headers.get_all(TRACEPARENT).iter();
        let only = named.next().filter(|_| named.next().is_none())?;
        let TraceParent { trace, parent, flags } = TraceParent::parse(only.to_str().ok()?)?;
        Some(Self { id: TraceId(trace), part: Some(SpanId(parent)), flags })
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> TraceId {
        self.id
    }

    /// Whether its parts are kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.flags & KEPT != 0
    }

    /// What the next one is told: the trace, and the part of it that asks, which is the one before us where we tell
    /// nobody of our own.
    #[must_use]
    pub fn to_parent(&self) -> TraceParent {
        let SpanId(parent) = self.part.unwrap_or_else(SpanId::drawn);
        TraceParent { trace: self.id.0, parent, flags: self.flags }
    }

    /// The same, written.
    #[must_use]
    pub fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.to_parent().to_text()).ok()
    }

    /// The part that asks.
    pub(crate) fn part(&self) -> Option<SpanId> {
        self.part
    }

    /// The same trace, a part further.
    pub(crate) fn at(&self, part: SpanId) -> Self {
        Self { part: Some(part), ..*self }
    }
}

/// Draws a name. Names have to differ, and are no secret: a generator that is quick will do, begun anew by each thread from
/// the system's randomness, since gateways that start together must not name alike.
fn drawn<T>(draw: impl FnOnce(&mut Rng) -> T) -> T {
    thread_local! {
        static NAMES: RefCell<Rng> = RefCell::new(Rng::with_seed(begun()));
    }
    NAMES.with_borrow_mut(draw)
}

fn begun() -> u64 {
    let mut bits = [0; 8];
    if rand::fill(&mut bits).is_err() {
        tracing::error!("the system has no randomness: traces are named as anybody could");
    }
    u64::from_be_bytes(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn named(values: &[&'static str]) -> Option<Trace> {
        let line = |value: &&'static str| (TRACEPARENT, HeaderValue::from_static(value));
        Trace::named_by(&values.iter().map(line).collect())
    }

    fn read(header: &HeaderValue) -> Option<Trace> {
        Trace::named_by(&HeaderMap::from_iter([(TRACEPARENT, header.clone())]))
    }

    #[test]
    fn a_trace_goes_on_as_it_came_while_nobody_is_told_of_our_part() {
        assert_eq!(named(&[SENT]).unwrap().to_header().unwrap(), SENT);
    }

    #[test]
    fn a_trace_goes_on_with_our_part_as_the_parent() {
        let (came, ours) = (named(&[SENT]).unwrap(), SpanId::drawn());
        let told = came.at(ours).to_header().unwrap();
        assert_eq!(read(&told), Some(Trace { part: Some(ours), ..came }));
    }

    #[test]
    fn a_new_trace_has_a_parent_for_those_who_come_next() {
        for kept in [true, false] {
            let begun = Trace::begun(TraceId::drawn(), kept);
            let told = read(&begun.to_header().unwrap()).unwrap();
            assert_eq!((told.id(), told.is_kept()), (begun.id(), kept));
        }
        assert_ne!(TraceId::drawn(), TraceId::drawn());
    }

    #[test]
    fn a_trace_is_named_by_one_header_or_by_none() {
        for wrong in [&[][..], &[SENT, SENT], &["4bf92f3577b34da6a3ce929d0e0e4736"]] {
            assert_eq!(named(wrong), None, "{wrong:?}");
        }
    }
}
