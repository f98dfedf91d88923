//! `application/x-www-form-urlencoded`, with limits, that repeats no parameter.
//!
//! A parameter sent without a value counts as not sent (RFC 6749 §3.1), but it counts as one when
//! repeats are counted. The WHATWG reading of forms forgives a broken `%` and bytes that are no UTF-8;
//! a token endpoint has no reason to, so this one does not.

use std::fmt;
use zeroize::Zeroizing;

/// Longest form read, in bytes: room for several tokens of 16 KiB.
pub const MAX_BODY: usize = 128 * 1024;

/// Longest form read that asks about a token, in bytes: whatever somebody holds, they are told that it is
/// not active, or that it is gone (RFC 7662 §2.2, RFC 7009 §2.2).
pub const MAX_BODY_ABOUT_TOKEN: usize = 2 * 1024 * 1024;

/// Most parameters read.
pub const MAX_PARAMETERS: usize = 100;

/// A form's parameters in the order they came. Some are secrets: `Debug` shows names only.
#[derive(Default)]
pub struct Form {
    parameters: Vec<(String, Zeroizing<String>)>,
}

/// Why a form, or one parameter of it, is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormError {
    /// Not `application/x-www-form-urlencoded` in UTF-8 (RFC 6749 §3.2).
    NotAForm,
    /// Longer than [`MAX_BODY`], or [`MAX_BODY_ABOUT_TOKEN`].
    TooLarge,
    /// More parameters than [`MAX_PARAMETERS`].
    TooMany,
    /// Not UTF-8 once decoded, or holds a NUL.
    NotUtf8,
    /// A `%` without two hexadecimal digits behind it.
    BadEscape,
    /// This parameter is sent more than once.
    Repeated(String),
    /// This parameter is needed and not there.
    Missing(&'static str),
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAForm => {
                f.write_str("the body is not application/x-www-form-urlencoded in UTF-8")
            }
            Self::TooLarge => f.write_str("the form is too large"),
            Self::TooMany => f.write_str("the form has too many parameters"),
            Self::NotUtf8 => f.write_str("the form is not UTF-8 text"),
            Self::BadEscape => f.write_str("the form holds a broken percent escape"),
            Self::Repeated(name) if is_printable_name(name) => {
                write!(f, "the parameter {name} is sent more than once")
            }
            Self::Repeated(_) => f.write_str("a parameter is sent more than once"),
            Self::Missing(name) => write!(f, "the parameter {name} is missing"),
        }
    }
}

impl std::error::Error for FormError {}

/// Whether a name from outside may stand in an error text.
fn is_printable_name(name: &str) -> bool {
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-');
    (1..=40).contains(&name.len()) && name.bytes().all(plain)
}

impl Form {
    /// Reads a body or a query string.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let form = Self::read(bytes, MAX_BODY)?;
        let nul = form.iter().any(|(name, value)| name.contains('\0') || value.contains('\0'));
        if nul { Err(FormError::NotUtf8) } else { Ok(form) }
    }

    /// Reads a body that asks about a token, which may be anything: very long, or with a NUL in it.
    pub fn parse_about_token(bytes: &[u8]) -> Result<Self, FormError> {
        Self::read(bytes, MAX_BODY_ABOUT_TOKEN)
    }

    fn read(bytes: &[u8], longest: usize) -> Result<Self, FormError> {
        if bytes.len() > longest {
            return Err(FormError::TooLarge);
        }
        let mut parameters = Vec::new();
        for pair in bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormError::TooMany);
            }
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            parameters.push((name, Zeroizing::new(value)));
        }
        Ok(Self { parameters })
    }

    /// The value of a parameter that may be sent once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, FormError> {
        let mut sent = self.iter().filter(|(sent, _)| *sent == name);
        let first = sent.next();
        if sent.next().is_some() {
            return Err(FormError::Repeated(name.to_owned()));
        }
        Ok(first.map(|(_, value)| value).filter(|value| !value.is_empty()))
    }

    /// The value of a parameter that must be sent, once.
    pub fn required(&self, name: &'static str) -> Result<&str, FormError> {
        self.one(name)?.ok_or(FormError::Missing(name))
    }

    /// The values of a parameter that may be sent often: `resource` (RFC 8707), `audience` (RFC 8693).
    pub fn many(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter()
            .filter(move |(sent, value)| *sent == name && !value.is_empty())
            .map(|(_, value)| value)
    }

    /// Refuses any repeated parameter, known or not, except these (RFC 6749 §3.1, §3.2).
    pub fn check_repeats(&self, may_repeat: &[&str]) -> Result<(), FormError> {
        let mut names: Vec<&str> = self.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        let repeated = names
            .array_windows()
            .find_map(|[a, b]| (a == b && !may_repeat.contains(a)).then_some(*a));
        repeated.map_or(Ok(()), |name| Err(FormError::Repeated(name.to_owned())))
    }

    /// Whether a parameter was sent at all, be it empty.
    #[must_use]
    pub fn was_sent(&self, name: &str) -> bool {
        self.iter().any(|(sent, _)| sent == name)
    }

    /// All parameters as they came, empty ones too.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form")?;
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// Writes a form.
#[must_use]
pub fn write(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn decode(encoded: &[u8]) -> Result<String, FormError> {
    // A token is all letters: most of a form needs no decoding.
    let Some(first) = encoded.iter().position(|b| matches!(b, b'+' | b'%')) else {
        return std::str::from_utf8(encoded).map(str::to_owned).map_err(|_| FormError::NotUtf8);
    };
    let (plain, rest) = encoded.split_at(first);
    let mut decoded = Vec::with_capacity(encoded.len());
    decoded.extend_from_slice(plain);
    let mut bytes = rest.iter();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next())? << 4 | hex(bytes.next())?,
            other => *other,
        });
    }
    String::from_utf8(decoded).map_err(|_| FormError::NotUtf8)
}

