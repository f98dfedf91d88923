//! The page on which an administrator agrees for everybody. It is answered where every consent is.

use super::interaction::Frame;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use stead_core::login::AdminConsentPage;

#[derive(Template)]
#[template(path = "admin_consent.html")]
struct AdminConsent<'a> {
    frame: &'a Frame,
    page: &'a AdminConsentPage,
}

/// The page.
pub(crate) fn page(page: &AdminConsentPage, frame: &Frame) -> Response {
    super::page(StatusCode::OK, &AdminConsent { frame, page }, frame.goes_to.as_deref())
}
