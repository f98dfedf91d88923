//! What an application proves itself with, and where a program finds that.

use super::library::serves_resources;
use super::literal::Literal;
use super::registered::Registered;
use crate::args::{CredentialKind, Library};
use crate::resources::KeptAt;
use anyhow::bail;
use std::path::Path;

/// What an application proves itself with.
#[derive(Debug)]
pub(super) enum Proof {
    /// It proves nothing.
    Nothing,
    /// A shared secret.
    Secret(Kept),
    /// A private key with its certificate.
    Certificate(Pem),
    /// A token of an issuer it trusts.
    Federated,
}

/// Where a secret is.
#[derive(Debug)]
pub(super) enum Kept {
    /// In the file that the resource file names.
    File(Literal),
    /// Elsewhere: here only its hash is known.
    Variable(&'static str),
}

/// A private key and its certificate, in files of their own and in one.
#[derive(Debug)]
pub(super) struct Pem {
    pub(super) key: Literal,
    pub(super) cert: Literal,
    pub(super) both: Literal,
}

impl Proof {
    /// The one that was asked for; else a secret, else a certificate.
    pub(super) fn choose(
        application: &Registered,
        library: Library,
        asked: Option<CredentialKind>,
    ) -> anyhow::Result<Self> {
        let (name, kind) = (&application.name, application.kind.as_str());
        if !application.is_confidential() {
            return match asked {
                None | Some(CredentialKind::None) => Ok(Self::Nothing),
                Some(_) => bail!("{name} is of kind {kind}, which keeps no secret"),
            };
        }
        let certificate = application.kept.iter().find_map(|kept| match kept {
            KeptAt::Keys(file) => pem_beside(file),
            KeptAt::Secret(_) => None,
        });
        match (asked, certificate) {
            (Some(CredentialKind::Federated), _) if application.federated => Ok(Self::Federated),
            (Some(CredentialKind::Federated), _) => bail!("{name} trusts no other issuer's tokens"),
            (None | Some(CredentialKind::Secret), _) if application.has_secret => {
                Ok(Self::secret(&application.kept))
            }
            (Some(CredentialKind::Secret), _) => bail!("{name} has no secret"),
            (None | Some(CredentialKind::Certificate), Some(pem)) => Ok(Self::Certificate(pem)),
            (Some(CredentialKind::Certificate), None) => bail!(
                "there is no certificate of {name}: beside its jwks_file NAME.jwks.json it is looked for \
                 in NAME.key.pem, NAME.cert.pem and, both in one, NAME.pem"
            ),
            (None | Some(CredentialKind::None), _) if serves_resources(library) => {
                Ok(Self::Nothing)
            }
            _ => bail!("{name} is of kind {kind}: it has to prove who it is"),
        }
    }

    fn secret(kept: &[KeptAt]) -> Self {
        let file = kept.iter().find_map(|kept| match kept {
            KeptAt::Secret(file) => Some(file.clone()),
            KeptAt::Keys(_) => None,
        });
        Self::Secret(match file {
            Some(file) => Kept::File(Literal::path(file)),
            None => Kept::Variable("STEAD_CLIENT_SECRET"),
        })
    }
}

/// The certificate whose public key this set holds, by its name.
fn pem_beside(jwks: &Path) -> Option<Pem> {
    let name = jwks.file_name()?.to_str()?.strip_suffix(".jwks.json")?;
    let beside = |part: &str| {
        let file = jwks.with_file_name(format!("{name}{part}.pem"));
        file.is_file().then(|| Literal::path(file))
    };
    Some(Pem { key: beside(".key")?, cert: beside(".cert")?, both: beside("")? })
}
