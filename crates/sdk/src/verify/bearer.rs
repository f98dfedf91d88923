//! Request headers → the one token they hold, and how it is shown (RFC 6750 §2.1, RFC 9449 §7.1).
//!
//! The header is the only place looked at. A token in the query (§2.3) is as good as none.

use super::VerifyError;
use http::{HeaderMap, header};
use stead_proto::secret::Jwt;

/// How a token is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// By itself.
    Bearer,
    /// With a proof that its sender has the key it is bound to.
    Dpop,
}

/// Finds a bearer token.
///
/// ```
/// use http::{HeaderMap, HeaderValue, header};
/// let mut headers = HeaderMap::new();
/// headers.insert(header::AUTHORIZATION, HeaderValue::from_static("bearer a.b.c"));
/// assert_eq!(stead::verify::bearer::read(&headers)?.expose(), "a.b.c");
/// # Ok::<(), stead::VerifyError>(())
/// ```
pub fn read(headers: &HeaderMap) -> Result<Jwt, VerifyError> {
    find(headers, &[Scheme::Bearer]).map(|(_, token)| Jwt::new(token))
}

/// What stands where almost all have their token, which nobody has looked at yet; nothing unless there is one header.
pub(super) fn unread(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let only = values.next().filter(|_| values.next().is_none())?;
    behind_scheme(only.as_bytes())
}

/// Finds the token that is shown in one of these ways, where it stands.
pub(super) fn find<'h>(
    headers: &'h HeaderMap,
    ways: &[Scheme],
) -> Result<(Scheme, &'h str), VerifyError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(VerifyError::NoCredentials) };
    if values.next().is_some() {
        return Err(VerifyError::Malformed("there is more than one Authorization header"));
    }
    if let Some(token) = plain(value.as_bytes()).filter(|_| ways.contains(&Scheme::Bearer)) {
        return Ok((Scheme::Bearer, token));
    }
    let malformed = VerifyError::Malformed("the Authorization header does not hold one token");
    let value = value.to_str().map_err(|_| malformed.clone())?;
    let scheme_of = |credential| ways.iter().copied().find(|scheme| scheme.is_that_of(credential));
    // Proxies join repeated headers with a comma, which no token holds.
    if value.split(',').skip(1).any(|part| scheme_of(part.trim_start()).is_some()) {
        return Err(VerifyError::Malformed("there is more than one credential"));
    }
    let scheme = scheme_of(value).ok_or(VerifyError::NoCredentials)?;
    let token = value.split_once(' ').map(|(_, token)| token.trim_matches(' '));
    let token = token.filter(|token| is_b64token(token)).ok_or(malformed)?;
    Ok((scheme, token))
}

/// The token of a header as almost all are: the scheme, one space, the token. It holds no comma, so there is one.
fn plain(value: &[u8]) -> Option<&str> {
    let token = std::str::from_utf8(behind_scheme(value)?).ok()?;
    is_b64token(token).then_some(token)
}

fn behind_scheme(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(b"bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
}

impl Scheme {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    /// Matched without regard to case (RFC 9110 §11.1).
    fn is_that_of(self, credential: &str) -> bool {
        let scheme = credential.split(' ').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case(self.as_str())
    }
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty()
        && body.as_bytes().chunks(AT_ONCE).all(|bytes| {
            // Without a way out in the middle, so that many are looked at with one instruction.
            bytes.iter().fold(true, |all, byte| all & is_b64token_byte(*byte))
        })
}

/// How many bytes are looked at before it is decided about them.
const AT_ONCE: usize = 64;

fn is_b64token_byte(byte: u8) -> bool {
    // From `-` to `9` are `-`, `.`, `/` and the digits.
    byte.is_ascii_alphabetic() | matches!(byte, b'-'..=b'9') | matches!(byte, b'_' | b'~' | b'+')
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read_all(values: &[&str]) -> Result<String, VerifyError> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers
                .append(header::AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        read(&headers).map(|token| token.expose().to_owned())
    }

    #[test]
    fn br_07_the_scheme_is_read_in_any_case() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer   a.b.c"] {
            assert_eq!(read_all(&[value]), Ok("a.b.c".into()), "{value}");
        }
    }

    #[test]
    fn br_01_no_bearer_credential_at_all_is_no_mistake() {
        assert_eq!(read_all(&[]), Err(VerifyError::NoCredentials));
        for value in ["", "Basic YTpi", "DPoP a.b.c", "Bearerx a.b.c", r#"Digest a="b", c="d""#] {
            assert_eq!(read_all(&[value]), Err(VerifyError::NoCredentials), "{value}");
        }
    }

    #[test]
    fn br_02_a_bearer_credential_without_exactly_one_token_is_a_mistake() {
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer =", "Bearer a\"b", "Bearer \u{e9}"]
        {
            assert!(matches!(read_all(&[value]), Err(VerifyError::Malformed(_))), "{value}");
        }
    }

    #[test]
    fn what_is_not_read_yet_stands_behind_the_scheme_of_the_only_header() {
        let unread = |values: &[&'static str]| {
            let line = |it: &&'static str| (header::AUTHORIZATION, HeaderValue::from_static(it));
            let headers: HeaderMap = values.iter().map(line).collect();
            unread(&headers).map(<[u8]>::to_owned)
        };
        assert_eq!(unread(&["bearer a, b"]).as_deref(), Some(&b"a, b"[..]));
        for values in [&[][..], &["Bearer"], &["DPoP a.b"], &["Bearer a", "Bearer a"]] {
            assert_eq!(unread(values), None, "{values:?}");
        }
    }

    #[test]
    fn where_both_are_taken_it_is_said_which_it_is() {
        let both = [Scheme::Bearer, Scheme::Dpop];
        let find = |value: &'static str| {
            let value = HeaderValue::from_static(value);
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
            find(&headers, &both).map(|(scheme, token)| (scheme, token.to_owned()))
        };
        assert_eq!(find("Bearer a.b.c"), Ok((Scheme::Bearer, "a.b.c".into())));
        assert_eq!(find("dpop a.b.c"), Ok((Scheme::Dpop, "a.b.c".into())));
        assert_eq!(find("Basic YTpi"), Err(VerifyError::NoCredentials));
        for value in ["DPoP a, Bearer b", "Bearer a, DPoP b", "DPoP", "DPoP a b"] {
            assert!(matches!(find(value), Err(VerifyError::Malformed(_))), "{value}");
        }
    }

    #[test]
    fn br_05_two_credentials_are_a_mistake_however_they_are_joined() {
        for values in [
            &["Bearer a", "Bearer a"][..],
            &["Bearer a", "Basic YTpi"],
            &["Bearer a, Bearer b"],
            &["Bearer a,Bearer b"],
            &["Basic YTpi, bearer b"],
        ] {
            assert!(matches!(read_all(values), Err(VerifyError::Malformed(_))), "{values:?}");
        }
    }
}
