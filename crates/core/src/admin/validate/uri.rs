//! Where users may be sent back to (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1.3).

use url::{Host, Url};

/// Longest URI taken, in bytes.
const MAX_URI: usize = 2048;

/// What is wrong with a redirect URI, if anything is. It is compared byte by byte later, so nothing is
/// put right here.
pub(super) fn redirect_problem(text: &str) -> Option<&'static str> {
    if text.len() > MAX_URI
        || text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Some("it is too long or holds a space, a control character or a backslash");
    }
    if text.contains('*') {
        return Some("it holds a wildcard: write each redirect URI out");
    }
    let Ok(uri) = Url::parse(text) else {
        return Some("it is no absolute URI");
    };
    if uri.fragment().is_some() {
        return Some("it has a fragment");
    }
    if !uri.username().is_empty() || uri.password().is_some() {
        return Some("it holds a user name or a password");
    }
    scheme_problem(&uri)
}

fn scheme_problem(uri: &Url) -> Option<&'static str> {
    match uri.scheme() {
        "https" if uri.host().is_some() => None,
        "http" if is_loopback(uri) => None,
        "http" => {
            Some("http is for this very machine only (localhost, 127.0.0.1, [::1]): use https")
        }
        private if private.contains('.') => None,
        _ => Some(
            "its scheme is neither https, nor http to this machine, nor a private one with a dot",
        ),
    }
}

fn is_loopback(uri: &Url) -> bool {
    match uri.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether it is an https URL without query and fragment, as an issuer is (RFC 8414 §2).
pub(super) fn is_https(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https" && url.query().is_none() && url.fragment().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_loopback_and_private_schemes_with_a_dot_are_taken() {
        for uri in [
            "https://app.example/cb",
            "https://app.example/cb?tenant=1",
            "http://localhost:3000/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:8080/cb",
            "com.example.app:/cb",
        ] {
            assert_eq!(redirect_problem(uri), None, "{uri}");
        }
    }

    #[test]
    fn whatever_could_lead_elsewhere_is_refused() {
        for uri in [
            "/cb",
            "app.example/cb",
            "http://app.example/cb",
            "http://localhost.evil.example/cb",
            "https://*.example/cb",
            "https://app.example/cb#x",
            "https://app.example/cb#",
            "https://user@app.example/cb",
            "https://:pw@app.example/cb",
            "https://app.example\\@evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/cb",
            "urn:ietf:wg:oauth:2.0:oob",
            " https://app.example/cb",
        ] {
            assert!(redirect_problem(uri).is_some(), "{uri}");
        }
        assert!(redirect_problem(&format!("https://a.example/{}", "x".repeat(2048))).is_some());
    }
}
