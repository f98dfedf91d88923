//! A new passkey: asked for, and taken from the answer (WebAuthn Level 3 §7.1).

use super::answer::{credential_id, fault, in_no_frame, kind, read};
use super::relying_party::{RelyingParty, handle};
use super::{Question, cannot_ask, cannot_write};
use crate::flow::{Bond, Place, seal, unseal};
use serde::{Deserialize, Serialize};
use stead_core::commit::Once;
use stead_core::denied::PasskeyFault;
use stead_core::model::factors::Passkey;
use stead_core::model::user::User;
use stead_core::ports::StoreError;
use stead_proto::acr::Amr;
use stead_proto::digest::{Sha256, from_base64url, sha256};
use stead_proto::id::{CredentialId, Subject};
use webauthn_rs::prelude::{Credential, PasskeyRegistration, RegisterPublicKeyCredential};
use webauthn_rs_proto::ResidentKeyRequirement;

const PURPOSE: &str = "passkey enrolment";

/// A question on its way.
#[derive(Serialize, Deserialize)]
struct Asked {
    bond: Bond,
    user: Subject,
    challenge: Sha256,
    state: PasskeyRegistration,
}

/// A new passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enrolled {
    /// Which.
    pub(crate) passkey: CredentialId,
    /// What it is checked with.
    pub(crate) credential: String,
    /// What kind of key it is.
    pub(crate) key: Amr,
    /// Its challenge, to be spent with it.
    pub(crate) once: Once,
}

impl RelyingParty {
    /// Asks for a new passkey of this user, on no authenticator that has one of these.
    pub(crate) fn ask_new(
        &self,
        user: &User,
        known: &[Passkey],
        place: &Place<'_>,
    ) -> Result<Question, StoreError> {
        let known = known.iter().filter_map(|it| from_base64url(it.id.as_str())).collect();
        let handle = handle(&user.id, place)?;
        // It takes no empty name, and a user may be called nothing.
        let shown = if user.name.is_empty() { user.username.as_str() } else { &user.name };
        let asked = self.webauthn.start_passkey_registration(
            handle,
            user.username.as_str(),
            shown,
            Some(known),
        );
        let (request, state) = asked.map_err(|error| cannot_ask(&error))?;
        let mut request = request.public_key;
        // Each of them signs in without a user name, which takes one that the authenticator remembers.
        if let Some(criteria) = &mut request.authenticator_selection {
            criteria.resident_key = Some(ResidentKeyRequirement::Required);
            criteria.require_resident_key = true;
        }
        let options = serde_json::to_string(&request).map_err(|error| cannot_write(&error))?;
        let challenge = sha256(&request.challenge);
        let asked = Asked { bond: Bond::to(place), user: user.id.clone(), challenge, state };
        Ok(Question { options, sealed: seal(&asked, PURPOSE, place.master)? })
    }

    /// Takes the new passkey of this user from an answer.
    pub(crate) fn enrolled(
        &self,
        sealed: &str,
        answer: &str,
        user: &Subject,
        place: &Place<'_>,
    ) -> Result<Enrolled, PasskeyFault> {
        let answer: RegisterPublicKeyCredential = read(answer)?;
        let asked: Asked =
            unseal(sealed, PURPOSE, place.master).map_err(|_| PasskeyFault::NotAsked)?;
        asked.bond.holds(place).map_err(|_| PasskeyFault::NotAsked)?;
        if asked.user != *user {
            return Err(PasskeyFault::OtherUser);
        }
        in_no_frame(&answer.response.client_data_json)?;
        let key = self.webauthn.finish_passkey_registration(&answer, &asked.state);
        let key = key.map_err(|error| fault(&error))?;
        let credential = serde_json::to_string(&key).map_err(|_| PasskeyFault::Malformed)?;
        let key = Credential::from(key);
        Ok(Enrolled {
            passkey: credential_id(&key.cred_id)?,
            credential,
            key: kind(key.backup_eligible),
            once: Once { key: asked.challenge, until: asked.bond.expires },
        })
    }
}
