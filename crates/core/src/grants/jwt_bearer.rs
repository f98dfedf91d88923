//! A JWT as authorization grant (RFC 7523 §2.1): addressed to this server, not to an API.

use crate::denied::Denied;
use stead_proto::grants::JwtBearer;
use stead_proto::jwt::Unverified;

/// Refuses the assertion: nobody's are accepted as grants, and an access token of our own, which is for
/// on-behalf-of and says so with `requested_token_use`, is none.
pub(crate) fn refuse(grant: &JwtBearer) -> Denied {
    match Unverified::parse(&grant.assertion) {
        Err(error) => Denied::SubjectTokenInvalid(error),
        Ok(_) => Denied::AssertionIssuerUntrusted,
    }
}
