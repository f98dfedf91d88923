//! The front end: three files for the browser, and where to find the others.

use super::place::Places;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tower_http::set_header::SetResponseHeaderLayer;

const PAGE: &str = include_str!("dashboard/index.html");
const SCRIPT: &str = include_str!("dashboard/app.js");
const STYLE: &str = include_str!("dashboard/style.css");

/// What the page has to know to begin.
#[derive(Debug, Clone, Serialize)]
struct Settings {
    issuer: String,
    client_id: &'static str,
    scope: &'static str,
    reports: String,
}

/// The front end of a demo at these places.
pub(super) fn router(places: &Places) -> Router {
    let settings = Settings {
        issuer: places.issuer(),
        client_id: "dashboard",
        scope: "openid profile api://reports-api/Reports.Read",
        reports: format!("{}/reports", places.reports_api()),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' {} {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        places.identity(),
        places.reports_api(),
    );
    let mut router = Router::new()
        .route("/", get(|| async { typed("text/html; charset=utf-8", PAGE) }))
        .route("/app.js", get(|| async { typed("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/style.css", get(|| async { typed("text/css; charset=utf-8", STYLE) }))
        .route("/settings.json", get(move || async move { Json(settings) }));
    let fixed = [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        router = router.layer(always(name, HeaderValue::from_static(value)));
    }
    match HeaderValue::from_str(&policy) {
        Ok(policy) => router.layer(always(header::CONTENT_SECURITY_POLICY, policy)),
        Err(_) => router,
    }
}

fn typed(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], text)
}

fn always(name: HeaderName, value: HeaderValue) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, value)
}
