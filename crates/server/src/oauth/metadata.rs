//! The discovery documents, at all the places where clients look (RFC 8414, OpenID Connect Discovery,
//! RFC 9728 for userinfo).

use crate::request::Tenant;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use serde_json::json;
use stead_core::keys::ALGORITHMS;
use stead_proto::acr::Acr;
use stead_proto::metadata::Metadata;
use stead_proto::scope::OpenIdScope;

/// How strongly a user can sign in here.
const REACHABLE: [Acr; 3] = Acr::ALL;

/// What the tenant offers. It comes from the configuration, never from the request.
pub(crate) async fn metadata(Tenant(sts): Tenant) -> Response {
    let document = Metadata::new(&sts.endpoints, &ALGORITHMS, &REACHABLE);
    ([(CACHE_CONTROL, "public, max-age=300")], Json(document)).into_response()
}

/// Userinfo as a protected resource.
pub(crate) async fn userinfo_resource(Tenant(sts): Tenant) -> Response {
    let document = json!({
        "resource": sts.endpoints.oauth("userinfo"),
        "authorization_servers": [sts.issuer],
        "scopes_supported": OpenIdScope::ALL,
        "bearer_methods_supported": ["header", "body"],
    });
    ([(CACHE_CONTROL, "public, max-age=300")], Json(document)).into_response()
}

/// Where a resource's own document is: its path goes behind the well-known one (RFC 9728 §3.1).
pub(crate) fn resource_metadata(resource: &str) -> String {
    match url::Url::parse(resource) {
        Ok(url) => format!(
            "{}/.well-known/oauth-protected-resource{}",
            url.origin().ascii_serialization(),
            url.path()
        ),
        Err(_) => resource.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_path_goes_between_host_and_path() {
        assert_eq!(
            resource_metadata("https://id.example:8443/t1/oauth2/v2.0/userinfo"),
            "https://id.example:8443/.well-known/oauth-protected-resource/t1/oauth2/v2.0/userinfo"
        );
    }
}
