//! On behalf of a user, in either dialect.

use crate::client_auth::AuthenticatedClient;
use crate::denied::Denied;
use crate::error::Stop;
use crate::grants::exchange::{self, Asked};
use crate::grants::{Issue, NewRefresh, Refused};
use crate::keys::KeyRing;
use crate::liveness::Descent;
use crate::mint;
use crate::model::refresh::{Continues, Exchange};
use crate::model::subject::SubjectFacts;
use crate::moment::Moment;
use crate::policy::{Permit, PermitFor};
use crate::record::TokenEvent;
use crate::sts::Sts;
use crate::subject;
use stead_proto::claims::IdTokenClaims;
use stead_proto::error::Dialect;
use stead_proto::grants::{ActorToken, OnBehalfOf};
use stead_proto::id::ClientId;
use stead_proto::jwt::Unverified;
use stead_proto::scope::OpenIdScope;
use stead_proto::token_type::TokenType;

/// Says what this exchange would issue.
pub(crate) async fn exchange(
    sts: &Sts,
    client: &AuthenticatedClient,
    grant: &OnBehalfOf,
    (event, moment): (&mut TokenEvent, &Moment),
) -> Result<Issue, Refused> {
    let ring = sts.ring();
    let subject = subject::validate(sts, &grant.subject_token, grant.subject_token_type, moment);
    let actor = match &grant.actor_token {
        Some(token) => Some(actor(sts, &ring, token, moment).await?),
        None => None,
    };
    let asked = Asked { subject, actor, target: &grant.target };
    let permit = exchange::permit(sts, client.application(), &asked, (event, moment)).await?;
    let refresh = refresh(sts, &permit, &asked, grant, moment);
    let permit = match &refresh {
        Some(new) => permit.of_family(&new.family),
        None => permit,
    };
    Ok(Issue {
        id_token: id_token(sts, &permit, grant, moment),
        refresh,
        permit,
        changes: Vec::new(),
        words: grant.target.scope.words.clone(),
        issued: (grant.dialect == Dialect::Rfc8693).then_some(TokenType::AccessToken),
        client_info: grant.client_info,
    })
}

/// An actor token is an access token of the client itself, alive and our own.
async fn actor(
    sts: &Sts,
    ring: &KeyRing,
    sent: &ActorToken,
    moment: &Moment,
) -> Result<Result<ClientId, Denied>, Stop> {
    let verified = Unverified::parse(&sent.token)
        .and_then(|token| subject::access_token(&token, ring, moment))
        .map_err(Denied::ActorTokenInvalid);
    let verified = match verified {
        Ok(verified) => verified,
        Err(denied) => return Ok(Err(denied)),
    };
    let key = verified.header().kid().cloned();
    let claims = verified.into_claims();
    let descent = Descent::of_token(&claims, key.as_ref());
    let facts = sts.store.revocations(&descent.ancestors).await?;
    if claims.iss != sts.issuer || !claims.is_app_only() || descent.alive(&facts).is_err() {
        return Ok(Err(Denied::ActorTokenNotClients));
    }
    Ok(Ok(claims.client_id))
}

/// Only where the edge says `offline`; elsewhere it is left out, and the exchange goes on.
fn refresh(
    sts: &Sts,
    permit: &Permit,
    asked: &Asked<'_>,
    grant: &OnBehalfOf,
    moment: &Moment,
) -> Option<NewRefresh> {
    let Ok(subject) = &asked.subject else { return None };
    if !grant.asks_offline() || !permit.offline() {
        return None;
    }
    let expires = moment.now + sts.settings.refresh_token;
    let mut subject = SubjectFacts::clone(subject);
    subject.lineage.until = Some(expires);
    let exchange =
        Exchange { subject, target: asked.target.clone(), granted: permit.scopes().clone() };
    Some(NewRefresh {
        family: moment.family_id(),
        continues: Continues::Exchange(Box::new(exchange)),
        expires,
    })
}

/// Entra answers `openid` with an ID token for the middle tier.
fn id_token(
    sts: &Sts,
    permit: &Permit,
    grant: &OnBehalfOf,
    moment: &Moment,
) -> Option<IdTokenClaims> {
    if grant.dialect != Dialect::Entra || !grant.target.scope.asks(OpenIdScope::Openid) {
        return None;
    }
    match permit.speaks_of() {
        PermitFor::User(of_user) => {
            mint::id_token_for_actor(sts, permit.client(), of_user, &grant.target.scope, moment)
        }
        PermitFor::Application => None,
    }
}
