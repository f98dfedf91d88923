//! The front end: a few files for the browser, and where to find the others.

use super::place::Places;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::path::PathBuf;
use tower_http::set_header::SetResponseHeaderLayer;

const PAGE: &str = include_str!("dashboard/index.html");
const STYLE: &str = include_str!("dashboard/style.css");
const SCRIPTS: [(&str, &str); 7] = [
    ("/app.js", include_str!("dashboard/app.js")),
    ("/challenge.js", stead_server::CHALLENGE_SCRIPT),
    ("/claims.js", include_str!("dashboard/claims.js")),
    ("/dom.js", include_str!("dashboard/dom.js")),
    ("/hops.js", include_str!("dashboard/hops.js")),
    ("/oauth.js", include_str!("dashboard/oauth.js")),
    ("/rows.js", include_str!("dashboard/rows.js")),
];

/// What the page has to know to begin.
#[derive(Debug, Clone, Serialize)]
struct Settings {
    issuer: String,
    client_id: &'static str,
    scope: &'static str,
    reports: String,
    process_file: PathBuf,
}

/// The front end of a demo at these places, which tells whom to ask with this process file.
pub(super) fn router(places: &Places, process_file: PathBuf) -> Router {
    let settings = Settings {
        issuer: places.issuer(),
        client_id: "dashboard",
        scope: "openid profile api://reports-api/Reports.Read",
        reports: format!("{}/reports", places.reports_api()),
        process_file: std::path::absolute(&process_file).unwrap_or(process_file),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' {} {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        places.identity(),
        places.reports_api(),
    );
    let mut router = Router::new()
        .route("/", get(|| async { typed("text/html; charset=utf-8", PAGE) }))
        .route("/style.css", get(|| async { typed("text/css; charset=utf-8", STYLE) }))
        .route("/settings.json", get(move || async move { Json(settings) }));
    for (path, text) in SCRIPTS {
        let script = move || async move { typed("text/javascript; charset=utf-8", text) };
        router = router.route(path, get(script));
    }
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
