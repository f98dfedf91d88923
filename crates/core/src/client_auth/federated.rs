//! Another issuer's token as the client's proof (RFC 7523 §3): issuer, subject and audience as was agreed.
//!
//! Such a token may come again until it expires. Programs read one from a file that is renewed now and
//! then, and send it with every request: a name (`jti`) in it is not spent.

use super::assertion::{ALGORITHMS, OneOrMany};
use crate::denied::Unproven;
use crate::model::application::Application;
use crate::model::federated::{Federated, KeysFrom};
use crate::moment::Moment;
use crate::sts::Sts;
use serde::Deserialize;
use std::sync::Arc;
use stead_proto::id::Subject;
use stead_proto::jwt::{Accept, AcceptTyp, JwtError, KeySet, Times, Typ, Unverified};
use stead_proto::time::Seconds;

/// How far ahead such a token may expire: whoever finds one can use it so long.
const LONGEST: Seconds = Seconds(86_400);

#[derive(Deserialize)]
struct Claims {
    sub: Subject,
    aud: OneOrMany,
    exp: i64,
}

/// Verifies a token against what was agreed. Of several agreements with its issuer the first that fits
/// counts; if none fits, the reason is of the one that came furthest.
pub(super) async fn verify(
    sts: &Sts,
    application: &Application,
    token: &Unverified<'_>,
    moment: &Moment,
) -> Result<(), Unproven> {
    if application.federated().next().is_none() {
        return Err(Unproven::AssertionNotClients);
    }
    let mut closest = Unproven::ForeignIssuer;
    for agreed in application.federated() {
        if token.issuer() != Some(agreed.issuer.as_str()) {
            continue;
        }
        match fits(sts, agreed, token, moment).await {
            Ok(()) => return Ok(()),
            Err(why) => closest = further(closest, why),
        }
    }
    Err(closest)
}

async fn fits(
    sts: &Sts,
    agreed: &Federated,
    token: &Unverified<'_>,
    moment: &Moment,
) -> Result<(), Unproven> {
    let keys = keys(sts, agreed, token).await?;
    let accept = Accept {
        // Each issuer names the kind of these differently, or not at all.
        typ: AcceptTyp::OneOfOrUntyped(&[Typ::AccessToken, Typ::ClientAuthentication]),
        algorithms: &ALGORITHMS,
        now: moment.now,
        leeway: sts.settings.clock_skew,
        times: Times::Lenient,
    };
    let verified = token.verify::<Claims>(&keys, &accept).map_err(Unproven::ForeignInvalid)?;
    let Claims { sub, aud, exp } = verified.into_claims();
    if exp > (moment.now + LONGEST + sts.settings.clock_skew).secs() {
        return Err(Unproven::ForeignInvalid(JwtError::BadTime));
    }
    if sub != agreed.subject {
        return Err(Unproven::ForeignSubject(sub));
    }
    if aud.sole() != Some(agreed.audience.as_str()) {
        return Err(Unproven::ForeignAudience);
    }
    Ok(())
}

async fn keys(
    sts: &Sts,
    agreed: &Federated,
    token: &Unverified<'_>,
) -> Result<Arc<KeySet>, Unproven> {
    match &agreed.keys {
        KeysFrom::Given(set) => Ok(Arc::new(KeySet::from_jwks(set))),
        KeysFrom::Discovery => {
            let found = sts.issuer_keys.keys_of(&agreed.issuer, token.header().kid()).await;
            found.ok_or(Unproven::ForeignKeys)
        }
    }
}

/// Of two reasons, that of the agreement which came further.
fn further(a: Unproven, b: Unproven) -> Unproven {
    let how_far = |why: &Unproven| match why {
        Unproven::ForeignKeys => 1,
        Unproven::ForeignInvalid(_) => 2,
        Unproven::ForeignSubject(_) => 3,
        Unproven::ForeignAudience => 4,
        _ => 0,
    };
    if how_far(&b) > how_far(&a) { b } else { a }
}
