//! The answer as a form that the browser posts to the application (OAuth 2.0 Form Post Response Mode).

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use stead_proto::authorize::AuthorizeResponse;

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    action: &'a str,
    fields: &'a [(&'static str, String)],
}

/// A form that submits itself, and has a button for browsers without scripts.
pub(crate) fn page(response: &AuthorizeResponse) -> Response {
    let fields = response.parameters();
    let template = FormPost { action: &response.redirect_uri, fields: &fields };
    super::page(StatusCode::OK, &template, Some(&response.redirect_uri))
}
