//! A proof with a passkey: asked for, and checked (WebAuthn Level 3 §7.2).

use super::answer::{credential_id, fault, in_no_frame, kind, read};
use super::relying_party::{RelyingParty, handle};
use super::{Question, cannot_ask, cannot_write};
use crate::flow::{Bond, Place, seal, unseal};
use serde::{Deserialize, Serialize};
use stead_core::commit::Once;
use stead_core::denied::PasskeyFault;
use stead_core::login::PasskeyProof;
use stead_core::model::factors::Passkey;
use stead_core::ports::StoreError;
use stead_proto::digest::{Sha256, from_base64url, sha256};
use stead_proto::id::{CredentialId, Subject};
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey as PublicKey, PublicKeyCredential};
use webauthn_rs_proto::AllowCredentials;

const PURPOSE: &str = "passkey question";

/// Who is asked for a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Whom {
    /// Whoever is there; the passkey says who that is.
    Anybody,
    /// This user, who proved already who they are.
    User(Subject),
}

/// A question on its way.
#[derive(Serialize, Deserialize)]
struct Asked {
    bond: Bond,
    whom: Whom,
    challenge: Sha256,
    state: DiscoverableAuthentication,
}

/// An answer to a question of ours, not yet held against a public key.
pub(crate) struct Assertion {
    asked: Asked,
    answer: PublicKeyCredential,
    /// Which passkey it is said to be of.
    pub(crate) passkey: CredentialId,
}

impl RelyingParty {
    /// Asks anybody for a proof. Nothing in the question tells who has a passkey.
    pub(crate) fn ask_anybody(&self, place: &Place<'_>) -> Result<Question, StoreError> {
        self.ask(Whom::Anybody, &[], place)
    }

    /// Asks a user who proved already who they are, for one of their passkeys.
    pub(crate) fn ask_user(
        &self,
        user: &Subject,
        passkeys: &[Passkey],
        place: &Place<'_>,
    ) -> Result<Question, StoreError> {
        self.ask(Whom::User(user.clone()), passkeys, place)
    }

    fn ask(
        &self,
        whom: Whom,
        passkeys: &[Passkey],
        place: &Place<'_>,
    ) -> Result<Question, StoreError> {
        let asked = self.webauthn.start_discoverable_authentication();
        let (request, state) = asked.map_err(|error| cannot_ask(&error))?;
        let mut request = request.public_key;
        request.allow_credentials = passkeys.iter().filter_map(allowed).collect();
        let options = serde_json::to_string(&request).map_err(|error| cannot_write(&error))?;
        let challenge = sha256(&request.challenge);
        let asked = Asked { bond: Bond::to(place), whom, challenge, state };
        Ok(Question { options, sealed: seal(&asked, PURPOSE, place.master)? })
    }

    /// Holds an answer against the passkey on file of the user whose it is.
    pub(crate) fn check(
        &self,
        assertion: Assertion,
        owner: &Subject,
        passkey: &Passkey,
        place: &Place<'_>,
    ) -> Result<PasskeyProof, PasskeyFault> {
        let once = assertion.once();
        let Assertion { asked, answer, passkey: id } = assertion;
        in_no_frame(&answer.response.client_data_json)?;
        is_by(owner, &asked.whom, &answer, place)?;
        let mut key: PublicKey =
            serde_json::from_str(&passkey.credential).map_err(|_| PasskeyFault::Unknown)?;
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(&answer, asked.state, &key)
            .map_err(|error| fault(&error))?;
        key.update_credential(&result);
        let credential = serde_json::to_string(&key).map_err(|_| PasskeyFault::Malformed)?;
        Ok(PasskeyProof { passkey: id, credential, key: kind(result.backup_eligible()), once })
    }
}

impl Assertion {
    /// Reads an answer and finds its question.
    pub(crate) fn read(
        sealed: &str,
        answer: &str,
        place: &Place<'_>,
    ) -> Result<Self, PasskeyFault> {
        let answer: PublicKeyCredential = read(answer)?;
        let asked: Asked =
            unseal(sealed, PURPOSE, place.master).map_err(|_| PasskeyFault::NotAsked)?;
        asked.bond.holds(place).map_err(|_| PasskeyFault::NotAsked)?;
        let passkey = credential_id(&answer.raw_id)?;
        Ok(Self { asked, answer, passkey })
    }

    /// Its challenge, to be spent with it.
    pub(crate) fn once(&self) -> Once {
        Once { key: self.asked.challenge, until: self.asked.bond.expires }
    }
}

/// A passkey as one that may be used.
fn allowed(passkey: &Passkey) -> Option<AllowCredentials> {
    let id = from_base64url(passkey.id.as_str())?;
    Some(AllowCredentials { type_: "public-key".to_owned(), id, transports: None })
}

/// Whether the owner is who was asked, and whom the authenticator takes them for. One that was asked for a
/// passkey by name may leave out whose it is.
fn is_by(
    owner: &Subject,
    whom: &Whom,
    answer: &PublicKeyCredential,
    place: &Place<'_>,
) -> Result<(), PasskeyFault> {
    let handle = handle(owner, place).map_err(|_| PasskeyFault::OtherUser)?;
    let asked = match whom {
        Whom::Anybody => answer.get_user_unique_id().is_some(),
        Whom::User(user) => user == owner,
    };
    let same = answer.get_user_unique_id().is_none_or(|said| said == handle.as_bytes());
    if asked && same { Ok(()) } else { Err(PasskeyFault::OtherUser) }
}
