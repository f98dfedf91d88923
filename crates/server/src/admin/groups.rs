//! `/groups`.

use crate::admin::desk::{Asked, Body, Desk, Id, answer, entry, nothing, put};
use crate::admin::refusal::Refusal;
use crate::admin::types::{GroupBody, GroupView, Page, PageList, page_of};
use axum::response::Response;
use stead_core::model::user::Group;
use stead_proto::id::GroupId;

/// Lists groups, by id.
#[utoipa::path(get, path = "/admin/v1/{tenant}/groups", tag = "groups", operation_id = "list_groups",
    params(PageList), responses((status = 200, description = "A page of groups", body = Page<GroupView>)))]
pub(crate) async fn list(desk: Desk, Asked(asked): Asked<PageList>) -> Result<Response, Refusal> {
    let all = desk.admin().groups().await?;
    let page: Page<GroupView> = page_of(all, &asked, |it: &Group| it.id.to_string())?;
    Ok(answer(page))
}

/// Shows a group.
#[utoipa::path(get, path = "/admin/v1/{tenant}/groups/{id}", tag = "groups", operation_id = "get_group",
    responses((status = 200, description = "The group", body = GroupView)))]
pub(crate) async fn get(desk: Desk, Id(id): Id<GroupId>) -> Result<Response, Refusal> {
    Ok(entry::<_, GroupView>(desk.admin().group(&id).await?))
}

/// Adds a group, or replaces its entry.
#[utoipa::path(put, path = "/admin/v1/{tenant}/groups/{id}", tag = "groups", operation_id = "put_group",
    request_body = GroupBody,
    responses((status = 200, description = "It replaced what was there", body = GroupView),
              (status = 201, description = "It is new", body = GroupView)))]
pub(crate) async fn replace(
    desk: Desk,
    Id(id): Id<GroupId>,
    Body(body): Body<GroupBody>,
) -> Result<Response, Refusal> {
    Ok(put::<_, GroupView>(desk.admin().put_group(body.of(id), &desk.at).await?))
}

/// Removes a group and all memberships in it.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/groups/{id}", tag = "groups",
    operation_id = "delete_group", responses((status = 204, description = "It is gone")))]
pub(crate) async fn delete(desk: Desk, Id(id): Id<GroupId>) -> Result<Response, Refusal> {
    desk.admin().delete_group(&id, &desk.at).await?;
    Ok(nothing())
}
