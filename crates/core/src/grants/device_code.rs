//! A device asks whether its user has answered, and gets its tokens once (RFC 8628 §3.4, §3.5).

use crate::client_auth::AuthenticatedClient;
use crate::commit::Change;
use crate::denied::Denied;
use crate::grants::{Issue, Refused, end_family, sign_in};
use crate::model::code::Authorization;
use crate::model::device::{DeviceChange, DeviceGrant, DeviceState};
use crate::moment::Moment;
use crate::record::TokenEvent;
use crate::sts::Sts;
use stead_proto::grants::DeviceCodeGrant;
use stead_proto::secret::SecretHash;

/// Says what this poll would issue.
pub(crate) async fn poll(
    sts: &Sts,
    client: &AuthenticatedClient,
    grant: &DeviceCodeGrant,
    (event, moment): (&mut TokenEvent, &Moment),
) -> Result<Issue, Refused> {
    let code = grant.device_code.hash();
    let held = sts.store.device(&code).await?.ok_or(Denied::DeviceCodeUnknown)?;
    if held.client != *client.id() {
        return Err(Denied::DeviceCodeNotForClient.into());
    }
    event.resource.clone_from(&held.target.resource);
    let authorization = granted(&held, (code, moment))?;
    sign_in::note(event, &authorization);
    let redeemed = sign_in::Redeemed {
        target: &grant.target,
        nonce: None,
        spent: Change::Device(code, DeviceChange::Spent),
        client_info: held.client_info || grant.client_info,
    };
    sign_in::first_issue(sts, client, authorization, redeemed, moment).await
}

/// What the user agreed to. While nobody has answered, every poll is noted with its refusal; what was
/// agreed to is given to a device that asks too soon, too.
fn granted(
    held: &DeviceGrant,
    (code, moment): (SecretHash, &Moment),
) -> Result<Authorization, Refused> {
    let polled = Change::Device(code, DeviceChange::Polled(moment.now));
    match &held.state {
        DeviceState::Spent { family, .. } => {
            let end = end_family(family, moment.now, "its device code was used twice");
            Err(Refused::from(Denied::DeviceCodeSpent).and(end))
        }
        _ if held.expires <= moment.now => Err(Denied::DeviceCodeExpired.into()),
        DeviceState::Refused => Err(Denied::AccessDenied.into()),
        DeviceState::Pending if held.too_soon(moment.now) => {
            Err(Refused::from(Denied::DeviceCodeTooSoon).and(polled))
        }
        DeviceState::Pending => Err(Refused::from(Denied::DeviceCodePending).and(polled)),
        DeviceState::Granted(authorization) => Ok((**authorization).clone()),
    }
}
