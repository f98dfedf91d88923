//! `/keys`.

use crate::admin::desk::{Body, Desk, Id, answer, asker, made};
use crate::admin::refusal::Refusal;
use crate::admin::types::{KeyChangeView, KeyView, Page, RotationBody, WhyBody};
use axum::response::Response;
use stead_core::admin::AdminError;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_proto::id::KeyId;
use stead_proto::jwt::Algorithm;

/// Lists signing keys, oldest first, without their private parts.
#[utoipa::path(get, path = "/admin/v1/{tenant}/keys", tag = "keys", operation_id = "list_keys",
    responses((status = 200, description = "The keys", body = Page<KeyView>)))]
pub(crate) async fn list(desk: Desk) -> Result<Response, Refusal> {
    // What a first start makes behind the scenes belongs to it.
    desk.sts.keys.complete().await;
    let keys = desk.admin().keys(desk.at.now).await?;
    Ok(answer(Page { items: keys.iter().map(KeyView::from).collect(), next: None }))
}

/// Publishes the next keys. They sign once every verifier can know them; or at once, if that is asked for.
/// Where one is published already, it is that one.
#[utoipa::path(post, path = "/admin/v1/{tenant}/keys/rotate", tag = "keys",
    operation_id = "rotate_keys", request_body = RotationBody,
    responses((status = 201, description = "They are published", body = KeyChangeView)))]
pub(crate) async fn rotate(
    desk: Desk,
    Body(body): Body<RotationBody>,
) -> Result<Response, Refusal> {
    let algorithms = body.algorithms();
    let rotated = desk.keys()?.rotate(&algorithms, body.haste(), &asker(), &desk.at).await?;
    Ok(made(KeyChangeView::new(rotated.lives(), &algorithms)))
}

/// Ends a key and everything it signed, as of now. If it is the one that signs, another takes over at once.
#[utoipa::path(post, path = "/admin/v1/{tenant}/keys/{id}/revoke", tag = "keys",
    operation_id = "revoke_key", request_body = WhyBody,
    responses((status = 201, description = "It is revoked", body = KeyChangeView)))]
pub(crate) async fn revoke(
    desk: Desk,
    Id(kid): Id<KeyId>,
    Body(body): Body<WhyBody>,
) -> Result<Response, Refusal> {
    revoke_key(&desk, &kid, &body.why).await?;
    let keys = desk.admin().keys(desk.at.now).await?;
    let algorithm: Vec<Algorithm> =
        keys.iter().filter(|life| life.key.kid == kid).map(|life| life.key.algorithm).collect();
    Ok(made(KeyChangeView::new(&keys, &algorithm)))
}

/// The one that takes over is there first: at no time there is nobody to sign.
pub(super) async fn revoke_key(desk: &Desk, kid: &KeyId, why: &str) -> Result<Revocation, Refusal> {
    let (admin, keys) = (desk.admin(), desk.keys()?);
    let about = Ancestor::Key(kid.clone());
    admin.may_be_revoked(&about, why).await?;
    keys.replace(kid, &asker(), &desk.at).await?;
    let fact = admin.revoke(about, why, &desk.at).await?;
    // From now on it signs nothing, and nobody learns it from us any more.
    keys.renew(&desk.at).await.map_err(AdminError::from)?;
    Ok(fact)
}
