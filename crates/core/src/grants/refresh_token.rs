//! A refresh token is used: by its client, once; the next one goes with the answer (RFC 6749 §6, RFC 9700 §4.14).

use crate::client_auth::AuthenticatedClient;
use crate::commit::Change;
use crate::denied::Denied;
use crate::grants::{Issue, NewRefresh, Refused, end_family, exchange, sign_in};
use crate::mint;
use crate::model::application::Kind;
use crate::model::code::{Authorization, Use};
use crate::model::refresh::{Continues, Exchange, RefreshGrant, within_grace};
use crate::model::revocation::Ancestor;
use crate::moment::Moment;
use crate::policy::Permit;
use crate::record::TokenEvent;
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::grants::RefreshTokenGrant;
use stead_proto::scope::OpenIdScope;
use stead_proto::time::Seconds;

/// Says what using this refresh token would issue.
pub(crate) async fn refresh(
    sts: &Sts,
    client: &AuthenticatedClient,
    grant: &RefreshTokenGrant,
    (event, moment): (&mut TokenEvent, &Moment),
) -> Result<Issue, Refused> {
    let hash = grant.refresh_token.hash();
    let (held, used) = sts.store.refresh(&hash).await?.ok_or(Denied::RefreshUnknown)?;
    let grace = sts.settings.refresh_grace(client.application().kind);
    event.again = check(client, &held, (used, grace), moment)?;
    let family = [Ancestor::Family(held.family.clone())];
    if !sts.store.revocations(&family).await?.is_empty() {
        return Err(Denied::RefreshReused.into());
    }
    let mut issue = match &held.continues {
        Continues::SignIn(authorization) => {
            of_sign_in(sts, client, authorization, grant, (event, moment)).await?
        }
        Continues::Exchange(before) => {
            let mut issue = of_exchange(sts, client, before, grant, (event, moment)).await?;
            issue.permit = issue.permit.of_family(&held.family);
            issue
        }
    };
    let spend = Change::SpendRefresh { token: hash, at: moment.now, grace };
    issue.changes.push(spend);
    issue.refresh =
        Some(NewRefresh { family: held.family, continues: held.continues, expires: held.expires });
    Ok(issue)
}

/// Reuse, and use by another client, end the whole family: one of the two holders stole it. Within the
/// grace a reuse is another tab's; the answer is whether this is one.
fn check(
    client: &AuthenticatedClient,
    held: &RefreshGrant,
    (used, grace): (Use, Seconds),
    moment: &Moment,
) -> Result<bool, Refused> {
    if held.client != *client.id() {
        let end =
            end_family(&held.family, moment.now, "its refresh token came from another client");
        return Err(Refused::from(Denied::RefreshNotForClient).and(end));
    }
    let again = match used {
        Use::Fresh => false,
        Use::Spent(at) if within_grace(at, moment.now, grace) => true,
        Use::Spent(_) => {
            let end = end_family(&held.family, moment.now, "its refresh token was used twice");
            return Err(Refused::from(Denied::RefreshReused).and(end));
        }
    };
    match client.application().kind {
        _ if moment.now < held.expires => Ok(again),
        Kind::Spa => Err(Denied::SpaRefreshExpired.into()),
        _ => Err(Denied::RefreshExpired.into()),
    }
}

async fn of_sign_in(
    sts: &Sts,
    client: &AuthenticatedClient,
    authorization: &Authorization,
    grant: &RefreshTokenGrant,
    (event, moment): (&mut TokenEvent, &Moment),
) -> Result<Issue, Refused> {
    event.subject = Some(authorization.subject.clone());
    event.session = Some(authorization.session.clone());
    event.resource = grant.target.resource.clone().or_else(|| authorization.resource.clone());
    let user = sign_in::living_user(sts, authorization).await?;
    let entitlement =
        sign_in::entitlement(sts, client, authorization, &user, &grant.target).await?;
    let id_token = authorization
        .openid
        .contains(&OpenIdScope::Openid)
        .then(|| mint::id_token(sts, authorization, &user, None, moment));
    let words = sign_in::words(authorization, &grant.target);
    let lifetime = sign_in::lifetime(sts, authorization, &entitlement, moment);
    Ok(Issue {
        permit: Permit::of_sign_in(authorization, &user, entitlement, lifetime),
        changes: Vec::new(),
        id_token,
        refresh: None,
        words,
        issued: None,
        client_info: grant.client_info,
    })
}

/// Every rule of the exchange is asked again. The subject token has ended long since; what bounds the
/// new token is the refresh token's own end, and that the edge still says `offline`.
async fn of_exchange(
    sts: &Sts,
    client: &AuthenticatedClient,
    before: &Exchange,
    grant: &RefreshTokenGrant,
    (event, moment): (&mut TokenEvent, &Moment),
) -> Result<Issue, Refused> {
    let mut subject = before.subject.clone();
    if let Some(until) = subject.lineage.until {
        subject.expires = until;
    }
    let mut target = before.target.clone();
    if let Some(other) = &grant.target.resource
        && target.resource.as_ref() != Some(other)
    {
        return Err(Denied::TargetUnknown.into());
    }
    if !grant.target.scope.words.is_empty() {
        target.scope = grant.target.scope.clone();
    }
    target.scope.wanted = sign_in::within(&before.granted, &grant.target.scope.wanted)?;
    let asked = exchange::Asked { subject: Ok(Arc::new(subject)), actor: None, target: &target };
    let permit = exchange::permit(sts, client.application(), &asked, (event, moment)).await?;
    if !permit.offline() {
        return Err(Denied::GrantNotAllowed.into());
    }
    Ok(Issue {
        permit,
        changes: Vec::new(),
        id_token: None,
        refresh: None,
        words: target.scope.words,
        issued: None,
        client_info: grant.client_info,
    })
}
