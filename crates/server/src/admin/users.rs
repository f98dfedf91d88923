//! `/users`: entries, switches, passwords, signing out.

use crate::admin::desk::{Asked, Body, Desk, Id, answer, entry, nothing, put};
use crate::admin::refusal::Refusal;
use crate::admin::types::{Page, PasswordBody, UserBody, UserList, UserView, limit_of};
use axum::response::Response;
use stead_core::admin::AdminError;
use stead_core::admin::users::check_password;
use stead_proto::id::{BadName, Subject, Username};

/// Lists users, by id; of one user name, the one who is called so.
#[utoipa::path(get, path = "/admin/v1/{tenant}/users", tag = "users", operation_id = "list_users",
    params(UserList), responses((status = 200, description = "A page of users", body = Page<UserView>)))]
pub(crate) async fn list(desk: Desk, Asked(asked): Asked<UserList>) -> Result<Response, Refusal> {
    if let Some(name) = &asked.username {
        return called(&desk, name).await;
    }
    let limit = limit_of(asked.limit)?;
    let after = asked.after.map(Subject::parse).transpose().map_err(|bad| unfit(&bad))?;
    let mut users = desk.admin().users(after.as_ref(), limit + 1).await?;
    let more = users.len() > limit;
    users.truncate(limit);
    let next = users.last().filter(|_| more).map(|user| user.id.to_string());
    Ok(answer(Page { items: users.into_iter().map(UserView::from).collect(), next }))
}

async fn called(desk: &Desk, name: &Username) -> Result<Response, Refusal> {
    let items = match desk.admin().user_named(name).await {
        Ok(user) => vec![UserView::from(user)],
        Err(AdminError::NotFound(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(answer(Page { items, next: None }))
}

fn unfit(bad: &BadName) -> Refusal {
    Refusal::Unfit(format!("after: {bad}"))
}

/// Adds a user under an id made up for them.
#[utoipa::path(post, path = "/admin/v1/{tenant}/users", tag = "users", operation_id = "add_user",
    request_body = UserBody, responses((status = 201, description = "The user", body = UserView)))]
pub(crate) async fn add(desk: Desk, Body(body): Body<UserBody>) -> Result<Response, Refusal> {
    Ok(put::<_, UserView>(desk.admin().put_user(body.of(desk.at.subject()), &desk.at).await?))
}

/// Shows a user.
#[utoipa::path(get, path = "/admin/v1/{tenant}/users/{id}", tag = "users", operation_id = "get_user",
    responses((status = 200, description = "The user", body = UserView)))]
pub(crate) async fn get(desk: Desk, Id(id): Id<Subject>) -> Result<Response, Refusal> {
    Ok(entry::<_, UserView>(desk.admin().user(&id).await?))
}

/// Adds a user, or replaces their entry. The password stays as it is.
#[utoipa::path(put, path = "/admin/v1/{tenant}/users/{id}", tag = "users", operation_id = "put_user",
    request_body = UserBody,
    responses((status = 200, description = "It replaced what was there", body = UserView),
              (status = 201, description = "It is new", body = UserView)))]
pub(crate) async fn replace(
    desk: Desk,
    Id(id): Id<Subject>,
    Body(body): Body<UserBody>,
) -> Result<Response, Refusal> {
    Ok(put::<_, UserView>(desk.admin().put_user(body.of(id), &desk.at).await?))
}

/// Removes a user; ends everything they have open.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/users/{id}", tag = "users",
    operation_id = "delete_user", responses((status = 204, description = "They are gone")))]
pub(crate) async fn delete(desk: Desk, Id(id): Id<Subject>) -> Result<Response, Refusal> {
    desk.admin().delete_user(&id, &desk.at).await?;
    Ok(nothing())
}

/// Lets a user sign in again.
#[utoipa::path(post, path = "/admin/v1/{tenant}/users/{id}/enable", tag = "users",
    operation_id = "enable_user",
    responses((status = 200, description = "They may sign in", body = UserView)))]
pub(crate) async fn enable(desk: Desk, Id(id): Id<Subject>) -> Result<Response, Refusal> {
    Ok(entry::<_, UserView>(desk.admin().enable_user(&id, &desk.at).await?))
}

/// Shuts a user out at once, everywhere.
#[utoipa::path(post, path = "/admin/v1/{tenant}/users/{id}/disable", tag = "users",
    operation_id = "disable_user",
    responses((status = 200, description = "They are shut out", body = UserView)))]
pub(crate) async fn disable(desk: Desk, Id(id): Id<Subject>) -> Result<Response, Refusal> {
    Ok(entry::<_, UserView>(desk.admin().disable_user(&id, &desk.at).await?))
}

/// Gives a user a new password; ends what they have open.
#[utoipa::path(put, path = "/admin/v1/{tenant}/users/{id}/password", tag = "users",
    operation_id = "set_password", request_body = PasswordBody,
    responses((status = 204, description = "It is set")))]
pub(crate) async fn set_password(
    desk: Desk,
    Id(id): Id<Subject>,
    Body(body): Body<PasswordBody>,
) -> Result<Response, Refusal> {
    let user = desk.admin().user(&id).await?;
    let password = body.password();
    check_password(&user.username, &password)?;
    let hash = desk.app.passwords().hash(password).await.map_err(|_| Refusal::Busy)?;
    // Whoever signed in with the old password while the new one was being hashed is signed out as well.
    let at = desk.app.moment();
    desk.admin().set_password(&id, hash.map_err(AdminError::from)?, &at).await?;
    Ok(nothing())
}

/// Ends every session of a user and all that came of them.
#[utoipa::path(post, path = "/admin/v1/{tenant}/users/{id}/sign-out", tag = "users",
    operation_id = "sign_out_user", responses((status = 204, description = "They are signed out")))]
pub(crate) async fn sign_out(desk: Desk, Id(id): Id<Subject>) -> Result<Response, Refusal> {
    desk.admin().sign_out_everywhere(&id, &desk.at).await?;
    Ok(nothing())
}
