//! What stands between `BEGIN` and `END` (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stead_proto::secret::Zeroizing;

/// The bytes of the first block with this label.
pub(super) fn first(text: &str, label: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body = Zeroizing::new(body.split_whitespace().collect::<String>());
    STANDARD.decode(body.as_bytes()).ok().map(Zeroizing::new)
}
