//! What may be typed about the emulator, and about the libraries of clients.

use clap::builder::RangedU64ValueParser;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Standing in for another identity provider.
#[derive(Debug, Clone, Subcommand)]
pub enum Emulate {
    /// Microsoft Entra ID: one tenant with users, applications and keys, for MSAL and other libraries
    #[command(after_help = EMULATE_EXAMPLES)]
    Entra(EmulateEntra),
}

const EMULATE_EXAMPLES: &str = "\
Everything is in DIR and stays there: an ordinary process file, resource files to edit, secrets, keys. What is
there is kept; delete the folder to begin anew. DIR/emulator.json says the same for programs.

Examples:
  stead emulate entra
  stead --config stead-emulator/stead.toml explain --as alice --client reports-api --to api://payroll";

/// The emulator.
#[derive(Debug, Clone, ClapArgs)]
pub struct EmulateEntra {
    /// The folder it writes and works in
    #[arg(long, value_name = "DIR", default_value = "stead-emulator")]
    pub dir: PathBuf,
    /// The port of its HTTPS; the admin API is at the next one. Free ones if 0
    #[arg(long, value_name = "PORT", default_value_t = 8443, value_parser = port_of_two())]
    pub port: u16,
}

/// A port that another follows.
fn port_of_two() -> RangedU64ValueParser<u16> {
    RangedU64ValueParser::new().range(0..=u64::from(u16::MAX - 1))
}

pub(super) const CLIENT_CONFIG_EXAMPLES: &str = "\
The application is one of the resource files, by its name or its id. The module names the file that its secret
is in; where only a hash is on file, it reads the environment variable STEAD_CLIENT_SECRET.

Those for Go, .NET and Java follow the libraries' sources and documentation; no test of ours runs them.

Examples:
  stead client-config --library msal-python --application reports-api > stead_client.py
  stead client-config --dir stead-emulator --library msal-node --application reports-api --credential certificate";

/// Whose client for what.
#[derive(Debug, Clone, ClapArgs)]
pub struct ClientConfig {
    /// The library
    #[arg(long, value_enum, value_name = "NAME")]
    pub library: Library,
    /// The application, by name or id
    #[arg(long, value_name = "NAME")]
    pub application: String,
    /// The folder of an emulator, instead of --config
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// What the application proves itself with; a secret if it has one, else a certificate
    #[arg(long, value_enum, value_name = "KIND")]
    pub credential: Option<CredentialKind>,
    /// Under the name of Entra itself, for `stead emulate entra --alias`
    #[arg(long)]
    pub alias: bool,
}

/// A library of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Library {
    /// msal for Python
    MsalPython,
    /// @azure/msal-node
    MsalNode,
    /// @azure/msal-browser
    MsalBrowser,
    /// MSAL for Go
    MsalGo,
    /// MSAL.NET
    MsalDotnet,
    /// MSAL for Java
    MsalJava,
    /// azure-identity for Python
    AzureIdentity,
    /// @azure/identity
    AzureIdentityJs,
    /// openid-client 6
    OpenidClient,
    /// oauth4webapi 3
    Oauth4webapi,
    /// Authlib
    Authlib,
}

/// What an application proves itself with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CredentialKind {
    /// A shared secret
    Secret,
    /// A private key with its certificate
    Certificate,
    /// A token of an issuer that it trusts
    Federated,
    /// Nothing
    None,
}
