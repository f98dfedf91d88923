//! Where heads and bodies of HTTP/1 requests end, followed over a connection.

use super::head::{self, Body, Targets};
use memchr::memchr;
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// How HTTP/2 begins (RFC 9113 §3.4).
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What ends a head, and what could be taken for its end.
static END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\r\n\r\n"));
static BARE_END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n\n"));

/// Longest head, and longest line of a chunk.
const HEAD: usize = 64 * 1024;
const CHUNK_LINE: usize = 64;

/// Where in a connection we are.
#[derive(Debug, Default)]
pub(super) enum Framing {
    /// At its very beginning: HTTP/1 or HTTP/2?
    #[default]
    Begin,
    /// Before or in a head.
    Head,
    /// So many bytes of a body, or of a chunk, follow.
    Bytes { left: u64, then: Then },
    /// Before or in the line that says how long a chunk is.
    ChunkLine,
    /// After the last chunk.
    Trailers,
    /// Not HTTP/1, or no longer.
    Open,
}

/// What comes after bytes that were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The next request.
    Head,
    /// The next chunk.
    Chunk,
}

impl Framing {
    /// Follows these bytes, and says how many of them may be handed on.
    pub(super) fn advance(
        &mut self,
        bytes: &[u8],
        targets: Targets,
    ) -> Result<usize, &'static str> {
        let mut seen = 0;
        while let Some(rest) = bytes.get(seen..).filter(|rest| !rest.is_empty()) {
            match self.step(rest, targets)? {
                0 => break,
                step => seen += step,
            }
        }
        Ok(seen)
    }

    /// One step; 0 if more has to be read first.
    fn step(&mut self, rest: &[u8], targets: Targets) -> Result<usize, &'static str> {
        match self {
            Self::Begin => {
                let alike = rest.iter().zip(HTTP_2).all(|(a, b)| a == b);
                if alike && rest.len() < HTTP_2.len() {
                    return Ok(0);
                }
                *self = if alike { Self::Open } else { Self::Head };
                self.step(rest, targets)
            }
            Self::Open => Ok(rest.len()),
            Self::Head => self.head(rest, targets),
            Self::Bytes { left, then } => {
                let step = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                *left -= step as u64;
                *self = match (*left, *then) {
                    (0, Then::Head) => Self::Head,
                    (0, Then::Chunk) => Self::ChunkLine,
                    (left, then) => Self::Bytes { left, then },
                };
                Ok(step)
            }
            Self::ChunkLine => self.chunk_line(rest),
            Self::Trailers => self.trailers(rest),
        }
    }

    fn head(&mut self, rest: &[u8], targets: Targets) -> Result<usize, &'static str> {
        let end = END.find(rest).and_then(|at| rest.get(..at + END.needle().len()));
        // A bare line feed could end a head where we see no end of it.
        let Some(head) = end else {
            let bare = BARE_END.find(rest).is_some();
            return if bare || rest.len() > HEAD { Err("a head without end") } else { Ok(0) };
        };
        *self = match head::read(head, targets)? {
            Body::Length(0) => Self::Head,
            Body::Length(left) => Self::Bytes { left, then: Then::Head },
            Body::Chunked => Self::ChunkLine,
            Body::Upgrade => Self::Open,
        };
        Ok(head.len())
    }

    /// `size CRLF`, and nothing after the size (RFC 9112 §7.1.1 lets extensions be ignored; others do not).
    fn chunk_line(&mut self, rest: &[u8]) -> Result<usize, &'static str> {
        let Some(line) = line(rest) else {
            return if rest.len() > CHUNK_LINE { Err("no size of a chunk") } else { Ok(0) };
        };
        let size = line.strip_suffix(b"\r\n").and_then(hexadecimal).ok_or("no size of a chunk")?;
        *self = match size {
            0 => Self::Trailers,
            // With the line break behind it, which the parser looks at.
            size => Self::Bytes { left: size + 2, then: Then::Chunk },
        };
        Ok(line.len())
    }

    fn trailers(&mut self, rest: &[u8]) -> Result<usize, &'static str> {
        if rest.starts_with(b"\r\n") {
            *self = Self::Head;
            return Ok(2);
        }
        let Some(line) = line(rest) else {
            return if rest.len() > HEAD { Err("trailers without end") } else { Ok(0) };
        };
        let inner = line.strip_suffix(b"\r\n").ok_or("a bare line feed")?;
        if inner.is_empty()
            || inner.starts_with(b" ")
            || inner.starts_with(b"\t")
            || inner.contains(&b'\r')
        {
            return Err("no trailer");
        }
        Ok(line.len())
    }
}

/// Up to and with a line feed, if there is one.
fn line(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..=memchr(b'\n', bytes)?)
}

/// Up to fifteen digits: more would not be a size.
fn hexadecimal(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    let plain = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    /// Follows all of it, in pieces of this size; what is handed on, or why not.
    fn follow(all: &str, piece: usize) -> Result<usize, &'static str> {
        let mut framing = Framing::default();
        let (mut held, mut handed_on) = (Vec::new(), 0);
        for piece in all.as_bytes().chunks(piece) {
            held.extend_from_slice(piece);
            let seen = framing.advance(&held, Targets::Paths)?;
            held.drain(..seen);
            handed_on += seen;
        }
        Ok(handed_on)
    }

    #[test]
    fn requests_that_follow_one_another_are_told_apart_however_they_come_in() {
        let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let sized = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nG\r\n\r\n";
        let chunks = format!("{CHUNKED}5\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n");
        let all = format!("{get}{sized}{chunks}{get}{CHUNKED}0\r\n\r\n{get}");
        for piece in 1..40 {
            assert_eq!(follow(&all, piece), Ok(all.len()), "{piece}");
        }
    }

    #[test]
    fn http_2_and_what_follows_an_upgrade_are_not_looked_at() {
        let upgraded = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n\u{1}\n\n";
        for open in ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{1}\n\n", upgraded] {
            assert_eq!(follow(open, 7), Ok(open.len()));
        }
    }

    #[test]
    fn what_ends_in_two_ways_is_refused() {
        let smuggled = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
        for wrong in [
            format!("{CHUNKED}0;a=b\r\n\r\n{smuggled}"),
            format!("{CHUNKED}0\n\n{smuggled}"),
            format!("{CHUNKED}5\nhello\r\n0\r\n\r\n"),
            format!("{CHUNKED}0x5\r\nhello\r\n0\r\n\r\n"),
            format!("{CHUNKED}-5\r\n"),
            format!("{CHUNKED}ffffffffffffffff1\r\n"),
            format!("{CHUNKED}\r\n"),
            format!("{CHUNKED}0\r\n folded\r\n\r\n"),
            format!("{CHUNKED}0\r\nA: b\n\r\n"),
            "GET / HTTP/1.1\nHost: a\n\n".to_owned(),
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            format!("GET / HTTP/1.1\r\nHost: a\r\nA: {}", "a".repeat(HEAD)),
        ] {
            assert!(follow(&wrong, 9).is_err(), "{wrong:?}");
        }
    }
}
