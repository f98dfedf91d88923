//! What the head of an HTTP/1 request may say (RFC 9112), and how long its body is.

use memchr::{memchr, memchr2};

/// How a body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes; most often none.
    Length(u64),
    /// Chunks.
    Chunked,
    /// Something else than HTTP may follow: an upgrade.
    Upgrade,
}

/// What the target of a request may look like (RFC 9112 §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Targets {
    /// A path, as servers are asked.
    Paths,
    /// A whole URL, as proxies are asked; of HTTP, which is the only one that goes out.
    Whole,
}

impl Targets {
    fn take(self, method: &[u8], target: &[u8]) -> bool {
        match self {
            Self::Paths => target.starts_with(b"/") || (method == b"OPTIONS" && target == b"*"),
            Self::Whole => target.starts_with(b"http://"),
        }
    }
}

/// What was found in the headers so far.
#[derive(Debug, Default)]
struct Found<'h> {
    lengths: Vec<&'h [u8]>,
    codings: Vec<&'h [u8]>,
    upgrades: Vec<&'h [u8]>,
    hosts: usize,
}

type Refused = &'static str;

/// Reads a whole head, with the empty line that ends it. Bytes beyond ASCII may stand in values and mean nothing here.
pub(super) fn read(head: &[u8], targets: Targets) -> Result<Body, Refused> {
    let mut lines = Lines(Some(head.strip_suffix(b"\r\n\r\n").ok_or("no head")?));
    let version = request_line(lines.next().unwrap_or(Ok(b""))?, targets)?;
    let mut found = Found::default();
    for line in lines {
        found.note(line?)?;
    }
    found.body(version)
}

/// The lines of a head, without their ends; nothing in a line may look like one.
struct Lines<'h>(Option<&'h [u8]>);

impl<'h> Iterator for Lines<'h> {
    type Item = Result<&'h [u8], Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.take()?;
        let line = match memchr(b'\n', rest).and_then(|at| rest.split_at_checked(at + 1)) {
            Some((line, more)) => {
                self.0 = Some(more);
                line.strip_suffix(b"\r\n")
            }
            None => Some(rest),
        };
        let whole = line.filter(|line| memchr2(b'\r', 0, line).is_none());
        Some(whole.ok_or("a bare line feed, carriage return or NUL"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

/// `method SP target SP version`.
fn request_line(line: &[u8], targets: Targets) -> Result<Version, Refused> {
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("no request line");
    };
    if !is_token(method) || [b"CONNECT".as_slice(), b"TRACE"].contains(&method) {
        return Err("a method that is not for here");
    }
    if !targets.take(method, target) {
        return Err("a target that is not for here");
    }
    match version {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        _ => Err("a version that is not for here"),
    }
}

impl<'h> Found<'h> {
    fn note(&mut self, line: &'h [u8]) -> Result<(), Refused> {
        // A line that is folded begins with a space, which no name does.
        let (name, value) = memchr(b':', line)
            .and_then(|at| Some((line.get(..at)?, line.get(at + 1..)?)))
            .filter(|(name, _)| is_token(name))
            .ok_or("no header")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("content-length") {
            self.lengths.push(trimmed(value));
        } else if is("transfer-encoding") {
            self.codings.push(trimmed(value));
        } else if is("upgrade") {
            self.upgrades.push(trimmed(value));
        } else if is("host") {
            self.hosts += 1;
        }
        Ok(())
    }

    fn body(&self, version: Version) -> Result<Body, Refused> {
        if self.hosts > 1 || (self.hosts == 0 && version == Version::Http11) {
            return Err("not exactly one host");
        }
        let body = match (self.lengths.as_slice(), self.codings.as_slice()) {
            ([], []) => Body::Length(0),
            ([length], []) => Body::Length(decimal(length)?),
            ([], [coding]) if coding.eq_ignore_ascii_case(b"chunked") => Body::Chunked,
            _ => return Err("more than one way to end"),
        };
        if body == Body::Chunked && version == Version::Http10 {
            return Err("chunks in HTTP/1.0");
        }
        match self.upgrades.as_slice() {
            [] => Ok(body),
            [one] if one.eq_ignore_ascii_case(b"websocket") && body == Body::Length(0) => {
                Ok(Body::Upgrade)
            }
            _ => Err("an upgrade with a body, or to something else than a WebSocket"),
        }
    }
}

/// Without the spaces and tabs around it; a line feed or the like is none of them.
fn trimmed(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

/// Digits only: no sign, no list.
fn decimal(length: &[u8]) -> Result<u64, Refused> {
    let digits = length.iter().all(u8::is_ascii_digit);
    let length = std::str::from_utf8(length).ok().and_then(|length| length.parse().ok());
    length.filter(|_| digits).ok_or("no length")
}

/// RFC 9110 §5.6.2.
fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().copied().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(headers: &str) -> Result<Body, Refused> {
        read(format!("POST /a HTTP/1.1\r\nHost: a\r\n{headers}\r\n").as_bytes(), Targets::Paths)
    }

    #[test]
    fn a_head_says_in_one_way_how_long_its_body_is() {
        assert_eq!(with(""), Ok(Body::Length(0)));
        assert_eq!(with("Content-Length: 12\r\n"), Ok(Body::Length(12)));
        assert_eq!(with("transfer-encoding:\tchunked \r\n"), Ok(Body::Chunked));
        assert_eq!(with("Upgrade: WebSocket\r\n"), Ok(Body::Upgrade));
        for wrong in [
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length:\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Transfer-Encoding : chunked\r\n",
            " folded: a\r\n",
            "a: b\r\n folded\r\n",
            "a: b\nc: d\r\n",
            "a: b\rc: d\r\n",
            "a: \0\r\n",
            "Host: b\r\n",
            "Upgrade: h2c\r\n",
            "Upgrade: websocket\r\nContent-Length: 5\r\n",
            "Upgrade: websocket\r\nTransfer-Encoding: chunked\r\n",
            "nothing\r\n",
            ": a\r\n",
        ] {
            assert!(with(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_request_is_for_a_path_here() {
        let line =
            |line: &str| read(format!("{line}\r\nHost: a\r\n\r\n").as_bytes(), Targets::Paths);
        for right in ["GET / HTTP/1.1", "OPTIONS * HTTP/1.1", "GET /?a=b HTTP/1.0"] {
            assert!(line(right).is_ok(), "{right}");
        }
        for wrong in [
            "CONNECT a:443 HTTP/1.1",
            "TRACE / HTTP/1.1",
            "GET http://a/ HTTP/1.1",
            "GET * HTTP/1.1",
            "GET  / HTTP/1.1",
            "GET / HTTP/1.1 ",
            "GET /\tHTTP/1.1",
            "GET / HTTP/2.0",
            "GET /",
            "",
        ] {
            assert!(line(wrong).is_err(), "{wrong}");
        }
        assert!(read(b"GET / HTTP/1.1\r\n\r\n", Targets::Paths).is_err());
        assert!(read(b"GET / HTTP/1.0\r\n\r\n", Targets::Paths).is_ok());
    }
}
