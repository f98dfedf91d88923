//! Where the API is, seen from outside: what a proof's `htu` has to be (RFC 9449 §4.3).
//!
//! The host is one that was set up, never one that a request makes up: that could be written to fit. Where several were,
//! the request's own says which of them it is; its port counts where nothing else tells them apart, since proxies change it.

use super::Shown;
use crate::error::SetupError;
use http::header::HOST;
use http::uri::Authority;
use url::Url;

/// One place at least.
#[derive(Debug, Clone)]
pub(super) struct Outside(Vec<Url>);

impl Outside {
    pub(super) fn read(written: &str) -> Result<Self, SetupError> {
        Self(Vec::new()).and(written)
    }

    pub(super) fn and(mut self, written: &str) -> Result<Self, SetupError> {
        let bad = || SetupError::Url(written.to_owned());
        let url = Url::parse(written).map_err(|_| bad())?;
        let plain = url.query().is_none() && url.fragment().is_none() && !has_user(&url);
        if !plain || !matches!(url.scheme(), "https" | "http") {
            return Err(bad());
        }
        self.0.push(url);
        Ok(self)
    }

    /// Whether a proof is for this request. Query and fragment do not count; scheme, host, port and the
    /// spelling of characters do as RFC 3986 §6.2 has it.
    pub(super) fn is_at(&self, htu: &str, shown: Shown<'_>) -> bool {
        let Ok(htu) = Url::parse(htu) else { return false };
        let mut asked = self.asked(shown).into_iter();
        !has_user(&htu) && asked.any(|base| leads(&htu, base, shown.uri.path()))
    }

    /// The places that a request can mean: the only one there is, or those of the host that it names, and of these, if
    /// their ports differ, those of its port.
    fn asked(&self, shown: Shown<'_>) -> Vec<&Url> {
        if let [only] = &self.0[..] {
            return vec![only];
        }
        let Some(named) = authority(shown) else { return Vec::new() };
        let has_host =
            |base: &&Url| base.host_str().is_some_and(|it| it.eq_ignore_ascii_case(named.host()));
        let mut here: Vec<&Url> = self.0.iter().filter(has_host).collect();
        let mut ports = here.iter().map(|base| base.port_or_known_default());
        let first = ports.next();
        if ports.any(|port| Some(port) != first) {
            here.retain(|base| base.port_or_known_default() == Some(port(&named, base)));
        }
        here
    }
}

/// The host that a request names, with its port if it names one.
fn authority(shown: Shown<'_>) -> Option<Authority> {
    if let Some(authority) = shown.uri.authority() {
        return Some(authority.clone());
    }
    let mut hosts = shown.headers.get_all(HOST).iter();
    let only = hosts.next().filter(|_| hosts.next().is_none())?;
    Authority::try_from(only.as_bytes()).ok()
}

/// The port that a request names, or means by naming none: that of the scheme (RFC 3986 §6.2.3).
fn port(named: &Authority, base: &Url) -> u16 {
    named.port_u16().unwrap_or(if base.scheme() == "https" { 443 } else { 80 })
}

/// Whether a URL leads to this path under that base.
fn leads(url: &Url, base: &Url, path: &str) -> bool {
    let mut here = base.clone();
    here.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.origin() == here.origin() && plainly_spelled(url.path()) == plainly_spelled(here.path())
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
    use http::{HeaderValue, Method};

    fn is_at(outside: &Outside, htu: &str, (uri, hosts): (&str, &[&'static str])) -> bool {
        let line = |host: &&'static str| (HOST, HeaderValue::from_static(host));
        let (uri, headers) = (uri.parse().unwrap(), hosts.iter().map(line).collect());
        outside.is_at(htu, Shown { method: &Method::GET, uri: &uri, headers: &headers })
    }

    #[test]
    fn dp_03_what_counts_of_a_url_is_where_it_leads() {
        let outside = Outside::read("https://data.example/v1/").unwrap();
        let is_at = |htu: &str| is_at(&outside, htu, ("/rows/~a%2fb", &["any.example"]));
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
        let outside = Outside::read("https://data.example").unwrap();
        assert!(is_at(&outside, "https://data.example/", ("/", &[])));
        for url in ["data.example", "api://data", "https://a@data.example", "https://a.example/?b"]
        {
            assert!(matches!(Outside::read(url), Err(SetupError::Url(_))), "{url}");
        }
    }

    #[test]
    fn dp_03_of_several_places_a_request_names_the_one_that_its_proof_is_for() {
        let outside = Outside::read("https://data.example").unwrap();
        let outside = outside.and("https://mail.example:8443/v1").unwrap();
        let (data, mail) = ("https://data.example/rows", "https://mail.example:8443/v1/rows");
        for (asked, one, other) in [
            (("/rows", &["data.example"][..]), data, mail),
            (("/rows", &["Data.Example:80"]), data, mail),
            (("https://data.example/rows", &["mail.example"]), data, mail),
            (("/rows", &["mail.example"]), mail, data),
        ] {
            assert!(is_at(&outside, one, asked) && !is_at(&outside, other, asked), "{asked:?}");
        }
        for hosts in
            [&[][..], &["evil.example"], &["data.example", "data.example"], &["u@data.example/"]]
        {
            for htu in [data, mail, "https://evil.example/rows"] {
                assert!(!is_at(&outside, htu, ("/rows", hosts)), "{htu} at {hosts:?}");
            }
        }
        assert!(outside.and("mail.example").is_err());
    }

    #[test]
    fn dp_03_of_several_places_on_one_host_its_port_says_which_a_proof_is_for() {
        let (usual, other) = ("https://data.example/rows", "https://data.example:8443/rows");
        let (plain, mail) = ("http://data.example/rows", "https://mail.example:9443/rows");
        let origins = ["https://data.example:443", "https://data.example:8443"];
        let more = ["http://data.example", "https://mail.example:9443"];
        let outside = Outside::read(origins[0]).unwrap().and(origins[1]).unwrap();
        let outside = outside.and(more[0]).unwrap().and(more[1]).unwrap();
        for (host, for_it) in [
            ("data.example", &[usual, plain][..]),
            ("Data.Example:443", &[usual]),
            ("data.example:8443", &[other]),
            ("data.example:80", &[plain]),
            ("data.example:9443", &[]),
            // A port that no other place of its host has may be lost on the way.
            ("mail.example", &[mail]),
            ("mail.example:443", &[mail]),
        ] {
            let asked = (format!("https://{host}/rows"), &[][..]);
            for htu in [usual, other, plain, mail] {
                let is_at = is_at(&outside, htu, (&asked.0, asked.1));
                assert_eq!(is_at, for_it.contains(&htu), "{htu} at {host}");
            }
        }
        let same = Outside::read("https://data.example/v1").unwrap();
        let same = same.and("https://data.example/v2").unwrap();
        let there = ("/rows", &["data.example:8080"][..]);
        assert!(is_at(&same, "https://data.example/v2/rows", there));
    }
}
