//! What is written down so that only its owner can read it, and nobody can change it.

use super::digest::of_parts;
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use std::fmt;
use std::sync::Arc;
use stead_proto::digest::{base64url, from_base64url};
use stead_proto::secret::Zeroizing;

/// How many bytes of a sealed text are drawn at random and stand in front.
const NONCE: usize = 12;

/// A key of 32 bytes that things are sealed with (AES-256-GCM-SIV). Keep it where secrets are kept.
#[derive(Clone)]
pub struct SealingKey(Arc<Keys>);

/// One key for each use, made of the one that was given.
struct Keys {
    seal: RandomizedNonceKey,
    name: hmac::Key,
}

/// A text that was not sealed with this key for this purpose, or was changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed text cannot be opened with this key")]
pub struct BadSeal;

impl SealingKey {
    /// A key from its bytes, drawn at random by you.
    pub fn new(bytes: &[u8; 32]) -> Result<Self, BadSeal> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let [seal, name] =
            ["stead seal 1", "stead name 1"].map(|usage| hmac::sign(&root, usage.as_bytes()));
        let seal = RandomizedNonceKey::new(&AES_256_GCM_SIV, seal.as_ref());
        let name = hmac::Key::new(hmac::HMAC_SHA256, name.as_ref());
        Ok(Self(Arc::new(Keys { seal: seal.map_err(|_| BadSeal)?, name })))
    }

    /// A name for something that these parts stand for, of which it tells nothing.
    pub(super) fn name(&self, parts: &[&[u8]]) -> String {
        let parts = of_parts(parts.iter().copied());
        base64url(hmac::sign(&self.0.name, parts.as_bytes()).as_ref())
    }

    /// Seals for a purpose: opened for any other, it is nothing.
    pub(super) fn seal(&self, purpose: &[u8], text: &[u8]) -> Result<String, BadSeal> {
        let mut sealed = text.to_vec();
        let nonce = self.0.seal.seal_in_place_append_tag(Aad::from(purpose), &mut sealed);
        let nonce = nonce.map_err(|_| BadSeal)?;
        Ok(base64url(&[nonce.as_ref().as_slice(), &sealed].concat()))
    }

    pub(super) fn open(&self, purpose: &[u8], sealed: &str) -> Result<Zeroizing<Vec<u8>>, BadSeal> {
        let bytes = from_base64url(sealed).ok_or(BadSeal)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or(BadSeal)?;
        let mut text = Zeroizing::new(sealed.to_vec());
        let opened = self.0.seal.open_in_place(Nonce::from(nonce), Aad::from(purpose), &mut text);
        let length = opened.map_err(|_| BadSeal)?.len();
        text.truncate(length);
        Ok(text)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_opens_for_the_same_purpose_what_nobody_changed() {
        let (key, other) = (SealingKey::new(&[1; 32]).unwrap(), SealingKey::new(&[2; 32]).unwrap());
        let sealed = key.seal(b"handle", b"secret").unwrap();
        assert_eq!(key.open(b"handle", &sealed).as_deref().map(Vec::as_slice), Ok(&b"secret"[..]));
        assert_eq!(other.open(b"handle", &sealed), Err(BadSeal));
        assert_eq!(key.open(b"cache", &sealed), Err(BadSeal));
        let mut bytes = from_base64url(&sealed).unwrap();
        for place in 0..bytes.len() {
            bytes[place] ^= 1;
            assert_eq!(key.open(b"handle", &base64url(&bytes)), Err(BadSeal), "{place}");
            bytes[place] ^= 1;
        }
        for text in ["", "AAAA", "not base64url!"] {
            assert_eq!(key.open(b"handle", text), Err(BadSeal), "{text}");
        }
        assert_ne!(sealed, key.seal(b"handle", b"secret").unwrap());
    }
}
