//! An earlier ID token (`id_token_hint`): whom a request means. Its signature must be ours; its age does not matter.

use crate::moment::Moment;
use crate::sts::Sts;
use stead_proto::claims::IdTokenClaims;
use stead_proto::jwt::{Accept, AcceptTyp, Algorithm, Times, Typ, Unverified};
use stead_proto::secret::Jwt;
use stead_proto::time::Seconds;

/// The algorithms an ID token of ours may be signed with.
const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Ps256];

impl Sts {
    /// What an ID token of this tenant says; `None` for anything else.
    pub(super) fn hint(&self, token: &Jwt, moment: &Moment) -> Option<IdTokenClaims> {
        let ring = self.ring();
        let accept = Accept {
            typ: AcceptTyp::Exactly(Typ::IdToken),
            algorithms: &ALGORITHMS,
            now: moment.now,
            leeway: Seconds(0),
            times: Times::IgnoreExpiry,
        };
        let verified = Unverified::parse(token).ok()?.verify(ring.public(), &accept).ok()?;
        let claims: IdTokenClaims = verified.into_claims();
        (claims.iss == self.issuer && claims.tid == self.tenant.id).then_some(claims)
    }
}
