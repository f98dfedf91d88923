//! Signing keys as the admin API shows them, and how it is asked for others.

use super::twins;
use serde::{Deserialize, Serialize};
use stead_core::keys::{ALGORITHMS, Haste, KEPT_BY_VERIFIERS, KeyLife, NOTICED_BY_NODES, Stage};
use stead_proto::id::KeyId;
use stead_proto::jwt::Algorithm;
use utoipa::ToSchema;

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StageForm {
    /// Published, not yet signing.
    Next,
    /// Signing.
    Signing,
    /// Signing no more; published while tokens it signed are alive.
    Verifying,
    /// Of no more use: the last token it signed has expired.
    Retired,
    /// Revoked: neither it nor what it signed counts.
    Revoked,
}
twins!(StageForm = Stage { Next, Signing, Verifying, Retired, Revoked });

/// A signing key, without its private part.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// Its name.
    #[schema(value_type = String)]
    pub kid: KeyId,
    /// What it signs with.
    #[schema(value_type = String)]
    pub algorithm: Algorithm,
    /// Where it is in its life.
    pub stage: StageForm,
    /// When it was published.
    #[schema(format = DateTime)]
    pub published: String,
    /// From when it signs.
    #[schema(format = DateTime)]
    pub signs_from: String,
    /// When it stops signing; absent while no other key is to take over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub signs_until: Option<String>,
    /// When the last token it signed has expired, and it is published no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub published_until: Option<String>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub revoked: Option<String>,
}

impl From<&KeyLife> for KeyView {
    fn from(life: &KeyLife) -> Self {
        Self {
            kid: life.key.kid.clone(),
            algorithm: life.key.algorithm,
            stage: life.stage.into(),
            published: life.key.published.to_string(),
            signs_from: life.key.signs_from.to_string(),
            signs_until: life.signs_until.map(|at| at.to_string()),
            published_until: life.published_until.map(|at| at.to_string()),
            revoked: life.revoked.map(|at| at.to_string()),
        }
    }
}

/// What tokens are signed with.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub enum AlgorithmForm {
    /// ECDSA on P-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSA.
    #[serde(rename = "RS256")]
    Rs256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl From<AlgorithmForm> for Algorithm {
    fn from(form: AlgorithmForm) -> Self {
        match form {
            AlgorithmForm::Es256 => Self::Es256,
            AlgorithmForm::Rs256 => Self::Rs256,
            AlgorithmForm::EdDsa => Self::EdDsa,
        }
    }
}

/// Which keys are to give way, and how soon.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationBody {
    /// Those of this algorithm; of all if absent.
    #[serde(default)]
    pub algorithm: Option<AlgorithmForm>,
    /// At once, although verifiers may not know the new ones yet; else once everybody does.
    #[serde(default)]
    pub at_once: bool,
}

impl RotationBody {
    /// Which algorithms are meant.
    pub(crate) fn algorithms(&self) -> Vec<Algorithm> {
        self.algorithm.map_or(ALGORITHMS.to_vec(), |one| vec![one.into()])
    }

    /// How soon.
    pub(crate) fn haste(&self) -> Haste {
        if self.at_once { Haste::AtOnce } else { Haste::InTurn }
    }
}

/// The keys after one was changed, and who knows of it when.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyChangeView {
    /// Those that sign, or will: of the algorithms that were changed.
    pub keys: Vec<KeyView>,
    /// Within how many seconds all nodes of this server go by it.
    pub nodes_within: u32,
    /// For how many seconds a verifier may go on with the keys it has read before.
    pub verifiers_within: u32,
}

impl KeyChangeView {
    /// What is to be said of keys of these algorithms.
    pub(crate) fn new(lives: &[KeyLife], algorithms: &[Algorithm]) -> Self {
        let signs = |life: &&KeyLife| matches!(life.stage, Stage::Next | Stage::Signing);
        let changed = lives.iter().filter(|life| algorithms.contains(&life.key.algorithm));
        Self {
            keys: changed.filter(signs).map(KeyView::from).collect(),
            nodes_within: NOTICED_BY_NODES.0,
            verifiers_within: KEPT_BY_VERIFIERS.0,
        }
    }
}

/// Why a key is revoked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhyBody {
    /// In a few words; the record keeps it.
    pub why: String,
}
