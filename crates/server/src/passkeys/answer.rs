//! What a browser sent back, read with limits, and what the library says of it in our words.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use stead_core::denied::PasskeyFault;
use stead_proto::acr::Amr;
use stead_proto::digest::base64url;
use stead_proto::id::CredentialId;
use webauthn_rs::prelude::WebauthnError;

/// Longest answer that is looked at. Those with an attestation, which is not asked for, stay below it too.
const LONGEST: usize = 16 * 1024;

/// An answer in JSON.
pub(super) fn read<T: DeserializeOwned>(answer: &str) -> Result<T, PasskeyFault> {
    if answer.len() > LONGEST {
        return Err(PasskeyFault::TooLong);
    }
    serde_json::from_str(answer).map_err(|_| PasskeyFault::Malformed)
}

/// A credential id as it is kept. Those that are too long for a name are as good as none.
pub(super) fn credential_id(raw: &[u8]) -> Result<CredentialId, PasskeyFault> {
    CredentialId::parse(base64url(raw)).map_err(|_| PasskeyFault::Malformed)
}

/// What kind of key it is (RFC 8176): one that may leave its device is held in software.
pub(super) fn kind(may_be_synchronised: bool) -> Amr {
    if may_be_synchronised { Amr::Swk } else { Amr::Hwk }
}

/// What the browser says it was asked, as far as the library does not look at it.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// No page of ours asks from within a frame of somebody else's.
pub(super) fn in_no_frame(client_data: &[u8]) -> Result<(), PasskeyFault> {
    let said: ClientData =
        serde_json::from_slice(client_data).map_err(|_| PasskeyFault::Malformed)?;
    if said.cross_origin { Err(PasskeyFault::OtherOrigin) } else { Ok(()) }
}

/// The library's reason in our words.
pub(super) fn fault(error: &WebauthnError) -> PasskeyFault {
    match error {
        WebauthnError::MismatchedChallenge => PasskeyFault::OtherChallenge,
        WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => {
            PasskeyFault::OtherOrigin
        }
        WebauthnError::InvalidRPIDHash => PasskeyFault::OtherHost,
        WebauthnError::CredentialNotFound => PasskeyFault::Unknown,
        WebauthnError::UserNotPresent | WebauthnError::UserNotVerified => PasskeyFault::NotVerified,
        WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => {
            PasskeyFault::Signature
        }
        WebauthnError::CredentialPossibleCompromise => PasskeyFault::Counter,
        WebauthnError::CredentialBackupEligibilityInconsistent
        | WebauthnError::CredentialMayNotBeHardwareBound => PasskeyFault::Changed,
        WebauthnError::CredentialExcludedFromRequest => PasskeyFault::AlreadyHere,
        _ => PasskeyFault::Malformed,
    }
}
