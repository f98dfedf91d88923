//! The modules as they are printed: one template a library.

use super::facts::{Facts, Redirect};
use super::proof::{Kept, Proof};
use crate::args::Library;
use askama::Template;

/// One template for each library.
macro_rules! snippets {
    ($($library:ident => $path:tt),+ $(,)?) => {
        $(
            #[derive(Template)]
            #[template(path = $path, escape = "none")]
            struct $library<'f> {
                f: &'f Facts,
            }
        )+

        /// The module of a library, with these facts.
        pub(super) fn render(library: Library, f: &Facts) -> askama::Result<String> {
            match library {
                $(Library::$library => $library { f }.render()),+
            }
        }
    };
}

snippets! {
    MsalPython => "client_config/msal_python.py",
    MsalNode => "client_config/msal_node.mjs",
    MsalBrowser => "client_config/msal_browser.mjs",
    MsalGo => "client_config/msal_go.go",
    MsalDotnet => "client_config/msal_dotnet.cs",
    MsalJava => "client_config/msal_java.java",
    AzureIdentity => "client_config/azure_identity.py",
    AzureIdentityJs => "client_config/azure_identity_js.mjs",
    OpenidClient => "client_config/openid_client.mjs",
    Oauth4webapi => "client_config/oauth4webapi.mjs",
    Authlib => "client_config/authlib.py",
}

impl Facts {
    /// What @azure/identity calls the credential.
    fn azure_class(&self) -> &'static str {
        match &self.proof {
            _ if self.acts_for_users => "OnBehalfOfCredential",
            Proof::Certificate(_) => "ClientCertificateCredential",
            Proof::Federated => "ClientAssertionCredential",
            Proof::Secret(_) | Proof::Nothing => "ClientSecretCredential",
        }
    }

    /// What @azure/identity calls what it is proved with.
    fn azure_proof(&self) -> &'static str {
        match &self.proof {
            Proof::Certificate(_) => "certificatePath",
            Proof::Federated => "getAssertion",
            Proof::Secret(_) | Proof::Nothing => "clientSecret",
        }
    }
}
