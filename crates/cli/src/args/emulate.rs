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
    /// The port of its HTTPS; the admin API is at the next one. Free ones if 0; 8443 if absent, with --alias 443
    #[arg(long, value_name = "PORT", value_parser = port_of_two())]
    pub port: Option<u16>,
    /// Call itself login.microsoftonline.com, for clients whose machine takes that name for this one: nothing in an
    /// application changes
    #[arg(long)]
    pub alias: bool,
    /// Keep every request and its answer in this file, a line of JSON each, without secrets and tokens
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// A port that another follows.
fn port_of_two() -> RangedU64ValueParser<u16> {
    RangedU64ValueParser::new().range(0..=u64::from(u16::MAX - 1))
}

/// What goes wrong in an emulator, on purpose.
#[derive(Debug, Clone, Subcommand)]
pub enum Fault {
    /// Let tokens be refused, or come late, from now on
    #[command(after_help = FAULT_EXAMPLES)]
    Set(SetFault),
    /// List the faults that are set and will strike again
    List,
    /// Take one fault back, or all
    Clear {
        /// Its number; all if absent
        id: Option<u32>,
    },
}

const FAULT_EXAMPLES: &str = "\
A fault strikes where a token was about to be issued: what is wrong of itself is told so, and what a fault
refused has spent nothing. It is on record as `on purpose`. All are gone when the emulator ends.

Examples:
  stead fault set consent-required --user alice --resource api://company-data
  stead fault set throttled --user alice --times 3
  stead fault set slow --client reports-api --delay 3000
  stead fault set key-rotated";

/// Which fault, for whom.
#[derive(Debug, Clone, ClapArgs)]
pub struct SetFault {
    /// What goes wrong
    #[arg(value_enum)]
    pub kind: FaultKind,
    /// With tokens for this user only, by user name or id
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// With tokens asked for by this application only, by name or id
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// With tokens for this application only, by audience, name or id
    #[arg(long, value_name = "AUDIENCE")]
    pub resource: Option<String>,
    /// So many times; until it is taken back if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub times: Option<u32>,
    /// Of slow: by how many milliseconds; 2000 if absent
    #[arg(long, value_name = "MS")]
    pub delay: Option<u32>,
    /// Of overloaded: what Retry-After says; 5 if absent
    #[arg(long, value_name = "SECONDS")]
    pub retry_after: Option<u32>,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FaultKind {
    /// Nobody agreed
    ConsentRequired,
    /// The user has to prove anew who they are; strikes until they have
    StepUpRequired,
    /// The tenant's policy blocks the user
    Blocked,
    /// The user is switched off
    UserDisabled,
    /// The user's token has expired; strikes exchanges alone
    AssertionExpired,
    /// This user, client or resource is asked for too often: 400 without Retry-After
    Throttled,
    /// The whole server is: 429 with Retry-After
    Overloaded,
    /// The answer is late
    Slow,
    /// The server fails: 500
    ServerError,
    /// The server cannot answer at present: 503
    ServerUnavailable,
    /// New signing keys, at once
    KeyRotated,
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
