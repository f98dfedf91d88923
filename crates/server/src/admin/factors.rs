//! `/users/{id}/factors`: what users can prove beside their password, and taking it away.

use crate::admin::desk::{Desk, FactorName, Id, answer, nothing};
use crate::admin::refusal::Refusal;
use crate::admin::types::FactorsView;
use axum::response::Response;
use stead_core::admin::factors::FactorKind;
use stead_proto::id::Subject;

/// Shows a user's second factors, without their secrets.
#[utoipa::path(get, path = "/admin/v1/{tenant}/users/{id}/factors", tag = "users",
    operation_id = "get_factors",
    responses((status = 200, description = "What they can prove", body = FactorsView)))]
pub(crate) async fn get(desk: Desk, Id(id): Id<Subject>) -> Result<Response, Refusal> {
    Ok(answer(FactorsView::from(desk.admin().factors(&id).await?)))
}

/// Takes all second factors away from a user; ends everything they have open.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/users/{id}/factors", tag = "users",
    operation_id = "reset_factors", responses((status = 204, description = "They have none")))]
pub(crate) async fn reset(desk: Desk, Id(id): Id<Subject>) -> Result<Response, Refusal> {
    desk.admin().reset_factors(&id, FactorKind::All, &desk.at).await?;
    Ok(nothing())
}

/// Takes second factors of one kind away from a user: `totp`, `passkeys` or `recovery`; ends everything
/// they have open.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/users/{id}/factors/{factor}", tag = "users",
    operation_id = "reset_factor", responses((status = 204, description = "They have none of them")))]
pub(crate) async fn reset_one(
    desk: Desk,
    Id(id): Id<Subject>,
    FactorName(name): FactorName,
) -> Result<Response, Refusal> {
    let kind = FactorKind::parse(&name);
    let kind = kind.ok_or_else(|| Refusal::Unfit(format!("there is no factor {name}")))?;
    desk.admin().reset_factors(&id, kind, &desk.at).await?;
    Ok(nothing())
}
