//! A code is redeemed: once, by its client, by whoever began (RFC 6749 §4.1.3, RFC 7636 §4.6).

use crate::client_auth::AuthenticatedClient;
use crate::commit::Change;
use crate::denied::Denied;
use crate::grants::{Issue, NewRefresh, Refused, end_family, sign_in};
use crate::mint;
use crate::model::code::{Authorization, CodeGrant, Use};
use crate::model::refresh::Continues;
use crate::moment::Moment;
use crate::policy::Permit;
use crate::record::TokenEvent;
use crate::sts::Sts;
use stead_proto::grants::AuthorizationCodeGrant;
use stead_proto::scope::OpenIdScope;
use stead_proto::secret::SecretHash;

/// Says what redeeming this code would issue.
pub(crate) async fn redeem(
    sts: &Sts,
    client: &AuthenticatedClient,
    grant: &AuthorizationCodeGrant,
    (event, moment): (&mut TokenEvent, &Moment),
) -> Result<Issue, Refused> {
    let hash = grant.code.hash();
    let (code, state) = sts.store.code(&hash).await?.ok_or(Denied::CodeUnknown)?;
    let mut authorization = code.authorization.clone();
    event.subject = Some(authorization.subject.clone());
    event.session = Some(authorization.session.clone());
    event.resource.clone_from(&authorization.resource);
    check(client, &code, state, grant, (hash, moment))?;

    let user = sign_in::living_user(sts, &authorization).await?;
    if let Some(named) = &grant.target.resource
        && !sign_in::authorized_is(sts, &authorization, named).await?
    {
        return Err(Refused::from(Denied::TargetUnknown).and(Change::SpendCode(hash, moment.now)));
    }
    let entitlement =
        sign_in::entitlement(sts, client, &authorization, &user, &grant.target).await?;
    let refresh = refresh(sts, &mut authorization, moment);
    let id_token = authorization
        .openid
        .contains(&OpenIdScope::Openid)
        .then(|| mint::id_token(sts, &authorization, &user, Some(&code), moment));
    let words = sign_in::words(&authorization, &grant.target);
    let lifetime = sign_in::lifetime(sts, &authorization, &entitlement, moment);
    Ok(Issue {
        permit: Permit::of_sign_in(&authorization, &user, entitlement, lifetime),
        changes: vec![Change::SpendCode(hash, moment.now)],
        id_token,
        refresh,
        words,
        issued: None,
        client_info: grant.client_info,
    })
}

/// What is wrong with it burns it: a code that met a wrong client or verifier is worth nothing to anybody.
fn check(
    client: &AuthenticatedClient,
    code: &CodeGrant,
    used: Use,
    grant: &AuthorizationCodeGrant,
    (hash, moment): (SecretHash, &Moment),
) -> Result<(), Refused> {
    let authorization = &code.authorization;
    if let Use::Spent(_) = used {
        let end = end_family(&authorization.family, moment.now, "its code was used twice");
        return Err(Refused::from(Denied::CodeSpent).and(end));
    }
    let proved = |verifier| code.challenge.answers(verifier);
    let wrong = if authorization.client != *client.id() {
        Denied::CodeNotForClient
    } else if code.expires <= moment.now {
        Denied::CodeExpired
    } else if code.redirect_uri != grant.redirect_uri && code.redirect_uri.is_some() {
        Denied::RedirectUriMismatch
    } else if !grant.verifier.as_ref().is_some_and(proved) {
        Denied::VerifierWrong
    } else {
        return Ok(());
    };
    Err(Refused::from(wrong).and(Change::SpendCode(hash, moment.now)))
}

/// A refresh token goes with it when one was asked for and agreed to. From then on the sign-in lasts
/// as long as that does.
fn refresh(sts: &Sts, authorization: &mut Authorization, moment: &Moment) -> Option<NewRefresh> {
    if !authorization.openid.contains(&OpenIdScope::OfflineAccess) {
        return None;
    }
    let expires = moment.now + sts.settings.refresh_token;
    authorization.session_expires = expires;
    Some(NewRefresh {
        family: authorization.family.clone(),
        continues: Continues::SignIn(Box::new(authorization.clone())),
        expires,
    })
}
