//! `/sessions`.

use crate::admin::desk::{Asked, Desk, Id, answer, nothing};
use crate::admin::refusal::Refusal;
use crate::admin::types::{Page, SessionList, SessionView, limit_of};
use axum::response::Response;
use stead_proto::id::SessionId;

/// Lists the sessions that are alive, newest first.
#[utoipa::path(get, path = "/admin/v1/{tenant}/sessions", tag = "sessions",
    operation_id = "list_sessions", params(SessionList),
    responses((status = 200, description = "Sessions", body = Page<SessionView>)))]
pub(crate) async fn list(
    desk: Desk,
    Asked(asked): Asked<SessionList>,
) -> Result<Response, Refusal> {
    let limit = limit_of(asked.limit)?;
    let alive = desk.admin().sessions(asked.user.as_ref(), limit, &desk.at).await?;
    Ok(answer(Page { items: alive.into_iter().map(SessionView::from).collect(), next: None }))
}

/// Shows a session, alive or not.
#[utoipa::path(get, path = "/admin/v1/{tenant}/sessions/{id}", tag = "sessions",
    operation_id = "get_session",
    responses((status = 200, description = "The session", body = SessionView)))]
pub(crate) async fn get(desk: Desk, Id(id): Id<SessionId>) -> Result<Response, Refusal> {
    Ok(answer(SessionView::from(desk.admin().session(&id).await?)))
}

/// Ends a session and all that came of it.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/sessions/{id}", tag = "sessions",
    operation_id = "end_session", responses((status = 204, description = "It has ended")))]
pub(crate) async fn end(desk: Desk, Id(id): Id<SessionId>) -> Result<Response, Refusal> {
    desk.admin().end_session(&id, &desk.at).await?;
    Ok(nothing())
}
