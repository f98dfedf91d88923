//! Where the API is, seen from outside: what a proof's `htu` has to be (RFC 9449 §4.3).
//!
//! The host is the one that was set up, never the one that a request names: that could be written to fit.

use crate::error::SetupError;
use url::Url;

#[derive(Debug, Clone)]
pub(super) struct Outside(Url);

impl Outside {
    pub(super) fn read(written: &str) -> Result<Self, SetupError> {
        let bad = || SetupError::Url(written.to_owned());
        let url = Url::parse(written).map_err(|_| bad())?;
        let plain = url.query().is_none() && url.fragment().is_none() && !has_user(&url);
        let sound = plain && matches!(url.scheme(), "https" | "http");
        if sound { Ok(Self(url)) } else { Err(bad()) }
    }

    /// Whether a proof is for this path here. Query and fragment do not count; scheme, host, port and the
    /// spelling of characters do as RFC 3986 §6.2 has it.
    pub(super) fn is_at(&self, htu: &str, path: &str) -> bool {
        let Ok(htu) = Url::parse(htu) else { return false };
        let mut here = self.0.clone();
        here.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        !has_user(&htu)
            && htu.origin() == here.origin()
            && plainly_spelled(htu.path()) == plainly_spelled(here.path())
    }
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// With no character escaped that need not be, and the other escapes in capitals.
fn plainly_spelled(path: &str) -> String {
    let mut parts = path.split('%');
    let mut spelled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at_checked(2).unwrap_or(("", part));
        match u8::from_str_radix(escape, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                spelled.push(char::from(byte));
            }
            _ => {
                spelled.push('%');
                spelled.push_str(&escape.to_ascii_uppercase());
            }
        }
        spelled.push_str(rest);
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dp_03_what_counts_of_a_url_is_where_it_leads() {
        let outside = Outside::read("https://data.example/v1/").unwrap();
        let is_at = |htu: &str| outside.is_at(htu, "/rows/~a%2fb");
        for htu in [
            "https://data.example/v1/rows/~a%2fb",
            "HTTPS://DATA.example:443/v1/rows/%7Ea%2Fb",
            "https://data.example/v1/rows/~a%2fb?page=2#top",
        ] {
            assert!(is_at(htu), "{htu}");
        }
        for htu in [
            "",
            "/v1/rows/~a%2fb",
            "http://data.example/v1/rows/~a%2fb",
            "https://data.example:8443/v1/rows/~a%2fb",
            "https://data.example.evil.example/v1/rows/~a%2fb",
            "https://mallory@data.example/v1/rows/~a%2fb",
            "https://data.example/rows/~a%2fb",
            "https://data.example/v1/rows/~a/b",
            "https://data.example/v1/rows/~a%2fb/",
            "https://data.example/v1/ROWS/~a%2fb",
        ] {
            assert!(!is_at(htu), "{htu}");
        }
    }

    #[test]
    fn an_api_is_reached_under_a_url_without_a_query() {
        assert!(Outside::read("https://data.example").unwrap().is_at("https://data.example/", "/"));
        for url in ["data.example", "api://data", "https://a@data.example", "https://a.example/?b"]
        {
            assert!(matches!(Outside::read(url), Err(SetupError::Url(_))), "{url}");
        }
    }
}
