//! `traceparent` (W3C Trace Context §3.2): whose request this is a part of.

use data_encoding::HEXLOWER;

/// How long it is, written.
const LENGTH: usize = 55;

/// `traceparent`: the trace, the part of it that asks, and what its beginner decided about it. A number is never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The name of everything that one request brings about.
    pub trace: u128,
    /// The name of the part of it that asks.
    pub parent: u64,
    /// Bit 0 says that the trace is kept; the others are passed on.
    pub flags: u8,
}

impl TraceParent {
    /// Reads `00-<32 hex>-<16 hex>-<2 hex>`, neither name nothing but zeros; nothing else is taken for one.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let parts: Vec<&str> = value.split('-').collect();
        let ["00", trace, parent, flags] = parts.as_slice() else { return None };
        let lower = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let sizes = (trace.len(), parent.len(), flags.len()) == (32, 16, 2);
        if !sizes || !parts.iter().all(|part| lower(part)) {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|it| *it != 0)?;
        let parent = u64::from_str_radix(parent, 16).ok().filter(|it| *it != 0)?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        Some(Self { trace, parent, flags })
    }

    /// As it is sent.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(LENGTH);
        text.push_str("00-");
        HEXLOWER.encode_append(&self.trace.to_be_bytes(), &mut text);
        text.push('-');
        HEXLOWER.encode_append(&self.parent.to_be_bytes(), &mut text);
        text.push('-');
        HEXLOWER.encode_append(&[self.flags], &mut text);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_written_as_it_came() {
        for sent in [
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000001-0000000000000001-fe",
        ] {
            assert_eq!(TraceParent::parse(sent).unwrap().to_text(), sent);
        }
    }

    #[test]
    fn what_is_no_trace_is_not_taken_for_one() {
        for wrong in [
            "",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-00",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "4bf92f3577b34da6a3ce929d0e0e4736",
        ] {
            assert_eq!(TraceParent::parse(wrong), None, "{wrong}");
        }
    }
}
