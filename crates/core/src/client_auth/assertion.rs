//! `private_key_jwt` (RFC 7523 §3, RFC 10070): by the client, about the client, for this issuer, once.

use crate::commit::Once;
use crate::denied::{Denied, Unproven};
use crate::model::application::{Application, AssertionAudience, Credential};
use crate::moment::Moment;
use crate::sts::Sts;
use serde::Deserialize;
use serde_json::Value;
use stead_proto::digest::sha256;
use stead_proto::id::ClientId;
use stead_proto::jwt::{Accept, AcceptTyp, Algorithm, JwtError, KeySet, Times, Typ, Unverified};
use stead_proto::secret::Jwt;
use stead_proto::time::Seconds;

/// How far ahead an assertion may expire: its name is remembered so long.
const LONGEST: Seconds = Seconds(3600);
/// How a proof may be signed.
pub(super) const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256];

#[derive(Deserialize)]
struct AssertionClaims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    #[serde(default)]
    jti: Option<String>,
    exp: Value,
}

/// `aud`, in either of its forms.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// The audience, if there is exactly one (RFC 10070 asks for a sole value).
    pub(super) fn sole(&self) -> Option<&str> {
        match self {
            Self::One(only) => Some(only),
            Self::Many(all) => match all.as_slice() {
                [only] => Some(only),
                _ => None,
            },
        }
    }
}

/// Whose proof this is to be: as named beside it, else whom the assertion says it is by. Only to find
/// what to check it with.
pub(super) fn claimed_client(
    named: Option<&ClientId>,
    assertion: &Jwt,
) -> Result<ClientId, Denied> {
    if let Some(named) = named {
        return Ok(named.clone());
    }
    let refused = |error| Denied::ClientUnproven(Unproven::AssertionInvalid(error));
    let unverified = Unverified::parse(assertion).map_err(refused)?;
    let issuer = unverified.issuer().and_then(|iss| ClientId::parse(iss).ok());
    issuer.ok_or_else(|| refused(JwtError::BadClaims))
}

/// Verifies the assertion; answers the name that must be spent with it.
pub(super) fn verify(
    sts: &Sts,
    application: &Application,
    assertion: &Unverified<'_>,
    moment: &Moment,
) -> Result<Once, Unproven> {
    let claims = verified_claims(sts, application, assertion, moment)?;
    if claims.iss != application.id.as_str() || claims.sub != claims.iss {
        return Err(Unproven::AssertionNotClients);
    }
    let audience = claims.aud.sole().ok_or(Unproven::AssertionAudience)?;
    let ours = audience == sts.issuer.as_str()
        || (application.assertion_audience == AssertionAudience::Legacy
            && is_token_endpoint(sts, audience));
    if !ours {
        return Err(Unproven::AssertionAudience);
    }
    let name = claims.jti.filter(|jti| !jti.is_empty()).ok_or(Unproven::AssertionUnnamed)?;
    let latest = moment.now + LONGEST + sts.settings.clock_skew;
    if seconds(&claims.exp).is_none_or(|exp| exp > latest.secs()) {
        return Err(Unproven::AssertionInvalid(JwtError::BadTime));
    }
    // It is taken until its end and the skew: so long its name is kept.
    let until = latest + sts.settings.clock_skew;
    let key = sha256(format!("assertion\0{}\0{name}", application.id).as_bytes());
    Ok(Once { key, until })
}

/// MSAL names the token endpoint as it was told the tenant: by name or by id, in any case.
fn is_token_endpoint(sts: &Sts, audience: &str) -> bool {
    let segment = sts.endpoints.tenant_in("token", audience);
    segment.is_some_and(|segment| sts.tenant.is_called(segment))
}

fn verified_claims(
    sts: &Sts,
    application: &Application,
    assertion: &Unverified<'_>,
    moment: &Moment,
) -> Result<AssertionClaims, Unproven> {
    let times = match application.assertion_audience {
        AssertionAudience::Issuer => Times::Required,
        AssertionAudience::Legacy => Times::Lenient,
    };
    let accept = Accept {
        // RFC 10070 advises against refusing an assertion for a missing or generic type.
        typ: AcceptTyp::OneOfOrUntyped(&[Typ::ClientAuthentication, Typ::IdToken]),
        algorithms: &ALGORITHMS,
        now: moment.now,
        leeway: sts.settings.clock_skew,
        times,
    };
    let mut answer = Err(Unproven::NoCredential);
    for credential in &application.credentials {
        let Credential::Keys(set) = credential else { continue };
        match assertion.verify(&KeySet::from_jwks(set), &accept) {
            Ok(verified) => return Ok(verified.into_claims()),
            Err(error) => answer = Err(Unproven::AssertionInvalid(error)),
        }
    }
    answer
}

/// A time as MSAL writes it: integer, float or text.
fn seconds(time: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a float cast to i64 saturates")]
    let whole = |float: f64| float as i64;
    match time {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(whole)),
        Value::String(text) => text.parse::<f64>().ok().filter(|time| time.is_finite()).map(whole),
        _ => None,
    }
}
