//! Which redirect URIs are the client's: byte by byte, but for the port of a loopback (RFC 8252 §7.3).

use crate::denied::Denied;
use crate::model::application::Kind;
use url::Url;

/// Where a native application listens on its own device.
const LOOPBACKS: [&str; 3] = ["http://127.0.0.1", "http://[::1]", LOCALHOST];
/// Where a page under development is served.
const LOCALHOST: &str = "http://localhost";

/// The URI to answer at. It may be left out when exactly one is registered.
pub(super) fn resolve(
    kind: Kind,
    registered: &[String],
    asked: Option<&str>,
) -> Result<String, Denied> {
    let Some(asked) = asked else {
        return match registered {
            [only] => Ok(only.clone()),
            _ => Err(Denied::RedirectUriUnknown),
        };
    };
    let fits = |own: &String| own == asked || differs_in_port_alone(kind, own, asked);
    registered.iter().any(fits).then(|| asked.to_owned()).ok_or(Denied::RedirectUriUnknown)
}

/// Whether a page at this origin holds a redirect URI of a single-page application.
pub(crate) fn has_page_at(registered: &[String], origin: &str) -> bool {
    let at_localhost = Loopback::read(origin)
        .is_some_and(|asked| asked.host == LOCALHOST && asked.rest.is_empty());
    registered.iter().any(|uri| {
        let own = Url::parse(uri).map(|url| url.origin());
        own.is_ok_and(|own| own.is_tuple() && own.ascii_serialization() == origin)
            || (at_localhost && Loopback::read(uri).is_some_and(|own| own.leaves_the_port_open()))
    })
}

/// A native application gets its port from the system when it starts. A page under development is
/// served at some port of `localhost`, which the registration may leave open.
fn differs_in_port_alone(kind: Kind, registered: &str, asked: &str) -> bool {
    let (Some(registered), Some(asked)) = (Loopback::read(registered), Loopback::read(asked))
    else {
        return false;
    };
    let open = match kind {
        Kind::Native => true,
        Kind::Spa => registered.leaves_the_port_open(),
        Kind::Web | Kind::WebApi | Kind::Agent | Kind::Service => false,
    };
    open && registered.host == asked.host && registered.rest == asked.rest
}

/// A loopback URI taken apart, without any reading that could make two different URIs one.
struct Loopback<'a> {
    host: &'static str,
    port: Option<u16>,
    rest: &'a str,
}

impl<'a> Loopback<'a> {
    /// Whether a page registered so may be served at any port.
    fn leaves_the_port_open(&self) -> bool {
        self.host == LOCALHOST && self.port.is_none()
    }

    fn read(uri: &'a str) -> Option<Self> {
        let (host, rest) =
            LOOPBACKS.iter().find_map(|host| uri.strip_prefix(host).map(|rest| (*host, rest)))?;
        let Some(after) = rest.strip_prefix(':') else {
            let ended = rest.is_empty() || rest.starts_with(['/', '?']);
            return ended.then_some(Self { host, port: None, rest });
        };
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (port, rest) = after.split_at_checked(end)?;
        let port = port.parse().ok().filter(|port| *port > 0)?;
        Some(Self { host, port: Some(port), rest })
    }
}

