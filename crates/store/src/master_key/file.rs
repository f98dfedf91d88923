//! The file of a master key, and the one beside it while a rotation is on its way.
//!
//! A rotation writes the new key beside the old one, seals everything anew in one transaction, and then lets
//! the new file take the old one's name. Whenever it is interrupted, one of the two files holds the key that
//! fits the database.

use super::MasterKeyError;
use crate::private_file;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use stead_proto::digest::{base64url, from_base64url};
use zeroize::Zeroizing;

/// What a key file holds: a line of base64url each.
pub(super) struct Held {
    /// The key.
    pub(super) key: Zeroizing<[u8; 32]>,
    /// What pseudonyms are made with, where that is not the key's own: authenticators keep them.
    pub(super) pseudonyms: Option<Zeroizing<[u8; 32]>>,
}

impl Held {
    /// A key that comes after none.
    pub(super) fn first(random: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(random), pseudonyms: None }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(text).ok()?.lines();
        let key = secret(lines.next()?)?;
        let pseudonyms = match lines.next() {
            Some(line) => Some(secret(line)?),
            None => None,
        };
        lines.next().is_none().then_some(Self { key, pseudonyms })
    }

    fn written(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(128));
        for secret in [Some(&self.key), self.pseudonyms.as_ref()].into_iter().flatten() {
            text.push_str(&Zeroizing::new(base64url(&**secret)));
            text.push('\n');
        }
        text
    }
}

fn secret(line: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(from_base64url(line.trim_end())?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

/// Reads a key, which nobody else may be able to.
pub(super) fn read(path: &Path) -> Result<Held, MasterKeyError> {
    let io = |error| MasterKeyError::Io { path: path.to_owned(), error };
    if let Some(mode) = private_file::looseness(path).map_err(io)? {
        return Err(MasterKeyError::Loose { path: path.to_owned(), mode });
    }
    let text = Zeroizing::new(fs::read(path).map_err(io)?);
    Held::parse(&text).ok_or_else(|| MasterKeyError::NotAKey { path: path.to_owned() })
}

/// Writes a key to a file of its own; fails if there is one.
pub(super) fn create(path: &Path, held: &Held) -> io::Result<()> {
    let mut file = private_file::create_new(path)?;
    file.write_all(held.written().as_bytes())?;
    file.sync_all()?;
    private_file::sync_directory_of(path)
}

/// The key beside this one, if a rotation left one there.
pub(super) fn read_beside(path: &Path) -> Result<Option<Held>, MasterKeyError> {
    let next = beside(path, ".next");
    if next.exists() { read(&next).map(Some) } else { Ok(None) }
}

/// Writes a key beside this one, whole or not at all, unless one is there. Says which is.
pub(super) fn keep_beside(path: &Path, held: Held) -> Result<Held, MasterKeyError> {
    if let Some(found) = read_beside(path)? {
        return Ok(found);
    }
    let (part, next) = (beside(path, ".part"), beside(path, ".next"));
    let write = || {
        if part.exists() {
            fs::remove_file(&part)?;
        }
        create(&part, &held)?;
        fs::rename(&part, &next)?;
        private_file::sync_directory_of(path)
    };
    write().map_err(|error| MasterKeyError::Io { path: next.clone(), error })?;
    Ok(held)
}

/// The key beside this one takes its name.
pub(super) fn give_way(path: &Path) -> Result<(), MasterKeyError> {
    let renamed = fs::rename(beside(path, ".next"), path);
    let durable = renamed.and_then(|()| private_file::sync_directory_of(path));
    durable.map_err(|error| MasterKeyError::Io { path: path.to_owned(), error })
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
