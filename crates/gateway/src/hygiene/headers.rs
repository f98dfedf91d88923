//! Headers that only we may set, and headers that go no further than one hop.
//!
//! Programs read `X-User-Id`, `x_user_id` and `X.User.Id` as one, some `X!User!Id` too (all of them `HTTP_X_USER_ID` in CGI),
//! so that a name is compared with everything alike that is neither a letter nor a digit.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What says who somebody is, where a request came from, or what it really asks for. A `*` ends a pattern.
const OURS: &[&str] = &[
    "authorization",
    "cf-access-*",
    "cf-connecting-ip*",
    "client-cert*",
    "client-ip",
    "dpop",
    "fastly-client-ip",
    "forwarded",
    "oidc-*",
    "proxy-authorization",
    "remote-*",
    "shib-*",
    "ssl-client-*",
    "true-client-ip",
    "x-access-token",
    "x-amzn-oidc-*",
    "x-api-user*",
    "x-appengine-*",
    "x-auth-*",
    "x-authenticated-*",
    "x-authentik-*",
    "x-authorization*",
    "x-azure-*",
    "x-client-*",
    "x-cluster-client-ip",
    "x-consumer-*",
    "x-credential-*",
    "x-email",
    "x-endpoint-api-userinfo",
    "x-envoy-*",
    "x-forwarded*",
    "x-goog-*",
    "x-group",
    "x-groups",
    "x-host",
    "x-http-host-override",
    "x-http-method*",
    "x-id-token",
    "x-identity*",
    "x-jwt",
    "x-jwt-*",
    "x-method-override",
    "x-ms-client-principal*",
    "x-ms-token-*",
    "x-obo-*",
    "x-oidc-*",
    "x-original-*",
    "x-pomerium-*",
    "x-principal*",
    "x-proxy-user*",
    "x-real-ip",
    "x-remote-*",
    "x-rewrite-*",
    "x-role",
    "x-roles",
    "x-ssl-*",
    "x-stead-*",
    "x-subject*",
    "x-token*",
    "x-user*",
    "x-vouch-*",
    "x-webauth-*",
];

/// What is between two neighbours only (RFC 9110 §7.6.1). So is `Expect`, which we meet ourselves: nobody behind us is to
/// guess whether the body still comes.
const ONE_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What `Connection` may say. Anything else would name a header for us to lose.
const SAID_OF_CONNECTIONS: [&str; 4] = ["close", "keep-alive", "te", "upgrade"];

/// Headers to be taken out of every request: patterns, by the first character of what they fit. A clone shares them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strip(Arc<BTreeMap<u8, Vec<Pattern>>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    start: String,
    rest: Rest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Nothing,
    Anything,
}

/// A pattern that is no header's name, with or without a `*` at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no header is called so")]
pub struct BadPattern;

impl Strip {
    /// What is always taken out, and these besides.
    pub fn and<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, BadPattern> {
        let mut all: BTreeMap<u8, Vec<Pattern>> = BTreeMap::new();
        for written in OURS.iter().copied().chain(patterns) {
            let pattern = Pattern::parse(written)?;
            all.entry(initial(&pattern.start)).or_default().push(pattern);
        }
        Ok(Self(Arc::new(all)))
    }

    /// Takes out what only we may say and what was for us alone.
    pub fn clean(&self, headers: &mut HeaderMap) {
        let unwanted = |name: &&HeaderName| is_of_one_hop(name) || self.takes(name.as_str());
        let names: Vec<HeaderName> = headers.keys().filter(unwanted).cloned().collect();
        for name in names {
            headers.remove(name);
        }
    }

    /// Whether a header of this name is taken out.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        let alike = self.0.get(&initial(name));
        alike.is_some_and(|alike| alike.iter().any(|pattern| pattern.fits(name)))
    }
}

impl Pattern {
    fn parse(written: &str) -> Result<Self, BadPattern> {
        let (start, rest) = match written.strip_suffix('*') {
            Some(start) => (start, Rest::Anything),
            None => (written, Rest::Nothing),
        };
        if start.contains('*') || HeaderName::from_bytes(start.as_bytes()).is_err() {
            return Err(BadPattern);
        }
        let start = start.bytes().map(|byte| char::from(alike(byte))).collect();
        Ok(Self { start, rest })
    }

    fn fits(&self, name: &str) -> bool {
        let fitting = name.len() == self.start.len()
            || (self.rest == Rest::Anything && name.len() > self.start.len());
        fitting && name.bytes().map(alike).zip(self.start.bytes()).all(|(a, b)| a == b)
    }
}

