//! The libraries, and which applications are for which.

use super::registered::Registered;
use crate::args::Library;
use anyhow::bail;
use stead_core::model::application::Kind;

/// Refuses what cannot work, with what to take instead.
pub(super) fn fits(library: Library, application: &Registered) -> anyhow::Result<()> {
    let (name, kind) = (&application.name, application.kind.as_str());
    match library {
        Library::MsalBrowser if application.kind != Kind::Spa => bail!(
            "msal-browser runs in a page in the browser, and {name} is of kind {kind}: take msal-node, \
             or the library of its language"
        ),
        Library::AzureIdentity | Library::AzureIdentityJs if !application.is_confidential() => {
            bail!(
                "azure-identity acts with a secret or a certificate, and {name} is of kind {kind}, which \
                 keeps neither: take msal"
            )
        }
        Library::MsalBrowser | Library::OpenidClient | Library::Oauth4webapi => Ok(()),
        _ if application.kind == Kind::Spa => bail!(
            "{name} is a page in the browser: take msal-browser, openid-client or oauth4webapi"
        ),
        _ => Ok(()),
    }
}

/// Whether the library can do something for a server that proves nothing: read what its issuer publishes.
pub(super) fn serves_resources(library: Library) -> bool {
    matches!(library, Library::OpenidClient | Library::Oauth4webapi | Library::Authlib)
}