/// The host to show a user, or the scheme where there is no host.
pub(super) fn host(uri: &str) -> String {
    let Ok(url) = Url::parse(uri) else { return uri.to_owned() };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => url.scheme().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Client(Kind, Vec<String>);

    fn client(kind: Kind, redirect_uris: &[&str]) -> Client {
        Client(kind, redirect_uris.iter().map(|uri| (*uri).to_owned()).collect())
    }

    fn resolve(client: &Client, asked: Option<&str>) -> Result<String, Denied> {
        super::resolve(client.0, &client.1, asked)
    }

    fn accepts(client: &Client, asked: &str) -> bool {
        resolve(client, Some(asked)) == Ok(asked.to_owned())
    }

    #[test]
    fn only_the_very_bytes_are_the_clients() {
        let web = client(Kind::Web, &["https://app.example/cb"]);
        assert!(accepts(&web, "https://app.example/cb"));
        for other in [
            "https://app.example/cb/",
            "https://app.example/CB",
            "https://APP.example/cb",
            "https://app.example/cb?x=1",
            "https://app.example/%63b",
            "https://app.example/cb#f",
            "https://app.example:443/cb",
            "https://app.example@evil.example/cb",
            "https://app.example/x/../cb",
            "https://app.example\\cb",
            "http://app.example/cb",
            "",
        ] {
            assert_eq!(resolve(&web, Some(other)), Err(Denied::RedirectUriUnknown), "{other}");
        }
    }

    #[test]
    fn a_uri_left_out_is_the_only_one_registered() {
        let one = client(Kind::Web, &["https://app.example/cb"]);
        assert_eq!(resolve(&one, None), Ok("https://app.example/cb".into()));
        for several in [&["https://a.example", "https://b.example"][..], &[]] {
            let client = client(Kind::Web, several);
            assert_eq!(resolve(&client, None), Err(Denied::RedirectUriUnknown));
        }
    }

    #[test]
    fn a_native_application_may_listen_at_any_port_of_its_loopback() {
        for host in LOOPBACKS {
            let native = client(Kind::Native, &[&format!("{host}/cb")]);
            assert!(accepts(&native, &format!("{host}:51004/cb")), "{host}");
            assert!(accepts(&native, &format!("{host}/cb")), "{host}");
            for rest in
                [":51004/other", ":51004", ":/cb", ":0/cb", ":65536/cb", ":80@evil/cb", ".evil/cb"]
            {
                assert!(!accepts(&native, &format!("{host}{rest}")), "{host}{rest}");
            }
        }
        let native = client(Kind::Native, &["http://127.0.0.1/cb"]);
        assert!(!accepts(&native, "http://localhost:51004/cb"));
        assert!(!accepts(&native, "https://127.0.0.1:51004/cb"));
    }

    #[test]
    fn a_page_may_be_served_at_any_port_of_localhost_that_its_registration_leaves_open() {
        let open = client(Kind::Spa, &["http://localhost"]);
        assert!(accepts(&open, "http://localhost:3000"));
        let fixed = client(Kind::Spa, &["http://localhost:3000/"]);
        assert!(accepts(&fixed, "http://localhost:3000/"));
        assert!(!accepts(&fixed, "http://localhost:4000/"));
        assert!(!accepts(&client(Kind::Spa, &["http://127.0.0.1"]), "http://127.0.0.1:3000"));
    }

    #[test]
    fn a_page_is_the_applications_where_one_of_its_redirect_uris_is() {
        let own = ["https://app.example/cb", "http://localhost/cb", "com.example.app:/cb"];
        let own = own.map(str::to_owned);
        for origin in ["https://app.example", "http://localhost", "http://localhost:3000"] {
            assert!(has_page_at(&own, origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "https://app.example/",
            "https://app.example:444",
            "http://app.example",
            "https://localhost:3000",
            "http://localhost:3000/cb",
            "http://127.0.0.1:3000",
            "https://app.example.evil",
        ] {
            assert!(!has_page_at(&own, origin), "{origin}");
        }
        assert!(!has_page_at(&["http://localhost:3000/".to_owned()], "http://localhost:4000"));
    }

    #[test]
    fn an_application_that_keeps_a_secret_has_one_port() {
        let web = client(Kind::Web, &["http://localhost/cb"]);
        assert!(
            accepts(&web, "http://localhost/cb") && !accepts(&web, "http://localhost:51004/cb")
        );
    }

    #[test]
    fn a_scheme_of_ones_own_is_matched_exactly() {
        let native = client(Kind::Native, &["com.example.app:/cb"]);
        assert!(accepts(&native, "com.example.app:/cb"));
        assert!(
            !accepts(&native, "com.example.app://cb") && !accepts(&native, "com.example.App:/cb")
        );
    }

    #[test]
    fn the_user_is_shown_the_host_or_the_scheme() {
        assert_eq!(host("https://app.example/cb"), "app.example");
        assert_eq!(host("http://localhost:3000/cb"), "localhost:3000");
        assert_eq!(host("com.example.app:/cb"), "com.example.app");
    }
}