/// How a name begins; no name is empty.
fn initial(name: &str) -> u8 {
    name.bytes().next().map_or(b'-', alike)
}

/// The same for all ways to write a character of a name.
fn alike(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
}

fn is_of_one_hop(name: &HeaderName) -> bool {
    ONE_HOP.contains(name)
}

/// Takes out of an answer what was between the upstream and us: most often nothing.
pub fn clean_answer(headers: &mut HeaderMap) {
    if !headers.keys().any(is_of_one_hop) {
        return;
    }
    let named: Vec<HeaderName> = values(headers, &header::CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok())
        .filter(|name| *name != header::WWW_AUTHENTICATE)
        .collect();
    for name in named.iter().chain(&ONE_HOP) {
        headers.remove(name);
    }
}

/// Whether `Connection` names only what is between neighbours anyway.
#[must_use]
pub fn connection_is_plain(headers: &HeaderMap) -> bool {
    let known = |word: &str| SAID_OF_CONNECTIONS.iter().any(|said| word.eq_ignore_ascii_case(said));
    let plain = |line: &str| line.split(',').map(str::trim).all(|it| it.is_empty() || known(it));
    headers.get_all(header::CONNECTION).iter().all(|value| value.to_str().is_ok_and(plain))
}

/// Whether the other side takes trailers.
#[must_use]
pub fn takes_trailers(headers: &HeaderMap) -> bool {
    values(headers, &header::TE).any(|word| word.eq_ignore_ascii_case("trailers"))
}

/// HTTP/2 may split cookies (RFC 9113 §8.2.3); HTTP/1.1 has one header of them.
pub fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(header::COOKIE).iter().nth(1).is_none() {
        return;
    }
    let all: Vec<&[u8]> =
        headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&all.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

/// The words of a header that is a list.
fn values<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(value))
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn a_name_is_taken_out_however_it_is_spelled_and_however_often() {
        let strip = Strip::and(["x-tenant*", "cookie"]).unwrap();
        let mut sent = headers(&[
            ("X-User", "a"),
            ("x_user_id", "a"),
            ("x.user.id", "a"),
            ("x!user", "a"),
            ("X-Forwarded-User", "a"),
            ("x-forwarded-for", "a"),
            ("x-forwarded-for", "b"),
            ("Forwarded", "for=a"),
            ("X-Original-URL", "/admin"),
            ("x-rewrite-url", "/admin"),
            ("X-Envoy-Peer", "a"),
            ("x-obo-user", "a"),
            ("authorization", "Bearer a"),
            ("Cookie", "a=b"),
            ("x_tenant", "t"),
            ("x-tenant-id", "t"),
            ("accept", "*/*"),
            ("x-request-id", "r-1"),
            ("x-use", "stays"),
        ]);
        strip.clean(&mut sent);
        let kept = [("accept", "*/*"), ("x-request-id", "r-1"), ("x-use", "stays")];
        assert_eq!(sent, headers(&kept));
    }

    #[test]
    fn what_is_between_neighbours_goes_no_further() {
        let mut sent = headers(&[
            ("connection", "keep-alive"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("expect", "100-continue"),
            ("upgrade", "x"),
            ("accept", "*/*"),
        ]);
        assert!(takes_trailers(&sent));
        Strip::default().clean(&mut sent);
        assert_eq!(sent, headers(&[("accept", "*/*")]));
        let mut answer = headers(&[("connection", "x-secret"), ("x-secret", "a"), ("etag", "e")]);
        clean_answer(&mut answer);
        assert_eq!(answer, headers(&[("etag", "e")]));
    }

    #[test]
    fn a_connection_header_cannot_name_one_of_ours() {
        for plain in ["close", "Keep-Alive", "Upgrade, keep-alive", ""] {
            assert!(connection_is_plain(&headers(&[("connection", plain)])), "{plain}");
        }
        for other in ["X-Obo-User", "close, authorization", "HTTP2-Settings, Upgrade"] {
            assert!(!connection_is_plain(&headers(&[("connection", other)])), "{other}");
        }
    }

    #[test]
    fn split_cookies_become_one_header() {
        let mut split = headers(&[("cookie", "a=1"), ("cookie", "b=2")]);
        join_cookies(&mut split);
        assert_eq!(split, headers(&[("cookie", "a=1; b=2")]));
    }

    #[test]
    fn a_pattern_is_a_headers_name() {
        assert!(Strip::and(["x-tenant-*"]).is_ok());
        for bad in ["", "*", "x tenant", "x:y", "x*y*"] {
            assert_eq!(Strip::and([bad]), Err(BadPattern), "{bad}");
        }
    }
}
