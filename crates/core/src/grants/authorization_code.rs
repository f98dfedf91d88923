//! A code is redeemed: once, by its client, by whoever began (RFC 6749 §4.1.3, RFC 7636 §4.6).

use crate::client_auth::AuthenticatedClient;
use crate::commit::Change;
use crate::denied::Denied;
use crate::grants::{Issue, Refused, end_family, sign_in};
use crate::model::code::{CodeGrant, Use};
use crate::moment::Moment;
use crate::record::TokenEvent;
use crate::sts::Sts;
use stead_proto::grants::AuthorizationCodeGrant;
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
    sign_in::note(event, &code.authorization);
    check(client, &code, state, grant, (hash, moment))?;
    let redeemed = sign_in::Redeemed {
        target: &grant.target,
        nonce: code.nonce,
        spent: Change::SpendCode(hash, moment.now),
        client_info: grant.client_info,
    };
    sign_in::first_issue(sts, client, code.authorization, redeemed, moment).await
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
