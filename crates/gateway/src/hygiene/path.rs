//! One canonical path, for the rule and for the upstream alike (decision 29).
//!
//! A rule that looks at one path while the upstream serves another is no rule. So a path is decoded once, where that
//! changes nothing, and refused where two programs could read it differently.

use std::borrow::Cow;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// It does not begin with a slash, or holds what no path may.
    #[error("the path holds a character that no path may")]
    Character,
    /// A `%` that no two hexadecimal digits follow.
    #[error("the path holds a percent sign that encodes nothing")]
    Percent,
    /// `%2f`, `%5c`, `%00`, `%3b`, `%25` and the like: decoded again they would change the path. Also what is no UTF-8,
    /// like `%c0%ae`, which some decode to a dot.
    #[error("the path holds an encoded character that another program could decode")]
    Encoded,
    /// `.` or `..`.
    #[error("the path holds a dot segment")]
    Dots,
    /// `//`.
    #[error("the path holds an empty segment")]
    Empty,
}

/// Longest path looked at, in bytes.
const LONGEST: usize = 8 * 1024;

/// The canonical form: what needs no encoding is decoded, other encodings are written in capitals.
///
/// ```
/// use stead_gateway::hygiene::path::canonical;
/// assert_eq!(canonical("/r%65ports/caf%c3%a9").as_deref(), Ok("/reports/caf%C3%A9"));
/// assert!(canonical("/reports/%2e%2e/admin").is_err());
/// ```
pub fn canonical(path: &str) -> Result<Cow<'_, str>, BadPath> {
    if !path.starts_with('/') || path.len() > LONGEST {
        return Err(BadPath::Character);
    }
    let plain = path.bytes().all(is_plain);
    let path = if plain { Cow::Borrowed(path) } else { Cow::Owned(decoded(path)?) };
    segments(&path)?;
    Ok(path)
}

/// What stands in a path as it is (RFC 3986 §3.3), but for `;`: some cut a path off there.
fn is_plain(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(byte, b'/' | b':' | b'@' | b'!' | b'$' | b'&' | b'\'' | b'('..=b',' | b'=')
}

/// What means the same encoded or not (RFC 3986 §2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn decoded(path: &str) -> Result<String, BadPath> {
    let mut written = String::with_capacity(path.len());
    let (mut bytes, mut meant) = (path.bytes(), Vec::with_capacity(path.len()));
    while let Some(byte) = bytes.next() {
        meant.push(match byte {
            b'%' => decode(hex(bytes.next())? << 4 | hex(bytes.next())?, &mut written)?,
            _ if is_plain(byte) => plain(byte, &mut written),
            _ => return Err(BadPath::Character),
        });
    }
    std::str::from_utf8(&meant).map(|_| written).map_err(|_| BadPath::Encoded)
}

fn plain(byte: u8, written: &mut String) -> u8 {
    written.push(char::from(byte));
    byte
}

fn decode(byte: u8, written: &mut String) -> Result<u8, BadPath> {
    match byte {
        _ if is_unreserved(byte) => written.push(char::from(byte)),
        0..=0x1f | 0x7f | b'/' | b'\\' | b';' | b'%' | b'?' | b'#' => {
            return Err(BadPath::Encoded);
        }
        _ => {
            written.push('%');
            written.extend([byte >> 4, byte & 15].map(capital));
        }
    }
    Ok(byte)
}

fn hex(digit: Option<u8>) -> Result<u8, BadPath> {
    let digit = digit.and_then(|digit| char::from(digit).to_digit(16)).ok_or(BadPath::Percent)?;
    u8::try_from(digit).map_err(|_| BadPath::Percent)
}

fn capital(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase()
}

fn segments(path: &str) -> Result<(), BadPath> {
    let inner = path.strip_prefix('/').unwrap_or(path).as_bytes();
    let mut segments = inner.split(|byte| *byte == b'/').peekable();
    while let Some(segment) = segments.next() {
        match segment {
            b"." | b".." => return Err(BadPath::Dots),
            // The last one is empty where a path ends with a slash.
            b"" if segments.peek().is_some() => return Err(BadPath::Empty),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_needs_no_encoding_is_decoded_and_the_rest_written_one_way() {
        for (written, meant) in [
            ("/", "/"),
            ("/a/b/", "/a/b/"),
            ("/%61dmin", "/admin"),
            ("/%7euser/a%20b", "/~user/a%20b"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="),
        ] {
            assert_eq!(canonical(written).as_deref(), Ok(meant));
        }
    }

    #[test]
    fn what_two_programs_could_read_differently_is_refused() {
        for (written, why) in [
            ("", BadPath::Character),
            ("admin", BadPath::Character),
            ("/a\\b", BadPath::Character),
            ("/a;b", BadPath::Character),
            ("/a b", BadPath::Character),
            ("/a\0", BadPath::Character),
            ("/é", BadPath::Character),
            ("/a%2", BadPath::Percent),
            ("/a%zz", BadPath::Percent),
            ("/a%2fb", BadPath::Encoded),
            ("/a%2Fb", BadPath::Encoded),
            ("/a%5cb", BadPath::Encoded),
            ("/a%00", BadPath::Encoded),
            ("/a%3bb", BadPath::Encoded),
            ("/a%252fb", BadPath::Encoded),
            ("/a%0d%0a", BadPath::Encoded),
            ("/a/%c0%ae%c0%ae/b", BadPath::Encoded),
            ("/a/%e0%80%af", BadPath::Encoded),
            ("/caf%e9", BadPath::Encoded),
            ("/a/../b", BadPath::Dots),
            ("/a/..", BadPath::Dots),
            ("/./a", BadPath::Dots),
            ("/a/%2e%2E/b", BadPath::Dots),
            ("/a//b", BadPath::Empty),
            ("//a", BadPath::Empty),
        ] {
            assert_eq!(canonical(written), Err(why), "{written:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_canonical_stays_as_it_is(path in "/[ -~é]{0,40}") {
            if let Ok(once) = canonical(&path) {
                let twice = canonical(&once);
                prop_assert_eq!(twice.as_deref(), Ok(&*once));
            }
        }
    }
}
