//! Request headers → the one bearer token they hold (RFC 6750 §2.1).
//!
//! The header is the only place looked at. A token in the query (§2.3) is as good as none.

use super::VerifyError;
use http::{HeaderMap, header};
use stead_proto::secret::Jwt;

/// Finds the token.
///
/// ```
/// use http::{HeaderMap, HeaderValue, header};
/// let mut headers = HeaderMap::new();
/// headers.insert(header::AUTHORIZATION, HeaderValue::from_static("bearer a.b.c"));
/// assert_eq!(stead::verify::bearer::read(&headers)?.expose(), "a.b.c");
/// # Ok::<(), stead::VerifyError>(())
/// ```
pub fn read(headers: &HeaderMap) -> Result<Jwt, VerifyError> {
    find(headers).map(Jwt::new)
}

/// The same, where it stands.
pub(super) fn find(headers: &HeaderMap) -> Result<&str, VerifyError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(VerifyError::NoCredentials) };
    if values.next().is_some() {
        return Err(VerifyError::Malformed("there is more than one Authorization header"));
    }
    let malformed = VerifyError::Malformed("the Authorization header is not a bearer credential");
    let value = value.to_str().map_err(|_| malformed.clone())?;
    // Proxies join repeated headers with a comma, which no bearer token holds.
    if value.split(',').skip(1).any(|part| is_bearer(part.trim_start())) {
        return Err(VerifyError::Malformed("there is more than one credential"));
    }
    if !is_bearer(value) {
        return Err(VerifyError::NoCredentials);
    }
    let token = value.split_once(' ').map(|(_, token)| token.trim_matches(' '));
    token.filter(|token| is_b64token(token)).ok_or(malformed)
}

/// The scheme is matched without regard to case (RFC 9110 §11.1).
fn is_bearer(credential: &str) -> bool {
    let scheme = credential.split(' ').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("bearer")
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
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
