//! What a sign-in is still good for: asked by the code and by every refresh alike.

use crate::client_auth::AuthenticatedClient;
use crate::denied::Denied;
use crate::error::Stop;
use crate::liveness::Descent;
use crate::model::application::Application;
use crate::model::code::Authorization;
use crate::model::consent::Consent;
use crate::model::revocation::{Ancestor, Revocation};
use crate::model::user::User;
use crate::moment::Moment;
use crate::policy::front_end::{Entitlement, FrontEnd, entitled};
use crate::ports::StoreError;
use crate::sts::Sts;
use stead_proto::claims::Lineage;
use stead_proto::grants::Target;
use stead_proto::id::{Audience, ClientId};
use stead_proto::scope::{ScopeSet, Wanted};
use stead_proto::time::Seconds;

/// The user of a sign-in, if they and all that the sign-in descends from are alive.
pub(crate) async fn living_user(sts: &Sts, authorization: &Authorization) -> Result<User, Stop> {
    let user = sts.store.user(&authorization.subject).await?.ok_or(Denied::UserUnknown)?;
    if !user.enabled {
        return Err(Denied::UserDisabled.into());
    }
    let descent = descent(authorization);
    let facts = sts.store.revocations(&descent.ancestors).await?;
    descent.alive(&facts).map_err(Denied::SubjectTokenRevoked)?;
    Ok(user)
}

/// Everything a sign-in descends from.
pub(crate) fn descent(authorization: &Authorization) -> Descent {
    let lineage = Lineage {
        auth: authorization.auth_time,
        since: authorization.since,
        until: None,
        families: vec![authorization.family.clone()],
        tokens: Vec::new(),
        consents: authorization.consents.clone(),
        clients: vec![authorization.client.clone()],
    };
    Descent::of_lineage(&lineage, Some(&authorization.subject), Some(&authorization.session))
}

/// What the client may have now, for what it asks, or for what was authorized if it asks nothing.
pub(crate) async fn entitlement(
    sts: &Sts,
    client: &AuthenticatedClient,
    authorization: &Authorization,
    user: &User,
    target: &Target,
) -> Result<Entitlement, Stop> {
    let Some(named) = target.resource.as_ref().or(authorization.resource.as_ref()) else {
        let own = Entitlement::to_userinfo(&sts.issuer, &authorization.openid);
        return Ok(own.ok_or(Denied::TargetUnknown)?);
    };
    let resource = sts.store.resource(named).await?.ok_or(Denied::TargetUnknown)?;
    let wanted = wanted(authorization, &resource, target)?;
    let towards = resource.audience.as_ref().unwrap_or(named);
    let (consents, revocations) = consents_towards(sts, (client.id(), towards), user).await?;
    let ask = FrontEnd {
        client: client.application(),
        user,
        resource: &resource,
        wanted: &wanted,
        consents: &consents,
        revocations: &revocations,
    };
    Ok(entitled(&ask)?.agreed()?)
}

/// Whether a name, its audience or its client id, means the resource that was authorized.
pub(crate) async fn authorized_is(
    sts: &Sts,
    authorization: &Authorization,
    named: &Audience,
) -> Result<bool, StoreError> {
    let resource = sts.store.resource(named).await?;
    Ok(resource.is_some_and(|resource| authorized(authorization, &resource)))
}

fn authorized(authorization: &Authorization, resource: &Application) -> bool {
    authorization.resource.as_ref().is_some_and(|own| resource.is_addressed_by(own))
}

/// How long a token lives: as its resource says, and not beyond the sign-in.
pub(crate) fn lifetime(
    sts: &Sts,
    authorization: &Authorization,
    entitlement: &Entitlement,
    moment: &Moment,
) -> Seconds {
    let said = entitlement.tokens.lifetime.unwrap_or(sts.settings.access_token);
    said.min(authorization.session_expires.left_at(moment.now))
}

/// Towards the authorized resource never more than was authorized; towards another of the client's
/// resources what is asked.
fn wanted(
    authorization: &Authorization,
    resource: &Application,
    target: &Target,
) -> Result<Wanted, Denied> {
    if !authorized(authorization, resource) {
        return Ok(target.scope.wanted.clone());
    }
    within(&authorization.scopes, &target.scope.wanted)
}

/// What is wanted again of what was granted once: no more than that, and all of it if nothing is named
/// (RFC 6749 §6).
pub(crate) fn within(granted: &ScopeSet, wanted: &Wanted) -> Result<Wanted, Denied> {
    let Wanted::Named(named) = wanted else { return Ok(Wanted::Named(granted.clone())) };
    let more = named.missing_from(granted);
    if more.is_empty() { Ok(wanted.clone()) } else { Err(Denied::RefreshExceeds(more)) }
}

/// The words the answer repeats: those of this request, or of the authorization if it asks nothing.
pub(crate) fn words(authorization: &Authorization, target: &Target) -> Vec<String> {
    match target.scope.words.as_slice() {
        [] => authorization.asked.clone(),
        words => words.to_vec(),
    }
}

/// The consents of a client towards a resource that can speak for a user, and the facts about them.
pub(crate) async fn consents_towards(
    sts: &Sts,
    (client, resource): (&ClientId, &Audience),
    user: &User,
) -> Result<(Vec<Consent>, Vec<Revocation>), StoreError> {
    let consents = sts.store.consents_for(client, resource, &user.id).await?;
    let about: Vec<Ancestor> =
        consents.iter().map(|consent| Ancestor::Consent(consent.id.clone())).collect();
    let revocations = sts.store.revocations(&about).await?;
    Ok((consents, revocations))
}
