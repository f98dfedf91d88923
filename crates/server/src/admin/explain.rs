//! `/explain`: why an exchange is, or was, refused.

use crate::admin::desk::{Body, Desk, answer};
use crate::admin::refusal::Refusal;
use crate::admin::types::{ExplainBody, ExplanationView};
use axum::response::Response;

/// Asks every rule of an exchange, and issues nothing.
#[utoipa::path(post, path = "/admin/v1/{tenant}/explain", tag = "explain", operation_id = "explain",
    request_body = ExplainBody,
    responses((status = 200, description = "Every rule with its answer", body = ExplanationView)))]
pub(crate) async fn explain(
    desk: Desk,
    Body(body): Body<ExplainBody>,
) -> Result<Response, Refusal> {
    let explanation = desk.sts.explain(&body.query()?, &desk.at).await?;
    Ok(answer(ExplanationView::from(explanation)))
}
