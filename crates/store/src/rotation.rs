//! What a rotation of the master key is, in whichever store: what was sealed is opened and sealed anew.

use crate::master_key::{MasterKey, MasterKeyError};
use std::fmt;
use stead_core::model::factors::{Factors, Sealed, Totp};
use stead_core::record::Record;

/// How a rotation of the master key ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Everything was sealed anew.
    Done(Resealed),
    /// An earlier one had been interrupted before its last step; that is done now, and nothing else.
    Finished,
}

/// What was sealed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resealed {
    /// Private parts of signing keys.
    pub signing_keys: usize,
    /// Secrets of one-time codes.
    pub totp_secrets: usize,
}

impl fmt::Display for Resealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sealed anew under another master key: signing keys {}, secrets of one-time codes {}",
            self.signing_keys, self.totp_secrets
        )
    }
}

/// What a rotation needs of the world.
#[expect(missing_debug_implementations, reason = "functions have nothing to show")]
pub struct Chance<'a> {
    /// Fresh random bytes, each time.
    pub random: &'a mut dyn FnMut() -> [u8; 32],
    /// The record of what was sealed anew for one tenant.
    pub record: &'a dyn Fn(&Resealed) -> Record,
}

/// Opens what was sealed under one key, and seals it under another.
pub(crate) struct Anew<'a> {
    pub(crate) old: &'a MasterKey,
    pub(crate) new: &'a MasterKey,
    pub(crate) random: &'a mut dyn FnMut() -> [u8; 32],
}

impl Anew<'_> {
    /// Seals anew what was sealed for a purpose.
    pub(crate) fn seal(&mut self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, MasterKeyError> {
        let nonce = (self.random)().first_chunk().copied().unwrap_or_default();
        self.new.seal(purpose, &self.old.open(purpose, sealed)?, nonce)
    }

    /// A user's factors with the secret of their one-time codes sealed anew, if they have one.
    pub(crate) fn factors(&mut self, factors: Factors) -> Result<Option<Factors>, MasterKeyError> {
        let Some(totp) = &factors.totp else { return Ok(None) };
        let secret = Sealed::new(self.seal(MasterKey::TOTP, totp.secret.as_bytes())?);
        let totp = Some(Totp { secret, ..totp.clone() });
        Ok(Some(Factors { totp, ..factors }))
    }
}
