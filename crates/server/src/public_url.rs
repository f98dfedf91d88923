//! The one base of every URL that is published.

use crate::start_error::StartError;
use std::fmt;
use std::net::SocketAddr;
use url::Url;

/// `https://host` or `https://host:port`, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl {
    written: String,
    host: String,
}

impl PublicUrl {
    /// The host, as it stands in a certificate.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Checks the configured URL; a port 0 in it stands for the port that was bound.
pub(crate) fn resolved(configured: &str, bound: SocketAddr) -> Result<PublicUrl, StartError> {
    let bad = || StartError::PublicUrl(configured.to_owned());
    let written = match configured.strip_suffix(":0") {
        Some(host) => format!("{host}:{}", bound.port()),
        None => configured.trim_end_matches('/').to_owned(),
    };
    let url = Url::parse(&written).map_err(|_| bad())?;
    let host = url.host_str().ok_or_else(bad)?.trim_matches(['[', ']']).to_owned();
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let nobody = url.username().is_empty() && url.password().is_none();
    // As a browser writes it, so that issuers compare byte by byte.
    let same = url.origin().ascii_serialization() == written;
    if url.scheme() == "https" && bare && nobody && same {
        Ok(PublicUrl { written, host })
    } else {
        Err(bad())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        let bound = SocketAddr::from(([127, 0, 0, 1], 4711));
        resolved(text, bound).ok().map(|url| (url.to_string(), url.host().to_owned()))
    }

    #[test]
    fn a_base_url_is_https_and_has_no_path() {
        let own = |url: &str, host: &str| Some((url.to_owned(), host.to_owned()));
        assert_eq!(read("https://id.example.com"), own("https://id.example.com", "id.example.com"));
        assert_eq!(read("https://localhost:8443/"), own("https://localhost:8443", "localhost"));
        assert_eq!(read("https://localhost:0"), own("https://localhost:4711", "localhost"));
        assert_eq!(read("https://[::1]:8443"), own("https://[::1]:8443", "::1"));
        for text in [
            "http://id.example",
            "https://id.example/x",
            "https://u@id.example",
            "id.example",
            "https://ID.example",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
