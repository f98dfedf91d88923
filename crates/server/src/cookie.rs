//! Reading and writing cookies: `__Host-` ones only, of which there is one or none.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// Longest value looked at; ours have 43 characters.
const LONGEST: usize = 128;

/// The value of a cookie, if it came once and could be ours. A cookie that came twice may have been
/// planted by a neighbour: neither is believed.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(sent, value)| (sent == name).then_some(value));
    let value = values.next()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let sound = (1..=LONGEST).contains(&value.len()) && value.bytes().all(plain);
    (sound && values.next().is_none()).then_some(value)
}

/// Sets a cookie until the browser is closed. `SameSite=None`, so that a silent renewal in a frame of
/// the application finds it; what a cookie allows, a sealed form field guards.
pub(crate) fn set(name: &str, value: &str) -> Option<HeaderValue> {
    written(name, value, "")
}

/// Takes a cookie away.
pub(crate) fn clear(name: &str) -> Option<HeaderValue> {
    written(name, "", "; Max-Age=0")
}

fn written(name: &str, value: &str, age: &str) -> Option<HeaderValue> {
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=None{age}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others_also_when_http_2_splits_them() {
        assert_eq!(read(&sent(&["a=1; __Host-s=abc-_9; b=2"]), "__Host-s"), Some("abc-_9"));
        assert_eq!(read(&sent(&["a=1", "__Host-s=abc"]), "__Host-s"), Some("abc"));
        assert_eq!(read(&sent(&["__host-s=abc; x__Host-s=1"]), "__Host-s"), None);
    }

    #[test]
    fn a_cookie_that_came_twice_is_too_long_or_odd_is_ignored() {
        let long: &'static str = Box::leak(format!("s={}", "a".repeat(8192)).into_boxed_str());
        for line in ["s=a; s=b", "s=a; s=a", "s=", "s=a\"b", "s=a b", long] {
            assert_eq!(read(&sent(&[line]), "s"), None, "{line}");
        }
        assert_eq!(read(&sent(&["s=a", "s=b"]), "s"), None);
    }

    #[test]
    fn a_cookie_is_set_for_this_host_alone_and_out_of_reach_of_scripts() {
        assert_eq!(
            set("__Host-s", "v").unwrap(),
            "__Host-s=v; Path=/; Secure; HttpOnly; SameSite=None"
        );
        assert_eq!(
            clear("__Host-s").unwrap(),
            "__Host-s=; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=0"
        );
    }
}
