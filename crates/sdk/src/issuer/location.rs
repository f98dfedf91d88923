//! Issuer → discovery document, and back (RFC 8414 §3, OpenID Connect Discovery §4).

use crate::error::{ProviderError, SetupError};
use crate::transport::Transport;
use stead_proto::id::Issuer;
use url::Url;

/// The well-known paths of the two kinds of document.
const WELL_KNOWN: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// An issuer and where it says who it is.
#[derive(Debug)]
pub(super) struct Location {
    /// The issuer, exactly as its document has to repeat it.
    pub(super) issuer: Issuer,
    /// The same as a URL: the endpoints have to be on its host.
    pub(super) home: Url,
    /// The discovery document.
    pub(super) document: Url,
    /// Where it is otherwise, for an issuer that does no OpenID Connect (RFC 8414 §3.1).
    pub(super) otherwise: Option<Url>,
}

impl Location {
    /// Reads an issuer, or the URL of its discovery document with the path before or behind.
    pub(super) fn read(written: &str, transport: &Transport) -> Result<Self, SetupError> {
        let said = WELL_KNOWN.iter().find_map(|mark| written.split_once(mark));
        let issuer =
            said.map_or(written.to_owned(), |(before, behind)| format!("{before}{behind}"));
        let home = transport.admit(&issuer)?;
        if home.query().is_some() {
            let problem = format!("an issuer has no query: {issuer}");
            return Err(ProviderError::Untrustworthy(problem).into());
        }
        let (document, otherwise) = match said {
            Some(_) => (written.to_owned(), None),
            None => (document_of(written), Some(other_document_of(&home))),
        };
        let document = transport.admit(&document)?;
        Ok(Self { document, otherwise, home, issuer: Issuer::parse(issuer)? })
    }
}

fn document_of(issuer: &str) -> String {
    let [openid, _] = WELL_KNOWN;
    format!("{}{openid}", issuer.trim_end_matches('/'))
}

/// The mark stands between host and path (RFC 8414 §3.1).
fn other_document_of(issuer: &Url) -> Url {
    let [_, oauth] = WELL_KNOWN;
    let mut document = issuer.clone();
    document.set_path(&format!("{oauth}{}", issuer.path().trim_end_matches('/')));
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str) -> (String, String) {
        let transport = Transport::builder().build().unwrap();
        let location = Location::read(written, &transport).unwrap();
        (location.issuer.to_string(), location.document.to_string())
    }

    #[test]
    fn an_issuer_and_its_documents_mean_the_same_issuer() {
        let issuer = "https://id.example/acme/v2.0";
        let behind = "https://id.example/acme/v2.0/.well-known/openid-configuration";
        assert_eq!(read(issuer), (issuer.into(), behind.into()));
        assert_eq!(read(behind), (issuer.into(), behind.into()));
        for before in [
            "https://id.example/.well-known/openid-configuration/acme/v2.0",
            "https://id.example/.well-known/oauth-authorization-server/acme/v2.0",
        ] {
            assert_eq!(read(before), (issuer.into(), before.into()));
        }
    }

    #[test]
    fn a_final_slash_belongs_to_the_name_but_not_to_the_path() {
        assert_eq!(
            read("https://id.example/"),
            (
                "https://id.example/".into(),
                "https://id.example/.well-known/openid-configuration".into()
            )
        );
    }

    #[test]
    fn an_issuer_has_a_second_place_and_a_document_that_was_named_has_none() {
        let transport = Transport::builder().build().unwrap();
        let otherwise = |written: &str| {
            Location::read(written, &transport).unwrap().otherwise.map(String::from)
        };
        let mark = "https://id.example/.well-known/oauth-authorization-server";
        assert_eq!(otherwise("https://id.example"), Some(mark.to_owned()));
        assert_eq!(otherwise("https://id.example/"), Some(mark.to_owned()));
        assert_eq!(otherwise("https://id.example/a/b"), Some(format!("{mark}/a/b")));
        assert_eq!(otherwise("https://id.example/a/.well-known/openid-configuration"), None);
    }

    #[test]
    fn an_issuer_without_tls_or_with_a_query_is_refused() {
        let transport = Transport::builder().build().unwrap();
        for written in ["http://id.example/acme", "https://id.example/?x=1", "acme", ""] {
            assert!(Location::read(written, &transport).is_err(), "{written}");
        }
    }
}
