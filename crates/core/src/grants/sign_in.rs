//! What a sign-in is good for: its first tokens, for a code or at a device, and what it is still good for
//! at every refresh.

use crate::client_auth::AuthenticatedClient;
use crate::commit::Change;
use crate::denied::Denied;
use crate::error::Stop;
use crate::grants::{Issue, NewRefresh, Refused};
use crate::liveness::Descent;
use crate::mint;
use crate::model::application::{Application, Kind};
use crate::model::code::Authorization;
use crate::model::consent::Consent;
use crate::model::refresh::Continues;
use crate::model::revocation::{Ancestor, Revocation};
use crate::model::user::User;
use crate::moment::Moment;
use crate::policy::Permit;
use crate::policy::front_end::{Entitlement, FrontEnd, entitled};
use crate::ports::StoreError;
use crate::record::TokenEvent;
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::claims::Lineage;
use stead_proto::grants::Target;
use stead_proto::id::{Audience, ClientId};
use stead_proto::scope::{OpenIdScope, ScopeSet, Wanted};
use stead_proto::time::Seconds;

/// What a client came with for the first tokens of a sign-in.
#[derive(Debug)]
pub(crate) struct Redeemed<'a> {
    /// What it wants now.
    pub(crate) target: &'a Target,
    /// What goes into the ID token.
    pub(crate) nonce: Option<String>,
    /// How what it came with is used up.
    pub(crate) spent: Change,
    /// Whether Entra's `client_info` is wanted.
    pub(crate) client_info: bool,
}

/// Says for the record which sign-in it is about.
pub(crate) fn note(event: &mut TokenEvent, authorization: &Authorization) {
    event.subject = Some(authorization.subject.clone());
    event.session = Some(authorization.session.clone());
    event.resource.clone_from(&authorization.resource);
}

/// Says what a sign-in issues first. Wanting another resource than was authorized uses it up, too.
pub(crate) async fn first_issue(
    sts: &Sts,
    client: &AuthenticatedClient,
    mut authorization: Authorization,
    redeemed: Redeemed<'_>,
    moment: &Moment,
) -> Result<Issue, Refused> {
    let user = living_user(sts, &authorization).await?;
    if let Some(named) = &redeemed.target.resource
        && !authorized_is(sts, &authorization, named).await?
    {
        return Err(Refused::from(Denied::TargetUnknown).and(redeemed.spent));
    }
    let entitlement = entitlement(sts, client, &authorization, &user, redeemed.target).await?;
    let refresh = refresh(sts, client.application().kind, &mut authorization, moment);
    let id_token = authorization
        .openid
        .contains(&OpenIdScope::Openid)
        .then(|| mint::id_token(sts, &authorization, &user, redeemed.nonce, moment));
    let words = words(&authorization, redeemed.target);
    let lifetime = lifetime(sts, &authorization, &entitlement, moment);
    Ok(Issue {
        permit: Permit::of_sign_in(&authorization, &user, entitlement, lifetime),
        changes: vec![redeemed.spent],
        id_token,
        refresh,
        words,
        issued: None,
        client_info: redeemed.client_info,
    })
}

/// A refresh token goes with it when one was asked for and agreed to. From then on the sign-in lasts
/// as long as that does: in a page a day from the sign-in, whoever stores the token there.
fn refresh(
    sts: &Sts,
    kind: Kind,
    authorization: &mut Authorization,
    moment: &Moment,
) -> Option<NewRefresh> {
    if !authorization.openid.contains(&OpenIdScope::OfflineAccess) {
        return None;
    }
    let expires = match kind {
        Kind::Spa => authorization.since + sts.settings.spa_refresh_token,
        _ => moment.now + sts.settings.refresh_token,
    };
    authorization.session_expires = expires;
    Some(NewRefresh {
        family: authorization.family.clone(),
        continues: Continues::SignIn(Box::new(authorization.clone())),
        expires,
    })
}

/// The user of a sign-in, if they and all that the sign-in descends from are alive.
pub(crate) async fn living_user(
    sts: &Sts,
    authorization: &Authorization,
) -> Result<Arc<User>, Stop> {
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
) -> Result<(Vec<Arc<Consent>>, Vec<Revocation>), StoreError> {
    let consents = sts.store.consents_for(client, resource, &user.id).await?;
    let about: Vec<Ancestor> =
        consents.iter().map(|consent| Ancestor::Consent(consent.id.clone())).collect();
    let revocations = sts.store.revocations(&about).await?;
    Ok((consents, revocations))
}
