//! Step 5: claims from a permit. No permit, no claims.

use crate::model::application::SubjectKind;
use crate::model::code::Authorization;
use crate::model::user::User;
use crate::moment::Moment;
use crate::policy::{OfUser, Permit, PermitFor};
use crate::sts::Sts;
use std::collections::BTreeSet;
use stead_proto::acr::{Acr, Amr};
use stead_proto::claims::{AccessTokenClaims, Address, Azpacr, IdTokenClaims, Idtyp, Profile, Ver};
use stead_proto::digest::sha256;
use stead_proto::id::{Audience, ClientId, SessionId, Subject};
use stead_proto::scope::{OpenIdScope, ScopeRequest};
use stead_proto::time::Timestamp;

/// The claims of the access token that a permit allows.
#[must_use]
pub fn access_token(
    sts: &Sts,
    permit: &Permit,
    proof: Azpacr,
    moment: &Moment,
) -> AccessTokenClaims {
    let now = moment.now.secs();
    let mut claims = AccessTokenClaims {
        iss: sts.issuer.clone(),
        sub: Subject::from(permit.client()),
        aud: permit.towards().clone(),
        exp: now + i64::from(permit.lifetime().0),
        iat: now,
        nbf: now,
        jti: moment.token_id(),
        client_id: permit.client().clone(),
        scope: None,
        scp: None,
        roles: None,
        sid: None,
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        act: None,
        may_act: None,
        cnf: None,
        azp: permit.client().clone(),
        azpacr: proof,
        oid: Subject::from(permit.client()),
        tid: sts.tenant.id.clone(),
        ver: Ver::V2,
        idtyp: None,
        preferred_username: None,
        name: None,
        groups: Vec::new(),
        xms_cc: Vec::new(),
        lineage: permit.lineage().clone(),
    };
    match permit.speaks_of() {
        PermitFor::Application => {
            claims.roles = Some(permit.scopes().clone());
            claims.scope = Some(permit.scopes().to_string());
            claims.idtyp = Some(Idtyp::App);
        }
        PermitFor::User(of_user) => speak_of(&mut claims, sts, permit, of_user),
    }
    claims
}

fn speak_of(claims: &mut AccessTokenClaims, sts: &Sts, permit: &Permit, of_user: &OfUser) {
    let user = &of_user.user;
    claims.sub = subject_for(sts, permit.towards(), permit.tokens().subject, &user.id);
    claims.oid = user.id.clone();
    claims.scope = Some(permit.scopes().to_string());
    claims.scp = Some(permit.scopes().to_string());
    claims.sid.clone_from(&of_user.session);
    claims.auth_time = of_user.auth_time.map(Timestamp::secs);
    claims.acr = of_user.acr;
    claims.amr.clone_from(&of_user.amr);
    claims.act.clone_from(&of_user.act);
    claims.may_act.clone_from(&of_user.may_act);
    claims.cnf.clone_from(&of_user.cnf);
    claims.preferred_username = Some(user.username.clone());
    claims.name = Some(user.name.clone());
    if permit.tokens().groups {
        claims.groups = user.groups.iter().cloned().collect();
    }
}

/// `sub` as this audience knows the user: the id itself, or one that no two audiences share
/// (OpenID Connect Core §8.1).
fn subject_for(sts: &Sts, audience: &Audience, kind: SubjectKind, user: &Subject) -> Subject {
    match kind {
        SubjectKind::Public => user.clone(),
        SubjectKind::Pairwise => {
            let mixed = sha256(format!("{}\0{audience}\0{user}", sts.issuer).as_bytes());
            let (bits, _) = mixed.as_bytes().split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
            Subject::from_random(*bits)
        }
    }
}

/// The claims of an ID token for the client that signed a user in (OpenID Connect Core §2).
#[must_use]
pub fn id_token(
    sts: &Sts,
    authorization: &Authorization,
    user: &User,
    nonce: Option<String>,
    moment: &Moment,
) -> IdTokenClaims {
    let sign_in = SignIn {
        session: authorization.session.clone(),
        auth_time: authorization.auth_time,
        acr: authorization.acr,
        amr: authorization.amr.clone(),
    };
    let mut claims = id_claims(sts, &authorization.client, user, sign_in, moment);
    claims.nonce = nonce;
    claims.profile = profile(user, &authorization.openid);
    claims
}

/// The same for a client that acts on behalf of the user, as Entra answers `openid` in an exchange;
/// `None` if the subject token said too little of the sign-in.
#[must_use]
pub fn id_token_for_actor(
    sts: &Sts,
    actor: &ClientId,
    of_user: &OfUser,
    asked: &ScopeRequest,
    moment: &Moment,
) -> Option<IdTokenClaims> {
    let sign_in = SignIn {
        session: of_user.session.clone()?,
        auth_time: of_user.auth_time?,
        acr: of_user.acr?,
        amr: of_user.amr.clone(),
    };
    let mut claims = id_claims(sts, actor, &of_user.user, sign_in, moment);
    claims.profile = profile(&of_user.user, &asked.openid);
    Some(claims)
}

struct SignIn {
    session: SessionId,
    auth_time: Timestamp,
    acr: Acr,
    amr: Vec<Amr>,
}

fn id_claims(
    sts: &Sts,
    client: &ClientId,
    user: &User,
    sign_in: SignIn,
    moment: &Moment,
) -> IdTokenClaims {
    let now = moment.now.secs();
    IdTokenClaims {
        iss: sts.issuer.clone(),
        sub: user.id.clone(),
        aud: client.clone(),
        exp: now + i64::from(sts.settings.id_token.0),
        iat: now,
        auth_time: sign_in.auth_time.secs(),
        nonce: None,
        acr: sign_in.acr,
        amr: sign_in.amr,
        sid: sign_in.session,
        oid: user.id.clone(),
        tid: sts.tenant.id.clone(),
        ver: Ver::V2,
        profile: Profile::default(),
    }
}

/// What the granted OpenID Connect scopes show of a user (OpenID Connect Core §5.4).
#[must_use]
pub fn profile(user: &User, scopes: &BTreeSet<OpenIdScope>) -> Profile {
    let shows = |scope| scopes.contains(&scope);
    let mut profile = Profile::default();
    if shows(OpenIdScope::Profile) {
        profile.name = Some(user.name.clone());
        profile.preferred_username = Some(user.username.clone());
    }
    if shows(OpenIdScope::Email) {
        profile.email.clone_from(&user.email);
        profile.email_verified = user.email.as_ref().map(|_| user.email_verified);
    }
    if shows(OpenIdScope::Address) {
        profile.address = user.address.clone().map(|formatted| Address { formatted });
    }
    if shows(OpenIdScope::Phone) {
        profile.phone_number.clone_from(&user.phone);
    }
    profile
}
