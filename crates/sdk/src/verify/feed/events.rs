//! Server-Sent Events, as far as the feed needs them.

/// Longest line that is read, in bytes.
const MAX_LINE: usize = 4096;

/// An event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) data: String,
}

/// Bytes → events, however the bytes are cut.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    event: Event,
}

/// A line that does not end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// The events that these bytes complete.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut all = Vec::new();
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                all.extend(self.take(&String::from_utf8_lossy(&line)));
            } else if self.line.len() < MAX_LINE {
                self.line.push(*byte);
            } else {
                return Err(TooLong);
            }
        }
        Ok(all)
    }

    /// One line; the empty one ends an event. What begins with a colon is a comment.
    fn take(&mut self, line: &str) -> Option<Event> {
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (event != Event::default()).then_some(event);
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match name {
            "id" => self.event.id = Some(value),
            "event" => self.event.name = value,
            "data" => self.event.data = value,
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = ": hello\n\nid: r.1\nevent: revoked\ndata: {\"a\":1}\n\nid: r.1\r\nevent:current\r\ndata: {}\r\n\r\n";

    fn event(id: &str, name: &str, data: &str) -> Event {
        Event { id: Some(id.into()), name: name.into(), data: data.into() }
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let expected = vec![event("r.1", "revoked", "{\"a\":1}"), event("r.1", "current", "{}")];
        for size in [1, 2, 7, 4096] {
            let mut events = Events::default();
            let pieces = TWO.as_bytes().chunks(size);
            let all: Vec<Event> = pieces.flat_map(|piece| events.read(piece).unwrap()).collect();
            assert_eq!(all, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let mut events = Events::default();
        assert_eq!(events.read(&[b'x'; MAX_LINE]), Ok(Vec::new()));
        assert_eq!(events.read(b"x"), Err(TooLong));
    }
}
