//! `/health`: whether a tenant's store answers.

use crate::admin::desk::{Desk, answer};
use crate::admin::refusal::Refusal;
use crate::admin::types::HealthView;
use axum::response::Response;
use stead_core::admin::AdminError;

/// Says how a tenant is doing.
#[utoipa::path(get, path = "/admin/v1/{tenant}/health", tag = "health", operation_id = "health",
    responses((status = 200, description = "It answers", body = HealthView)))]
pub(crate) async fn health(desk: Desk) -> Result<Response, Refusal> {
    let chains = desk.sts.store.heads().await.map_err(AdminError::from)?;
    Ok(answer(HealthView {
        tenant: desk.sts.tenant.name.to_string(),
        issuer: desk.sts.issuer.to_string(),
        records: chains.iter().map(|ends| ends.head.seq - ends.base.seq).sum(),
    }))
}
