//! What people meet: plain HTML forms that work without JavaScript, under a strict policy.

pub(crate) mod account;
pub(crate) mod admin_consent;
pub(crate) mod assets;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod enrol;
pub(crate) mod errors;
pub(crate) mod factors;
pub(crate) mod form_post;
pub(crate) mod interaction;
pub(crate) mod logout;
pub(crate) mod notice;
pub(crate) mod passkey;
pub(crate) mod second_factor;
pub(crate) mod security;
pub(crate) mod sign_in;
pub(crate) mod trouble;

use crate::error::{NO_STORE, unavailable};
use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use stead_core::ports::StoreError;
use url::Url;

/// What goes with every page.
const GUARDS: [(HeaderName, HeaderValue); 4] = [
    (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// A page. `goes_to` is where its form may lead in the end: browsers hold redirects after a form to
/// the page's policy.
pub(crate) fn page(
    status: StatusCode,
    template: &impl Template,
    goes_to: Option<&str>,
) -> Response {
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => return unavailable(&StoreError::Broken(format!("a page: {error}"))),
    };
    let mut response = (status, NO_STORE, GUARDS, html).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy(goes_to)) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Only what is ours, nothing inline, never in a frame.
fn policy(goes_to: Option<&str>) -> String {
    let target = goes_to.and_then(source).map(|source| format!(" {source}")).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; \
         form-action 'self'{target}; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// A URI's origin as a policy names it; of an application's own scheme, the scheme.
fn source(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let origin = url.origin();
    let plain = url.scheme().bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if origin.is_tuple() {
        Some(origin.ascii_serialization())
    } else {
        plain.then(|| format!("{}:", url.scheme()))
    }
}

/// Sends the browser on with GET, whatever it came with.
pub(crate) fn redirect(location: &str) -> Response {
    match HeaderValue::from_bytes(location.as_bytes()) {
        Ok(location) => {
            let referrer = (REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            (StatusCode::SEE_OTHER, NO_STORE, [(LOCATION, location), referrer]).into_response()
        }
        Err(_) => unavailable(&StoreError::Broken("a redirect URI is no header value".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_the_origin_the_form_may_lead_to_and_nothing_more() {
        assert_eq!(
            policy(Some("http://localhost:3000/cb?a=b")),
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; \
             form-action 'self' http://localhost:3000; frame-ancestors 'none'; base-uri 'none'"
        );
        assert!(
            policy(Some("com.example.app:/cb")).contains("form-action 'self' com.example.app:;")
        );
        for uri in [None, Some("junk"), Some("")] {
            assert!(policy(uri).contains("form-action 'self';"), "{uri:?}");
        }
    }

    #[test]
    fn a_redirect_is_a_303_and_tells_no_referrer() {
        let response = redirect("https://app.example/cb?code=x");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[LOCATION], "https://app.example/cb?code=x");
        assert_eq!(response.headers()[REFERRER_POLICY], "no-referrer");
    }
}
