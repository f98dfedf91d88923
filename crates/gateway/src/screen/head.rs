//! What the head of an HTTP/1 request may say (RFC 9112), and how long its body is.

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

/// What was found in the headers so far.
#[derive(Debug, Default)]
struct Found<'h> {
    lengths: Vec<&'h str>,
    codings: Vec<&'h str>,
    upgrades: Vec<&'h str>,
    hosts: usize,
}

type Refused = &'static str;

/// Reads a whole head, with the empty line that ends it.
pub(super) fn read(head: &[u8]) -> Result<Body, Refused> {
    // Bytes beyond ASCII may stand in values and mean nothing here.
    let text: String = head.iter().map(|byte| char::from(*byte)).collect();
    let text = text.strip_suffix("\r\n\r\n").ok_or("no head")?;
    if text.replace("\r\n", "").contains(['\r', '\n', '\0']) {
        return Err("a bare line feed, carriage return or NUL");
    }
    let mut lines = text.split("\r\n");
    let version = request_line(lines.next().unwrap_or_default())?;
    let mut found = Found::default();
    for line in lines {
        found.note(line)?;
    }
    found.body(version)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

/// `method SP target SP version`, the target being a path.
fn request_line(line: &str) -> Result<Version, Refused> {
    let words: Vec<&str> = line.split(' ').collect();
    let [method, target, version] = words.as_slice() else { return Err("no request line") };
    if !is_token(method) || ["CONNECT", "TRACE"].contains(method) {
        return Err("a method that is not for here");
    }
    let star = *method == "OPTIONS" && *target == "*";
    if !(target.starts_with('/') || star) {
        return Err("a target that is no path");
    }
    match *version {
        "HTTP/1.1" => Ok(Version::Http11),
        "HTTP/1.0" => Ok(Version::Http10),
        _ => Err("a version that is not for here"),
    }
}

impl<'h> Found<'h> {
    fn note(&mut self, line: &'h str) -> Result<(), Refused> {
        // A line that is folded begins with a space, which no name does.
        let (name, value) =
            line.split_once(':').filter(|(name, _)| is_token(name)).ok_or("no header")?;
        let value = value.trim_matches([' ', '\t']);
        match name.to_ascii_lowercase().as_str() {
            "content-length" => self.lengths.push(value),
            "transfer-encoding" => self.codings.push(value),
            "upgrade" => self.upgrades.push(value),
            "host" => self.hosts += 1,
            _ => {}
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
            ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => Body::Chunked,
            _ => return Err("more than one way to end"),
        };
        if body == Body::Chunked && version == Version::Http10 {
            return Err("chunks in HTTP/1.0");
        }
        match self.upgrades.as_slice() {
            [] => Ok(body),
            [one] if one.eq_ignore_ascii_case("websocket") && body == Body::Length(0) => {
                Ok(Body::Upgrade)
            }
            _ => Err("an upgrade with a body, or to something else than a WebSocket"),
        }
    }
}

/// Digits only: no sign, no list.
fn decimal(length: &str) -> Result<u64, Refused> {
    let digits = length.bytes().all(|byte| byte.is_ascii_digit());
    length.parse().ok().filter(|_| digits).ok_or("no length")
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(headers: &str) -> Result<Body, Refused> {
        read(format!("POST /a HTTP/1.1\r\nHost: a\r\n{headers}\r\n").as_bytes())
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
        let line = |line: &str| read(format!("{line}\r\nHost: a\r\n\r\n").as_bytes());
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
        assert!(read(b"GET / HTTP/1.1\r\n\r\n").is_err());
        assert!(read(b"GET / HTTP/1.0\r\n\r\n").is_ok());
    }
}
