//! Who may ask at all: somebody on this machine, who is no page in a browser, and knows the token of the API.

use crate::config::{ApiConfig, Secret};
use crate::errors::{Code, Fault};
use http::uri::Authority;
use http::{HeaderName, Request, header};
use std::net::IpAddr;
use stead_proto::secret::ClientSecret;

/// Where the token of the API stands: no page in a browser sends it without being asked whether it may.
const SHOWN: HeaderName = HeaderName::from_static("x-stead-api-token");

/// How the API is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// Over loopback, by whoever is on the machine.
    Loopback,
    /// Over a socket, by whoever its file's permissions let.
    Socket,
}

/// Lets a request in, or not.
pub(super) fn permit<B>(api: &ApiConfig, over: Over, request: &Request<B>) -> Result<(), Fault> {
    if over == Over::Loopback && !is_local(request) {
        return Err(Code::NotLocal.into());
    }
    if shows(api.token.as_ref(), over, request) { Ok(()) } else { Err(Code::ApiToken.into()) }
}

/// A name that somebody made lead here (DNS rebinding) is not ours, and pages say where they are from.
fn is_local<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let mut hosts = headers.get_all(header::HOST).iter();
    let named = match (request.uri().authority(), hosts.next(), hosts.next()) {
        (Some(target), None, _) => Some(target.clone()),
        (None, Some(host), None) => Authority::try_from(host.as_bytes()).ok(),
        (Some(target), Some(host), None) => {
            Some(target.clone()).filter(|target| target.as_str().as_bytes() == host.as_bytes())
        }
        _ => None,
    };
    let from_a_page = headers.contains_key(header::ORIGIN);
    !from_a_page && named.is_some_and(|named| names_this_machine(&named))
}

fn names_this_machine(named: &Authority) -> bool {
    let host = named.host().trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    !named.as_str().contains('@') && (is_loopback || host.eq_ignore_ascii_case("localhost"))
}

/// On loopback nobody is answered for want of a token to compare with. Two are compared by their hashes.
fn shows<B>(wanted: Option<&Secret>, over: Over, request: &Request<B>) -> bool {
    let Some(wanted) = wanted else { return over == Over::Socket };
    let mut shown = request.headers().get_all(SHOWN).iter();
    let only = shown.next().filter(|_| shown.next().is_none());
    only.and_then(|it| it.to_str().ok()).is_some_and(|it| Secret(ClientSecret::new(it)) == *wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, OwnTokens};
    use std::collections::BTreeMap;

    fn api(token: Option<&str>) -> ApiConfig {
        ApiConfig {
            token: token.map(|token| Secret(ClientSecret::new(token))),
            own_tokens: OwnTokens::Refused,
            overrides: Overrides::Refused,
            identity_providers: BTreeMap::new(),
            downstream: Vec::new(),
        }
    }

    fn asked(token: Option<&str>, over: Over, lines: &[(&str, &str)]) -> Result<(), Code> {
        let request = Request::post("/token");
        let request = lines.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        permit(&api(token), over, &request.body(()).unwrap()).map_err(|fault| fault.code)
    }

    #[test]
    fn on_loopback_only_the_machines_own_names_lead_here() {
        let token = ("x-stead-api-token", "t");
        for host in ["localhost", "LOCALHOST:7164", "127.0.0.1:1", "127.1.2.3", "[::1]:7164"] {
            let asked = asked(Some("t"), Over::Loopback, &[("host", host), token]);
            assert_eq!(asked, Ok(()), "{host}");
        }
        for host in ["rebound.example:7164", "localhost.example", "10.0.0.1", "a@localhost", ""] {
            let asked = asked(Some("t"), Over::Loopback, &[("host", host), token]);
            assert_eq!(asked, Err(Code::NotLocal), "{host}");
        }
        let local = ("host", "localhost");
        for lines in [&[token][..], &[local, local, token], &[local, ("origin", "null"), token]] {
            assert_eq!(asked(Some("t"), Over::Loopback, lines), Err(Code::NotLocal), "{lines:?}");
        }
    }

    #[test]
    fn the_token_is_shown_once_and_whole() {
        let (local, right) = (("host", "localhost"), ("x-stead-api-token", "t"));
        for over in [Over::Loopback, Over::Socket] {
            assert_eq!(asked(Some("t"), over, &[local, right]), Ok(()));
            for wrong in
                [&[local][..], &[local, ("x-stead-api-token", "T")], &[local, right, right]]
            {
                assert_eq!(asked(Some("t"), over, wrong), Err(Code::ApiToken), "{wrong:?}");
            }
        }
        assert_eq!(asked(None, Over::Loopback, &[local]), Err(Code::ApiToken));
        assert_eq!(asked(None, Over::Socket, &[]), Ok(()));
    }
}
