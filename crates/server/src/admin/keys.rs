//! `/keys`.

use crate::admin::desk::{Desk, answer};
use crate::admin::refusal::Refusal;
use crate::admin::types::{KeyView, Page};
use axum::response::Response;

/// Lists signing keys, oldest first, without their private parts.
#[utoipa::path(get, path = "/admin/v1/{tenant}/keys", tag = "keys", operation_id = "list_keys",
    responses((status = 200, description = "The keys", body = Page<KeyView>)))]
pub(crate) async fn list(desk: Desk) -> Result<Response, Refusal> {
    let keys = desk.admin().keys().await?;
    let items = keys.into_iter().map(|key| KeyView::of(key, desk.at.now)).collect();
    Ok(answer(Page { items, next: None }))
}
