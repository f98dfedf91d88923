//! The master key: seals what must not lie readable in the store.
//!
//! One 256-bit key in a file of its own. For each purpose a key of its own is derived (HKDF-SHA-256), and
//! the purpose is authenticated with the text (AES-256-GCM), so that what was sealed for one purpose opens
//! for no other.

use crate::private_file;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use stead_proto::digest::{base64url, from_base64url};
use zeroize::Zeroizing;

const SALT: &[u8] = b"stead master key";
const CHECK: &str = "check";

/// The key under which secrets are sealed. Never printed.
pub struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
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
    /// Reads the key from its file. If there is no file, these random bytes become the key.
    pub fn load_or_create(path: &Path, random: [u8; 32]) -> Result<Self, MasterKeyError> {
        let io = |error| MasterKeyError::Io { path: path.to_owned(), error };
        let random = Zeroizing::new(random);
        private_file::directory(path.parent().unwrap_or(Path::new(""))).map_err(io)?;
        match create(path, &random) {
            Ok(()) => Ok(Self { bytes: random, path: path.to_owned(), origin: Origin::Made }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            Err(error) => Err(io(error)),
        }
    }

    /// A key that is in no file: what it seals can be opened in this process only.
    #[must_use]
    pub fn ephemeral(random: [u8; 32]) -> Self {
        let path = PathBuf::from("(in memory)");
        Self { bytes: Zeroizing::new(random), path, origin: Origin::Kept }
    }

    /// Reads the key from its file, which must be there.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let io = |error| MasterKeyError::Io { path: path.to_owned(), error };
        if let Some(mode) = private_file::looseness(path).map_err(io)? {
            return Err(MasterKeyError::Loose { path: path.to_owned(), mode });
        }
        let text = Zeroizing::new(fs::read(path).map_err(io)?);
        let bytes = std::str::from_utf8(&text)
            .ok()
            .and_then(|text| from_base64url(text.trim_end()).map(Zeroizing::new))
            .and_then(|bytes| bytes.as_slice().try_into().ok())
            .ok_or_else(|| MasterKeyError::NotAKey { path: path.to_owned() })?;
        Ok(Self { bytes: Zeroizing::new(bytes), path: path.to_owned(), origin: Origin::Kept })
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

    /// A name for something, always the same, that says nothing to whoever does not have this key.
    pub fn pseudonym(&self, purpose: &str, of: &str) -> Result<[u8; 16], MasterKeyError> {
        let mut name = [0; 16];
        let info = [purpose.as_bytes(), &[0], of.as_bytes()];
        let derived = self.prk().expand(&info, Pseudonym).and_then(|okm| okm.fill(&mut name));
        derived.map(|()| name).map_err(|_| MasterKeyError::CannotSeal)
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
        let prk = self.prk();
        let derived = prk.expand(&info, &AES_256_GCM).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(derived)))
    }

    fn prk(&self) -> Prk {
        Salt::new(HKDF_SHA256, SALT).extract(self.bytes.as_slice())
    }
}

/// How much of a derivation is a pseudonym.
struct Pseudonym;

impl KeyType for Pseudonym {
    fn len(&self) -> usize {
        16
    }
}

fn create(path: &Path, bytes: &[u8; 32]) -> io::Result<()> {
    let mut file = private_file::create_new(path)?;
    let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(base64url(bytes))));
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    private_file::sync_directory_of(path)
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests;
