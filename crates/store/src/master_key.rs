//! The master key: seals what must not lie readable in the store.
//!
//! One 256-bit key in a file of its own. For each purpose a key of its own is derived (HKDF-SHA-256), and
//! the purpose is authenticated with the text (AES-256-GCM), so that what was sealed for one purpose opens
//! for no other.

mod file;

use crate::private_file;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::hmac;
use file::Held;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use zeroize::Zeroizing;

const SALT: &[u8] = b"stead master key";
const CHECK: &str = "check";
const PSEUDONYMS: &str = "pseudonyms";

/// The key under which secrets are sealed. Never printed.
pub struct MasterKey {
    held: Held,
    /// The key that took its place when the database was opened: a rotation had been interrupted before its
    /// last step.
    successor: OnceLock<Held>,
    path: PathBuf,
    origin: Origin,
}

/// Where a key comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It was in its file.
    Kept,
    /// It was made just now.
    Made,
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or made.
    #[error("cannot read or make the master key {}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Others can read it.
    #[error(
        "the master key {} can be read by others (mode {mode:03o}); run: chmod 600 {}",
        path.display(),
        path.display()
    )]
    Loose {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// What is in the file is no key.
    #[error(
        "{} does not hold a master key (32 bytes in base64url); restore it from a backup",
        path.display()
    )]
    NotAKey {
        /// Which file.
        path: PathBuf,
    },
    /// What was to be opened was sealed by another key, for another purpose, or was changed.
    #[error("what was to be opened was not sealed by the master key {}", path.display())]
    CannotOpen {
        /// Which file.
        path: PathBuf,
    },
    /// The cryptography refused. It does so for texts of many gigabytes only.
    #[error("the text cannot be sealed")]
    CannotSeal,
}

impl MasterKey {
    /// What the private parts of signing keys are sealed for.
    pub const SIGNING_KEY: &str = "signing-key";
    /// What the secrets of one-time codes are sealed for. Together with signing keys these are all that is
    /// sealed on file; what is sealed for a page is not kept.
    pub const TOTP: &str = "totp";

    /// Reads the key from its file. If there is no file, these random bytes become the key.
    pub fn load_or_create(path: &Path, random: [u8; 32]) -> Result<Self, MasterKeyError> {
        let io = |error| MasterKeyError::Io { path: path.to_owned(), error };
        let held = Held::first(random);
        private_file::directory(path.parent().unwrap_or(Path::new(""))).map_err(io)?;
        match file::create(path, &held) {
            Ok(()) => Ok(Self::of(held, path, Origin::Made)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            Err(error) => Err(io(error)),
        }
    }

    /// A key that is in no file: what it seals can be opened in this process only.
    #[must_use]
    pub fn ephemeral(random: [u8; 32]) -> Self {
        Self::of(Held::first(random), Path::new("(in memory)"), Origin::Kept)
    }

    /// Reads the key from its file, which must be there.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        Ok(Self::of(file::read(path)?, path, Origin::Kept))
    }

    fn of(held: Held, path: &Path, origin: Origin) -> Self {
        Self { held, successor: OnceLock::new(), path: path.to_owned(), origin }
    }

    fn in_force(&self) -> &Held {
        self.successor.get().unwrap_or(&self.held)
    }

    /// The file it is in.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes its file away again if it was made just now: the store it was to open has another key.
    pub(crate) fn unmake(&self) -> bool {
        self.origin == Origin::Made && fs::remove_file(&self.path).is_ok()
    }

    /// Seals a text for a purpose. No two texts of one purpose may share a nonce.
    pub fn seal(
        &self,
        purpose: &str,
        plain: &[u8],
        nonce: [u8; NONCE_LEN],
    ) -> Result<Vec<u8>, MasterKeyError> {
        let key = self.key_for(purpose).ok_or(MasterKeyError::CannotSeal)?;
        let mut text = plain.to_vec();
        let sealed = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(sealed, Aad::from(purpose.as_bytes()), &mut text)
            .map_err(|_| MasterKeyError::CannotSeal)?;
        Ok([nonce.as_slice(), &text].concat())
    }

