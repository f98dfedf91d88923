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
        let mut parts = value.split('-');
        let parts = std::array::from_fn(|_| parts.next());
        let [Some("00"), Some(trace), Some(parent), Some(flags), None] = parts else {
            return None;
        };
        let trace = bits(trace).map(u128::from_be_bytes).filter(|it| *it != 0)?;
        let parent = bits(parent).map(u64::from_be_bytes).filter(|it| *it != 0)?;
        let [flags] = bits(flags)?;
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

/// So many bytes in lower-case hexadecimal.
fn bits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bits = [0; N];
    let exact = HEXLOWER.decode_len(text.len()) == Ok(N);
    let read = exact && HEXLOWER.decode_mut(text.as_bytes(), &mut bits).is_ok();
    read.then_some(bits)
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
