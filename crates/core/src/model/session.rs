//! Sessions: one sign-in at one browser.

use serde::{Deserialize, Serialize};
use stead_proto::acr::{Acr, Amr};
use stead_proto::id::{SessionId, Subject};
use stead_proto::secret::SecretHash;
use stead_proto::time::Timestamp;

/// A session on file. Whether it is alive is for revocation facts and `expires` to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `sid` in tokens.
    pub id: SessionId,
    /// Who signed in.
    pub user: Subject,
    /// What the browser's cookie hashes to.
    pub secret: SecretHash,
    /// When it began.
    pub started: Timestamp,
    /// When the user last proved who they are.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: Acr,
    /// By what means.
    pub amr: Vec<Amr>,
    /// When it ends in any case.
    pub expires: Timestamp,
}
