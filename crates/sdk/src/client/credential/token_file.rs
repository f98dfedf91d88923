//! A token that a platform keeps fresh in a file: read anew each time, so that a new one counts at once.

use crate::client::AcquireError;
use std::path::Path;
use stead_proto::jwt::MAX_TOKEN;
use stead_proto::secret::Jwt;
use stead_proto::secret::Zeroizing;

pub(super) async fn read(path: &Path) -> Result<Jwt, AcquireError> {
    let wrong =
        |why: &str| AcquireError::Config(format!("the token file {} {why}", path.display()));
    let text = tokio::fs::read_to_string(path).await.map(Zeroizing::new);
    let text = text.map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(wrong("is empty"));
    }
    if token.len() > MAX_TOKEN || token.contains(char::is_whitespace) {
        return Err(wrong("holds no token"));
    }
    Ok(Jwt::new(token))
}
