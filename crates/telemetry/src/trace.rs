//! W3C Trace Context: whose request this is a part of.

use aws_lc_rs::rand;
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

/// Where in it we are: the trace, and whether its parts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    id: TraceId,
    flags: u8,
}

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
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Trace {
    /// The one a request names, or a new one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self::named_by(headers).unwrap_or_else(Self::begin)
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

    /// What the next one is told: the same trace, and us as its parent.
    #[must_use]
    pub fn to_header(&self) -> Option<HeaderValue> {
        let mut written = Vec::with_capacity(LENGTH);
        written.extend_from_slice(b"00-");
        written.extend(self.id.0.to_be_bytes().into_iter().flat_map(hexadecimal));
        written.push(b'-');
        written
            .extend(drawn(|names| names.u64(1..)).to_be_bytes().into_iter().flat_map(hexadecimal));
        written.push(b'-');
        written.extend(hexadecimal(self.flags));
        HeaderValue::try_from(written).ok()
    }

    fn begin() -> Self {
        Self { id: TraceId(drawn(|names| names.u128(1..))), flags: 1 }
    }

    /// `00-<32 hex>-<16 hex>-<2 hex>`, neither id nothing but zeros.
    fn parse(value: &str) -> Option<Self> {
        let parts: Vec<&str> = value.split('-').collect();
        let ["00", id, parent, flags] = parts.as_slice() else { return None };
        let lower = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let sizes = (id.len(), parent.len(), flags.len()) == (32, 16, 2);
        if !sizes || !parts.iter().all(|part| lower(part)) {
            return None;
        }
        let id = u128::from_str_radix(id, 16).ok().filter(|id| *id != 0)?;
        u64::from_str_radix(parent, 16).ok().filter(|parent| *parent != 0)?;
        Some(Self { id: TraceId(id), flags: u8::from_str_radix(flags, 16).ok()? })
    }
}

fn hexadecimal(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| if digit < 10 { b'0' + digit } else { b'a' + digit - 10 })
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

    fn trace(values: &[&'static str]) -> Trace {
        Trace::of(&values.iter().map(|it| (TRACEPARENT, HeaderValue::from_static(it))).collect())
    }

    #[test]
    fn a_trace_goes_on_with_us_as_the_parent() {
        let told = trace(&[SENT]).to_header().unwrap();
        let told = told.to_str().unwrap();
        assert_eq!((trace(&[SENT]), told.len()), (Trace::parse(told).unwrap(), LENGTH));
        assert!(told.ends_with("-01") && told != SENT, "{told}");
    }

    #[test]
    fn what_is_no_trace_begins_a_new_one() {
        for wrong in [
            &[][..],
            &[SENT, SENT],
            &["00-00000000000000000000000000000000-00f067aa0ba902b7-01"],
            &["00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"],
            &["00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"],
            &["ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
            &["4bf92f3577b34da6a3ce929d0e0e4736"],
        ] {
            assert_ne!(trace(wrong).id(), trace(&[SENT]).id(), "{wrong:?}");
        }
        assert_ne!(trace(&[]).id(), trace(&[]).id());
    }
}
