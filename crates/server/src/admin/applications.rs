//! `/applications`: entries, switches, secrets.

use crate::admin::desk::{
    Asked, Body, CredentialName, Desk, Id, answer, entry, made, nothing, put,
};
use crate::admin::refusal::Refusal;
use crate::admin::types::{
    ApplicationBody, ApplicationView, NewSecretView, Page, PageList, SecretBody, page_of,
};
use axum::response::Response;
use stead_core::model::application::Application;
use stead_proto::id::ClientId;

/// Lists applications, by id.
#[utoipa::path(get, path = "/admin/v1/{tenant}/applications", tag = "applications",
    operation_id = "list_applications", params(PageList),
    responses((status = 200, description = "A page of applications", body = Page<ApplicationView>)))]
pub(crate) async fn list(desk: Desk, Asked(asked): Asked<PageList>) -> Result<Response, Refusal> {
    let all = desk.admin().applications().await?;
    let page: Page<ApplicationView> = page_of(all, &asked, |it: &Application| it.id.to_string())?;
    Ok(answer(page))
}

/// Shows an application.
#[utoipa::path(get, path = "/admin/v1/{tenant}/applications/{id}", tag = "applications",
    operation_id = "get_application",
    responses((status = 200, description = "The application", body = ApplicationView)))]
pub(crate) async fn get(desk: Desk, Id(id): Id<ClientId>) -> Result<Response, Refusal> {
    Ok(entry::<_, ApplicationView>(desk.admin().application(&id).await?))
}

/// Registers an application, or replaces its entry. Its secrets stay as they are.
#[utoipa::path(put, path = "/admin/v1/{tenant}/applications/{id}", tag = "applications",
    operation_id = "put_application", request_body = ApplicationBody,
    responses((status = 200, description = "It replaced what was there", body = ApplicationView),
              (status = 201, description = "It is new", body = ApplicationView)))]
pub(crate) async fn replace(
    desk: Desk,
    Id(id): Id<ClientId>,
    Body(body): Body<ApplicationBody>,
) -> Result<Response, Refusal> {
    let done = desk.admin().put_application(body.of(id)?, &desk.at).await?;
    Ok(put::<_, ApplicationView>(done))
}

/// Removes an application; ends its tokens.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/applications/{id}", tag = "applications",
    operation_id = "delete_application", responses((status = 204, description = "It is gone")))]
pub(crate) async fn delete(desk: Desk, Id(id): Id<ClientId>) -> Result<Response, Refusal> {
    desk.admin().delete_application(&id, &desk.at).await?;
    Ok(nothing())
}

/// Lets an application take part again.
#[utoipa::path(post, path = "/admin/v1/{tenant}/applications/{id}/enable", tag = "applications",
    operation_id = "enable_application",
    responses((status = 200, description = "It takes part", body = ApplicationView)))]
pub(crate) async fn enable(desk: Desk, Id(id): Id<ClientId>) -> Result<Response, Refusal> {
    Ok(entry::<_, ApplicationView>(desk.admin().enable_application(&id, &desk.at).await?))
}

/// Stops an application at once; ends its tokens.
#[utoipa::path(post, path = "/admin/v1/{tenant}/applications/{id}/disable", tag = "applications",
    operation_id = "disable_application",
    responses((status = 200, description = "It is stopped", body = ApplicationView)))]
pub(crate) async fn disable(desk: Desk, Id(id): Id<ClientId>) -> Result<Response, Refusal> {
    Ok(entry::<_, ApplicationView>(desk.admin().disable_application(&id, &desk.at).await?))
}

/// Makes a secret and shows it, this once.
#[utoipa::path(post, path = "/admin/v1/{tenant}/applications/{id}/secrets", tag = "applications",
    operation_id = "add_secret", request_body = SecretBody,
    responses((status = 201, description = "The secret", body = NewSecretView)))]
pub(crate) async fn add_secret(
    desk: Desk,
    Id(id): Id<ClientId>,
    Body(body): Body<SecretBody>,
) -> Result<Response, Refusal> {
    let new = desk.admin().add_secret(&id, body.lifetime()?, &desk.at).await?;
    Ok(made(NewSecretView::from(new)))
}

/// Removes a secret or a key set.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/applications/{id}/credentials/{credential}",
    tag = "applications", operation_id = "remove_credential",
    responses((status = 204, description = "It is gone")))]
pub(crate) async fn remove_credential(
    desk: Desk,
    Id(id): Id<ClientId>,
    CredentialName(name): CredentialName,
) -> Result<Response, Refusal> {
    desk.admin().remove_credential(&id, &name, &desk.at).await?;
    Ok(nothing())
}
