//! `/revocations`.

use crate::admin::desk::{Asked, Body, Desk, answer, made};
use crate::admin::keys::revoke_key;
use crate::admin::refusal::Refusal;
use crate::admin::types::{LimitOnly, Page, RevocationBody, RevocationView, limit_of};
use axum::response::Response;
use stead_core::model::revocation::Ancestor;

/// Lists what was revoked, newest first.
#[utoipa::path(get, path = "/admin/v1/{tenant}/revocations", tag = "revocations",
    operation_id = "list_revocations", params(LimitOnly),
    responses((status = 200, description = "What was revoked", body = Page<RevocationView>)))]
pub(crate) async fn list(desk: Desk, Asked(asked): Asked<LimitOnly>) -> Result<Response, Refusal> {
    let facts = desk.admin().revocations(limit_of(asked.limit)?).await?;
    Ok(answer(Page { items: facts.into_iter().map(RevocationView::from).collect(), next: None }))
}

/// Ends everything that descends from something, as of now.
#[utoipa::path(post, path = "/admin/v1/{tenant}/revocations", tag = "revocations",
    operation_id = "revoke", request_body = RevocationBody,
    responses((status = 201, description = "It is revoked", body = RevocationView)))]
pub(crate) async fn revoke(
    desk: Desk,
    Body(body): Body<RevocationBody>,
) -> Result<Response, Refusal> {
    let fact = match body.about()? {
        Ancestor::Key(kid) => revoke_key(&desk, &kid, &body.why).await?,
        about => desk.admin().revoke(about, &body.why, &desk.at).await?,
    };
    Ok(made(RevocationView::from(fact)))
}
