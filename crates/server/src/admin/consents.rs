//! `/consents`.

use crate::admin::desk::{Asked, Body, Desk, Id, answer, made, nothing};
use crate::admin::refusal::Refusal;
use crate::admin::types::{ConsentBody, ConsentList, ConsentView, Page, PageList, page_of};
use axum::response::Response;
use stead_core::model::consent::Consent;
use stead_proto::id::ConsentId;

/// Lists consents, by id.
#[utoipa::path(get, path = "/admin/v1/{tenant}/consents", tag = "consents",
    operation_id = "list_consents", params(ConsentList),
    responses((status = 200, description = "A page of consents", body = Page<ConsentView>)))]
pub(crate) async fn list(
    desk: Desk,
    Asked(asked): Asked<ConsentList>,
) -> Result<Response, Refusal> {
    let ConsentList { client, resource, limit, after } = asked;
    let all = desk.admin().consents(client.as_ref(), resource.as_ref()).await?;
    let asked = PageList { limit, after };
    let page: Page<ConsentView> = page_of(all, &asked, |it: &Consent| it.id.to_string())?;
    Ok(answer(page))
}

/// Agrees on behalf of users.
#[utoipa::path(post, path = "/admin/v1/{tenant}/consents", tag = "consents",
    operation_id = "give_consent", request_body = ConsentBody,
    responses((status = 201, description = "The consent", body = ConsentView)))]
pub(crate) async fn give(desk: Desk, Body(body): Body<ConsentBody>) -> Result<Response, Refusal> {
    Ok(made(ConsentView::from(desk.admin().give_consent(body.into(), &desk.at).await?)))
}

/// Shows a consent.
#[utoipa::path(get, path = "/admin/v1/{tenant}/consents/{id}", tag = "consents",
    operation_id = "get_consent",
    responses((status = 200, description = "The consent", body = ConsentView)))]
pub(crate) async fn get(desk: Desk, Id(id): Id<ConsentId>) -> Result<Response, Refusal> {
    Ok(answer(ConsentView::from(desk.admin().consent(&id).await?)))
}

/// Withdraws a consent; ends every token that rests on it.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/consents/{id}", tag = "consents",
    operation_id = "withdraw_consent", responses((status = 204, description = "It is withdrawn")))]
pub(crate) async fn withdraw(desk: Desk, Id(id): Id<ConsentId>) -> Result<Response, Refusal> {
    desk.admin().withdraw_consent(&id, &desk.at).await?;
    Ok(nothing())
}