    /// Opens what [`MasterKey::seal`] sealed for the same purpose.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, MasterKeyError> {
        let cannot = || MasterKeyError::CannotOpen { path: self.path.clone() };
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(cannot)?;
        let mut text = Zeroizing::new(text.to_vec());
        let key = self.key_for(purpose).ok_or_else(cannot)?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = key
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut text)
            .map_err(|_| cannot())?
            .len();
        text.truncate(opened);
        Ok(text)
    }

    /// A name for something, always the same, that says nothing to whoever does not have this key. It stays
    /// when the key is rotated.
    pub fn pseudonym(&self, purpose: &str, of: &str) -> Result<[u8; 16], MasterKeyError> {
        let secret = self.pseudonyms()?;
        let mut text = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &*secret));
        for part in [purpose.as_bytes(), &[0], of.as_bytes()] {
            text.update(part);
        }
        let tag = text.sign();
        tag.as_ref().first_chunk().copied().ok_or(MasterKeyError::CannotSeal)
    }

    /// What pseudonyms are made with: the first key's, handed on by each rotation.
    fn pseudonyms(&self) -> Result<Zeroizing<[u8; 32]>, MasterKeyError> {
        let held = self.in_force();
        if let Some(inherited) = &held.pseudonyms {
            return Ok(inherited.clone());
        }
        let mut own = Zeroizing::new([0; 32]);
        let info = [PSEUDONYMS.as_bytes()];
        let derived = held.prk().expand(&info, Pseudonyms).and_then(|okm| okm.fill(&mut *own));
        derived.map(|()| own).map_err(|_| MasterKeyError::CannotSeal)
    }

    /// The key that is to take this one's place, in a file beside it: the one that an interrupted rotation left
    /// there, else one of these random bytes.
    pub(crate) fn prepare_successor(&self, random: [u8; 32]) -> Result<Self, MasterKeyError> {
        let pseudonyms = Some(self.pseudonyms()?);
        let held = Held { pseudonyms, ..Held::first(random) };
        let held = file::keep_beside(&self.path, held)?;
        Ok(Self::of(held, &self.path, Origin::Kept))
    }

    /// Lets the key beside it take its place. From then on its file holds that one.
    pub(crate) fn give_way(&self) -> Result<(), MasterKeyError> {
        file::give_way(&self.path)
    }

    /// Whether a sealed constant was sealed by this key. Where a rotation was interrupted once everything was
    /// sealed anew, the one beside it did that: then it takes its place now.
    pub(crate) fn settle(&self, check: &[u8]) -> Result<bool, MasterKeyError> {
        if self.fits(check) {
            return Ok(true);
        }
        let Some(next) = self.successor_that_fits(check)? else { return Ok(false) };
        self.give_way()?;
        _ = self.successor.set(next.held);
        Ok(true)
    }

    /// Whether another key took its place when the database was opened.
    pub(crate) fn gave_way(&self) -> bool {
        self.successor.get().is_some()
    }

    /// Whether the store whose constant this is opens with this key.
    pub(crate) fn would_settle(&self, check: &[u8]) -> bool {
        self.fits(check) || matches!(self.successor_that_fits(check), Ok(Some(_)))
    }

    fn successor_that_fits(&self, check: &[u8]) -> Result<Option<Self>, MasterKeyError> {
        let next = file::read_beside(&self.path)?;
        let next = next.map(|held| Self::of(held, &self.path, Origin::Kept));
        Ok(next.filter(|next| next.fits(check)))
    }

    /// A sealed constant: kept in a store, it tells whether the key fits that store. The nonce is always
    /// the same and so is the text, which nothing else is ever sealed beside.
    pub(crate) fn check(&self) -> Result<Vec<u8>, MasterKeyError> {
        self.seal(CHECK, CHECK.as_bytes(), [0; NONCE_LEN])
    }

    /// Whether a sealed constant was sealed by this key.
    pub(crate) fn fits(&self, check: &[u8]) -> bool {
        self.open(CHECK, check).is_ok()
    }

    fn key_for(&self, purpose: &str) -> Option<LessSafeKey> {
        let info = [purpose.as_bytes()];
        let prk = self.in_force().prk();
        let derived = prk.expand(&info, &AES_256_GCM).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(derived)))
    }
}

impl Held {
    fn prk(&self) -> Prk {
        Salt::new(HKDF_SHA256, SALT).extract(self.key.as_slice())
    }
}

/// How much of a derivation is the secret of pseudonyms.
struct Pseudonyms;

impl KeyType for Pseudonyms {
    fn len(&self) -> usize {
        32
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests;
