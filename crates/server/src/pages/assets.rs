//! The style sheet, the mark and the scripts of our pages, under names that change with their content;
//! and the one script for the pages of others, under a name that stays.

use crate::error::Unfit;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use std::sync::LazyLock;
use stead_proto::digest::sha256;

/// The helper for pages of applications: what a 401 asks of the next sign-in, in either language.
pub const CHALLENGE_SCRIPT: &str = include_str!("../../templates/challenge.js");

struct Asset {
    name: String,
    content_type: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, content: &'static str) -> Self {
        let hash: String = sha256(content.as_bytes()).to_string().chars().take(12).collect();
        Self { name: format!("{stem}.{hash}.{extension}"), content_type, content }
    }
}

static CSS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("pages", "css", "text/css; charset=utf-8", include_str!("../../templates/pages.css"))
});
static MARK: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("mark", "svg", "image/svg+xml", include_str!("../../templates/mark.svg"))
});
static SUBMIT: LazyLock<Asset> = LazyLock::new(|| {
    let script = include_str!("../../templates/submit.js");
    Asset::new("submit", "js", "text/javascript; charset=utf-8", script)
});
static PASSKEY: LazyLock<Asset> = LazyLock::new(|| {
    let script = include_str!("../../templates/passkey.js");
    Asset::new("passkey", "js", "text/javascript; charset=utf-8", script)
});

/// Where the style sheet is.
pub(crate) fn css() -> String {
    path(&CSS)
}

/// Where the mark is.
pub(crate) fn mark() -> String {
    path(&MARK)
}

/// Where the script is that submits a form.
pub(crate) fn submit() -> String {
    path(&SUBMIT)
}

/// Where the script is that asks for passkeys.
pub(crate) fn passkey() -> String {
    path(&PASSKEY)
}

fn path(asset: &Asset) -> String {
    format!("/assets/{}", asset.name)
}

/// `GET /assets/challenge.js`
pub(crate) async fn challenge() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, CHALLENGE_SCRIPT)
}

/// `GET /assets/{file}`
pub(crate) async fn asset(Path(file): Path<String>) -> Response {
    let found = [&*CSS, &*MARK, &*SUBMIT, &*PASSKEY].into_iter().find(|asset| asset.name == file);
    let Some(asset) = found else { return Unfit::NotFound.into_response() };
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_helper_for_pages_takes_2_kib_at_most() {
        assert!(CHALLENGE_SCRIPT.len() <= 2048, "{} bytes", CHALLENGE_SCRIPT.len());
    }
}
