//! `/faults`: what goes wrong on purpose. An emulator has them; any other server says that it has none.

use crate::admin::desk::{Body, Desk, Id, answer, asker, made, nothing};
use crate::admin::refusal::Refusal;
use crate::admin::types::{FaultBody, FaultView, Page};
use crate::faults::TenantFaults;
use axum::response::Response;
use std::sync::Arc;
use stead_core::admin::AdminError;
use stead_core::faults::{Fault, Scope};
use stead_core::keys::{ALGORITHMS, Haste};
use stead_core::model::application::Application;
use stead_proto::id::{Audience, Subject, TokenId, Username};

/// Lists the faults that are set and will strike again.
#[utoipa::path(get, path = "/admin/v1/{tenant}/faults", tag = "faults",
    operation_id = "list_faults",
    responses((status = 200, description = "The faults", body = Page<FaultView>)))]
pub(crate) async fn list(desk: Desk) -> Result<Response, Refusal> {
    let items = faults(&desk)?.list().into_iter().map(FaultView::from).collect();
    Ok(answer(Page { items, next: None }))
}

/// Lets something go wrong: requests for tokens that would have been answered. In an emulator only.
#[utoipa::path(post, path = "/admin/v1/{tenant}/faults", tag = "faults",
    operation_id = "set_fault", request_body = FaultBody,
    responses((status = 201, description = "It is set", body = FaultView)))]
pub(crate) async fn set(desk: Desk, Body(body): Body<FaultBody>) -> Result<Response, Refusal> {
    let faults = faults(&desk)?;
    let Some(kind) = body.kind().map_err(|why| Refusal::Unfit(why.to_owned()))? else {
        rotate(&desk).await?;
        return Ok(made(FaultView::done(body.kind)));
    };
    let fault = Fault { kind, scope: scope(&desk, &body).await?, times: body.times };
    let Some(number) = faults.set(fault.clone()) else {
        return Err(Refusal::Unfit("there are too many faults already: clear some".to_owned()));
    };
    Ok(made(FaultView::from((number, fault))))
}

/// Takes all faults back.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/faults", tag = "faults",
    operation_id = "clear_faults", responses((status = 204, description = "None is left")))]
pub(crate) async fn clear_all(desk: Desk) -> Result<Response, Refusal> {
    faults(&desk)?.clear_all();
    Ok(nothing())
}

/// Takes one fault back.
#[utoipa::path(delete, path = "/admin/v1/{tenant}/faults/{id}", tag = "faults",
    operation_id = "clear_fault", responses((status = 204, description = "It is gone")))]
pub(crate) async fn clear(desk: Desk, Id(id): Id<TokenId>) -> Result<Response, Refusal> {
    let faults = faults(&desk)?;
    if id.as_str().parse().is_ok_and(|number| faults.clear(number)) {
        return Ok(nothing());
    }
    Err(Refusal::Nowhere(format!("there is no fault {id}")))
}

fn faults(desk: &Desk) -> Result<Arc<TenantFaults>, Refusal> {
    desk.app.faults(desk.sts.tenant.id.as_str()).ok_or(Refusal::NotHere(
        "nothing goes wrong on purpose in this server: faults are for `stead emulate`",
    ))
}

async fn rotate(desk: &Desk) -> Result<(), Refusal> {
    desk.keys()?.rotate(&ALGORITHMS, Haste::AtOnce, &asker(), &desk.at).await?;
    Ok(())
}

/// Whom it is for: each is looked for under all the names that people know it by.
async fn scope(desk: &Desk, body: &FaultBody) -> Result<Scope, Refusal> {
    let applications = desk.admin().applications().await?;
    let client = match &body.client {
        Some(said) => Some(called(&applications, said)?.id.clone()),
        None => None,
    };
    let resource = match &body.resource {
        Some(said) => Some(audience(called(&applications, said)?)?),
        None => None,
    };
    let user = match &body.user {
        Some(said) => Some(user(desk, said).await?),
        None => None,
    };
    Ok(Scope { user, client, resource })
}

fn called<'a>(applications: &'a [Application], said: &str) -> Result<&'a Application, Refusal> {
    let is_called = |it: &&Application| {
        it.id.as_str() == said
            || it.name == said
            || it.audience.as_ref().is_some_and(|audience| audience.as_str() == said)
    };
    let found = applications.iter().find(is_called);
    found.ok_or_else(|| Refusal::Unfit(format!("there is no application {said}")))
}

fn audience(application: &Application) -> Result<Audience, Refusal> {
    let unfit = || Refusal::Unfit(format!("{} is no resource", application.name));
    application.audience.clone().ok_or_else(unfit)
}

async fn user(desk: &Desk, said: &str) -> Result<Subject, Refusal> {
    let store = &desk.sts.store;
    let mut found = None;
    if let Ok(name) = said.parse::<Username>() {
        found = store.user_named(&name).await.map_err(AdminError::Failed)?.map(|user| user.id);
    }
    if let (None, Ok(id)) = (&found, said.parse::<Subject>()) {
        found = store.user(&id).await.map_err(AdminError::Failed)?.map(|user| user.id.clone());
    }
    let unknown = || Refusal::Unfit(format!("there is no user {said}"));
    found.ok_or_else(unknown)
}
