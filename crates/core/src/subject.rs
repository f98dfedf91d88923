//! Step 3: for whom. A subject token becomes facts about its subject, or a reason why not.

use crate::denied::Denied;
use crate::keys::KeyRing;
use crate::model::subject::SubjectFacts;
use crate::moment::Moment;
use crate::proved::Proved;
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::claims::AccessTokenClaims;
use stead_proto::digest::sha256;
use stead_proto::jwt::{Accept, AcceptTyp, Algorithm, JwtError, Times, Typ, Unverified, Verified};
use stead_proto::scope::ScopeSet;
use stead_proto::secret::Jwt;
use stead_proto::time::{Seconds, Timestamp};
use stead_proto::token_type::TokenType;

/// The algorithms a subject token may be signed with.
const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Ps256];

/// Validates a subject token: shape, type, issuer, signature, times. Whom it is addressed to, and
/// whether it is alive, are rules of their own. The signature of one that was proved before is not
/// verified again.
///
/// Only this tenant's own tokens are accepted. A trusted issuer's token says what it says in its own
/// words; until an administrator can write down what those mean here, nobody's is.
pub fn validate(
    sts: &Sts,
    token: &Jwt,
    declared: TokenType,
    moment: &Moment,
) -> Result<Arc<SubjectFacts>, Denied> {
    let ring = sts.ring();
    let digest = sha256(token.expose().as_bytes());
    if declared == TokenType::AccessToken
        && let Some(proved) = sts.proved.recall(&digest)
    {
        return proved.still(&ring, moment.now).map_err(Denied::SubjectTokenInvalid);
    }
    let unverified = Unverified::parse(token).map_err(Denied::SubjectTokenInvalid)?;
    of_declared_type(&unverified, declared)?;
    let issuer = unverified.issuer().ok_or(Denied::SubjectTokenInvalid(JwtError::BadClaims))?;
    if issuer != sts.issuer.as_str() {
        return Err(Denied::SubjectTokenIssuerUntrusted);
    }
    let verified = access_token(&unverified, &ring, moment).map_err(Denied::SubjectTokenInvalid)?;
    let period = verified.period();
    let facts = Arc::new(facts(sts, verified)?);
    if let Some(key) = facts.key.clone() {
        let proved = Proved::new(Arc::clone(&facts), period, key);
        sts.proved.keep(digest, token.expose().len(), Arc::new(proved));
    }
    Ok(facts)
}

/// Verifies one of our own access tokens against this tenant's keys and clock.
pub fn access_token(
    token: &Unverified<'_>,
    ring: &KeyRing,
    moment: &Moment,
) -> Result<Verified<AccessTokenClaims>, JwtError> {
    token.verify(
        ring.public(),
        &Accept {
            typ: AcceptTyp::Exactly(Typ::AccessToken),
            algorithms: &ALGORITHMS,
            now: moment.now,
            leeway: Seconds(0),
            times: Times::Required,
        },
    )
}

/// RFC 8693 §2.1: a token is judged as what it is said to be. An ID token is told apart for the answer.
fn of_declared_type(token: &Unverified<'_>, declared: TokenType) -> Result<(), Denied> {
    match (token.typ(), declared) {
        (Some(Typ::AccessToken), TokenType::AccessToken) => Ok(()),
        (Some(Typ::IdToken), TokenType::IdToken | TokenType::AccessToken) => {
            Err(Denied::SubjectTokenIsIdToken)
        }
        (None, _) => Err(Denied::SubjectTokenInvalid(JwtError::UnexpectedTyp)),
        _ => Err(Denied::SubjectTokenWrongType),
    }
}

fn facts(sts: &Sts, verified: Verified<AccessTokenClaims>) -> Result<SubjectFacts, Denied> {
    let key = verified.header().kid().cloned();
    let claims = verified.into_claims();
    if claims.tid != sts.tenant.id {
        return Err(Denied::SubjectTokenIssuerUntrusted);
    }
    let scopes = ScopeSet::parse(claims.scope.as_deref().unwrap_or_default())
        .map_err(|_| Denied::SubjectTokenInvalid(JwtError::BadClaims))?;
    Ok(SubjectFacts {
        app_only: claims.is_app_only(),
        expires: claims.expires(),
        issuer: claims.iss,
        user: claims.oid,
        audience: claims.aud,
        scopes,
        obtained_by: claims.client_id,
        act: claims.act,
        may_act: claims.may_act,
        session: claims.sid,
        auth_time: claims.auth_time.map(Timestamp::from_secs),
        acr: claims.acr,
        amr: claims.amr,
        cnf: claims.cnf,
        lineage: claims.lineage,
        token: Some(claims.jti),
        key,
    })
}
