//! Where the files say that an application's credentials are kept: for programs that prove themselves with
//! them, which the hashes on file do not help.

use super::files::Input;
use super::raw;
use crate::document::Document;
use crate::mistake::Mistakes;
use std::path::PathBuf;
use stead_proto::id::ClientId;

/// A file that a credential is kept in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptAt {
    /// A shared secret.
    Secret(PathBuf),
    /// Public keys as a JWK set.
    Keys(PathBuf),
}

/// The files that an application's credentials are kept in.
#[must_use]
pub fn kept_at(inputs: &[Input], client: &ClientId) -> Vec<KeptAt> {
    inputs.iter().flat_map(|input| kept_at_by(input, client)).collect()
}

fn kept_at_by(input: &Input, client: &ClientId) -> Vec<KeptAt> {
    // Whoever asks has read the files before, mistakes and all.
    let document: Document<'_, raw::File> = Document::read(&input.source, &mut Mistakes::default());
    let Some(file) = &document.said else { return Vec::new() };
    let own = file.application.iter().filter(|it| *it.id == client.as_str());
    let credentials = own.flat_map(|it| &it.credentials);
    credentials
        .filter_map(|credential| match &**credential {
            raw::Credential::SecretFile(file) => Some(KeptAt::Secret(input.folder.join(&**file))),
            raw::Credential::JwksFile(file) => Some(KeptAt::Keys(input.folder.join(&**file))),
            raw::Credential::Jwks(_) | raw::Credential::Federated(_) => None,
        })
        .collect()
}
