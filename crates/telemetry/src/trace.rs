//! W3C Trace Context: whose request this is a part of.

use aws_lc_rs::rand;
use data_encoding::HEXLOWER;
use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::cell::RefCell;
use std::fmt;

/// The header (W3C Trace Context §3.2).
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// How long its value is.
const LENGTH: usize = 55;

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
        Self::parse(only.to_str().ok()?)
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
    pub fn to_header(&self) -> Option<HeaderValue> {
        let part = self.part.unwrap_or_else(SpanId::drawn);
        let mut written = String::with_capacity(LENGTH);
        written.push_str("00-");
        HEXLOWER.encode_append(&self.id.to_bits(), &mut written);
        written.push('-');
        HEXLOWER.encode_append(&part.0.to_be_bytes(), &mut written);
        written.push('-');
        HEXLOWER.encode_append(&[self.flags], &mut written);
        HeaderValue::try_from(written).ok()
    }

    /// The part that asks.
    pub(crate) fn part(&self) -> Option<SpanId> {
        self.part
    }

    /// The same trace, a part further.
    pub(crate) fn at(&self, part: SpanId) -> Self {
        Self { part: Some(part), ..*self }
    }

    /// `00-<32 hex>-<16 hex>-<2 hex>`, neither id nothing but zeros.
    fn parse(value: &str) -> Option<Self> {
        let parts: Vec<&str> = value.split('-').collect();
        let ["00", id, part, flags] = parts.as_slice() else { return None };
        let lower = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let sizes = (id.len(), part.len(), flags.len()) == (32, 16, 2);
        if !sizes || !parts.iter().all(|part| lower(part)) {
            return None;
        }
        let id = u128::from_str_radix(id, 16).ok().filter(|id| *id != 0)?;
        let part = u64::from_str_radix(part, 16).ok().filter(|part| *part != 0)?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        Some(Self { id: TraceId(id), part: Some(SpanId(part)), flags })
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

    #[test]
    fn a_trace_goes_on_as_it_came_while_nobody_is_told_of_our_part() {
        assert_eq!(named(&[SENT]).unwrap().to_header().unwrap(), SENT);
    }

    #[test]
    fn a_trace_goes_on_with_our_part_as_the_parent() {
        let (came, ours) = (named(&[SENT]).unwrap(), SpanId::drawn());
        let told = came.at(ours).to_header().unwrap();
        assert_eq!(Trace::parse(told.to_str().unwrap()), Some(Trace { part: Some(ours), ..came }));
    }

    #[test]
    fn a_new_trace_has_a_parent_for_those_who_come_next() {
        for kept in [true, false] {
            let begun = Trace::begun(TraceId::drawn(), kept);
            let told = Trace::parse(begun.to_header().unwrap().to_str().unwrap()).unwrap();
            assert_eq!((told.id(), told.is_kept()), (begun.id(), kept));
        }
        assert_ne!(TraceId::drawn(), TraceId::drawn());
    }

    #[test]
    fn what_is_no_trace_is_not_taken_for_one() {
        for wrong in [
            &[][..],
            &[SENT, SENT],
            &["00-00000000000000000000000000000000-00f067aa0ba902b7-01"],
            &["00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"],
            &["00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"],
            &["ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
            &["4bf92f3577b34da6a3ce929d0e0e4736"],
        ] {
            assert_eq!(named(wrong), None, "{wrong:?}");
        }
    }
}
