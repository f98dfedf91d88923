//! Signing keys on file.

use serde::{Deserialize, Serialize};
use std::fmt;
use stead_proto::id::KeyId;
use stead_proto::jwt::Algorithm;
use stead_proto::time::Timestamp;

/// A signing key as the store keeps it: the private part sealed under the master key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKey {
    /// Its name.
    pub kid: KeyId,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// The PKCS#8 document, sealed (AEAD) under the master key; nothing once nobody needs it.
    pub sealed: Option<Vec<u8>>,
    /// When it was published.
    pub published: Timestamp,
    /// From when it signs: published first, so that every verifier knows it by then. It stops when the next
    /// one begins.
    pub signs_from: Timestamp,
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredKey({}, {})", self.kid, self.algorithm.as_str())
    }
}
