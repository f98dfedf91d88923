//! The keys of one tenant: what signs now, what verifies.

mod schedule;

pub use schedule::{
    ALGORITHMS, Haste, KEPT_BY_VERIFIERS, KeyLife, KeySchedule, LEAST_AHEAD, NOTICED_BY_NODES,
    Stage, Step,
};

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use stead_proto::id::KeyId;
use stead_proto::jwt::{Algorithm, JwkSet, KeySet, SigningKey};

/// A tenant's keys at one instant, parsed once. Another tenant has another ring.
#[derive(Clone)]
pub struct KeyRing {
    signers: Vec<Arc<SigningKey>>,
    public: KeySet,
    published: JwkSet,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.signers.iter().map(|key| key.kid())).finish()
    }
}

impl KeyRing {
    /// A ring of the keys that sign (the first of an algorithm is used) and all that are published.
    #[must_use]
    pub fn new(signers: Vec<Arc<SigningKey>>, published: JwkSet) -> Self {
        Self { signers, public: KeySet::from_jwks(&published), published }
    }

    /// The key that signs with this algorithm now.
    #[must_use]
    pub fn signer(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        self.signers.iter().find(|key| key.alg() == algorithm).map(AsRef::as_ref)
    }

    /// The algorithms there is a key for.
    #[must_use]
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let mut seen = BTreeSet::new();
        self.signers.iter().map(|key| key.alg()).filter(|alg| seen.insert(alg.as_str())).collect()
    }

    /// Whether there is a key to sign with for each algorithm.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        ALGORITHMS.iter().all(|algorithm| self.signer(*algorithm).is_some())
    }

    /// The public keys that verify this tenant's tokens.
    #[must_use]
    pub fn public(&self) -> &KeySet {
        &self.public
    }

    /// The key set to publish.
    #[must_use]
    pub fn published(&self) -> &JwkSet {
        &self.published
    }

    /// Whether a key of this name is in the ring.
    #[must_use]
    pub fn knows(&self, kid: &KeyId) -> bool {
        self.public.get(kid).is_some()
    }
}