fn hex(digit: Option<&u8>) -> Result<u8, FormError> {
    match digit {
        Some(d @ b'0'..=b'9') => Ok(d - b'0'),
        Some(d @ b'a'..=b'f') => Ok(d - b'a' + 10),
        Some(d @ b'A'..=b'F') => Ok(d - b'A' + 10),
        _ => Err(FormError::BadEscape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(text: &str) -> Form {
        Form::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_parameter_is_decoded() {
        let form = form("scope=a+b%20c&state=%C3%BC%2B%26%3d&x");
        assert_eq!(form.one("scope"), Ok(Some("a b c")));
        assert_eq!(form.required("state"), Ok("ü+&="));
        assert_eq!(form.required("code"), Err(FormError::Missing("code")));
    }

    #[test]
    fn a_parameter_without_a_value_is_not_sent_but_counts_as_sent_once() {
        assert_eq!(form("scope=").one("scope"), Ok(None));
        assert_eq!(form("scope").required("scope"), Err(FormError::Missing("scope")));
        assert!(form("scope=").was_sent("scope") && !form("scope=").was_sent("state"));
        assert_eq!(form("scope=&scope=a").one("scope"), Err(FormError::Repeated("scope".into())));
    }

    #[test]
    fn a_repeat_is_refused_unless_listed_also_of_a_parameter_nobody_knows() {
        let form = form("resource=a&foo=1&resource=b&f%6Fo=2&resource=");
        let repeated = |name: &str| Err(FormError::Repeated(name.into()));
        assert_eq!(form.check_repeats(&["resource"]), repeated("foo"));
        assert_eq!(form.check_repeats(&["foo"]), repeated("resource"));
        assert_eq!(form.check_repeats(&["resource", "foo"]), Ok(()));
        assert_eq!(form.many("resource").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_broken_escape_and_bytes_that_are_no_text_are_refused() {
        for text in ["a=%", "a=%4", "a=%4x", "%zz=1", "a=%+1", "a=%%41"] {
            assert_eq!(Form::parse(text.as_bytes()).unwrap_err(), FormError::BadEscape, "{text}");
        }
        for bytes in [&b"a=%FF"[..], b"a=\xFF", b"a=%C3", b"a=%00", b"a\0=1", b"a=%ED%A0%80"] {
            assert_eq!(Form::parse(bytes).unwrap_err(), FormError::NotUtf8, "{bytes:?}");
        }
    }

    #[test]
    fn size_and_number_are_limited() {
        let of_size = |n: usize| Form::parse(&vec![b'a'; n]).map(|form| form.iter().count());
        assert_eq!(of_size(MAX_BODY), Ok(1));
        assert_eq!(of_size(MAX_BODY + 1), Err(FormError::TooLarge));
        let of_number =
            |n: usize| Form::parse("a&&".repeat(n).as_bytes()).map(|form| form.iter().count());
        assert_eq!(of_number(MAX_PARAMETERS), Ok(MAX_PARAMETERS));
        assert_eq!(of_number(MAX_PARAMETERS + 1), Err(FormError::TooMany));
    }

    #[test]
    fn whoever_asks_about_a_token_may_hold_anything_that_is_text() {
        let token = format!("{}\0", "a".repeat(1 << 20));
        let body = write(&[("token", &token)]);
        assert_eq!(
            Form::parse_about_token(body.as_bytes()).unwrap().one("token"),
            Ok(Some(&*token))
        );
        assert_eq!(Form::parse(body.as_bytes()).unwrap_err(), FormError::TooLarge);
        assert_eq!(Form::parse_about_token(b"token=%FF").unwrap_err(), FormError::NotUtf8);
        let huge = vec![b'a'; MAX_BODY_ABOUT_TOKEN + 1];
        assert_eq!(Form::parse_about_token(&huge).unwrap_err(), FormError::TooLarge);
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        let shown = format!("{:?}", form("client_id=a&client_secret=s3cret"));
        assert_eq!(shown, r#"Form["client_id", "client_secret"]"#);
    }

    #[test]
    fn an_error_repeats_only_a_plain_name() {
        let said = |name: &str| FormError::Repeated(name.into()).to_string();
        assert_eq!(said("client_id"), "the parameter client_id is sent more than once");
        for name in ["", "<b>", "a\"b", "a\\b", "A", "ü", &"a".repeat(41)] {
            assert_eq!(said(name), "a parameter is sent more than once");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_alike(pairs in proptest::collection::vec(("[^\0]{1,8}", "[^\0]{0,8}"), 0..8)) {
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let form = Form::parse(write(&pairs).as_bytes()).unwrap();
            prop_assert_eq!(form.iter().collect::<Vec<_>>(), pairs);
        }
    }
}
