//! Whether what was agreed about other issuers' tokens is sound.

use super::super::mistake::Report;
use crate::model::application::{Application, Credential};
use crate::model::federated::Federated;
use url::Url;

/// As many as Entra allows: each is looked at when a token comes.
const MAX: usize = 20;

/// Notes what is wrong with the federated credentials of an application.
pub(super) fn check(application: &Application, report: &mut Report) {
    report.expect(
        application.federated().count() <= MAX,
        "credentials",
        "an application has at most 20 federated credentials",
    );
    let mut seen: Vec<&Federated> = Vec::new();
    for (place, credential) in application.credentials.iter().enumerate() {
        let Credential::Federated(agreed) = credential else { continue };
        let field = format!("credentials[{place}].federated");
        if let Some(problem) = issuer_problem(agreed.issuer.as_str()) {
            report.say(format!("{field}.issuer"), problem);
        }
        let again = |other: &&Federated| {
            (&other.issuer, &other.subject, &other.audience)
                == (&agreed.issuer, &agreed.subject, &agreed.audience)
        };
        report.expect(!seen.iter().any(again), &field, "it is written twice");
        seen.push(agreed);
    }
}

/// Keys are asked for there, and tokens say so byte by byte.
fn issuer_problem(issuer: &str) -> Option<&'static str> {
    let url = Url::parse(issuer).ok().filter(|url| url.scheme() == "https" && url.has_host());
    let Some(url) = url else { return Some("an issuer is an https URL") };
    let bare = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    (!bare).then_some("an issuer has no query, no fragment and no user name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_https_url_with_a_path_at_most() {
        for issuer in ["https://id.example", "https://id.example:8443/a/", "https://10.0.0.1/x"] {
            assert_eq!(issuer_problem(issuer), None, "{issuer}");
        }
        for issuer in [
            "http://id.example",
            "id.example",
            "https://",
            "https://id.example/?a",
            "https://id.example/#a",
            "https://u@id.example/",
            "file:///etc/passwd",
        ] {
            assert!(issuer_problem(issuer).is_some(), "{issuer}");
        }
    }
}
