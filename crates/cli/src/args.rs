//! What may be typed.

use clap::builder::RangedU64ValueParser;
use clap::{Args as ClapArgs, Parser, Subcommand};
use std::path::{Path, PathBuf};

mod admin;
mod data;
mod emulate;
mod gateway;
pub use admin::*;
pub use data::*;
pub use emulate::*;
pub use gateway::*;

/// Who may act for whom: on-behalf-of in one binary.
#[derive(Debug, Parser)]
#[command(name = "stead", version, long_version = LONG_VERSION, max_term_width = 100, after_help = EXAMPLES)]
pub struct Args {
    /// What every command understands.
    #[command(flatten)]
    pub everywhere: Everywhere,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `--version` says: whoever measures something says of which build.
#[cfg(debug_assertions)]
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (debug build)");
/// What `--version` says: whoever measures something says of which build.
#[cfg(not(debug_assertions))]
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (release build)");

const MIGRATE_NOTES: &str = "\
A start does the same, unless `store.migrate` is false. Servers of the version before go on working
meanwhile. Everything is done in one transaction, or nothing; never backwards.";

const EXAMPLES: &str = "\
Examples:
  stead demo                     the whole journey on this machine, in a browser
  stead init && stead serve      a server of your own, in this folder
  stead check                    every mistake in stead.toml and the resource files
  stead explain --as alice --client reports-api --to api://company-data --scope Rows.Read";

/// What every command understands.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Everywhere")]
pub struct Everywhere {
    /// The process file; if nothing is said, `stead.toml`, and for a gateway `gateway.toml`
    #[arg(long, short, global = true, value_name = "FILE", env = "STEAD_CONFIG")]
    pub config: Option<PathBuf>,
    /// The admin API, where it is not the one in the process file: `http://127.0.0.1:8444` or `unix:PATH`
    #[arg(
        long,
        visible_alias = "server",
        global = true,
        value_name = "URL",
        env = "STEAD_ADMIN_URL"
    )]
    pub admin_url: Option<String>,
    /// The file with the admin API's token, where it is not the one in the process file
    #[arg(long, global = true, value_name = "FILE", env = "STEAD_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,
    /// The tenant; needed where there are several
    #[arg(long, global = true, value_name = "NAME", env = "STEAD_TENANT")]
    pub tenant: Option<String>,
    /// Print JSON, for programs: `check`, `doctor`, `token inspect`, and whatever asks a running server
    #[arg(long, global = true)]
    pub json: bool,
}

impl Everywhere {
    /// The server's file.
    #[must_use]
    pub fn server_file(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new("stead.toml"))
    }

    /// The gateway's file.
    #[must_use]
    pub fn gateway_file(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new("gateway.toml"))
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the identity provider and token service
    #[command(
        after_help = "SIGHUP loads tenants, resource files and certificates again; SIGTERM and SIGINT end it gracefully,\na second one at once."
    )]
    Serve,
    /// Run the gateway: verify who calls, exchange the token, pass the request on
    #[command(after_help = GATEWAY_NOTES)]
    Gateway(Gateway),
    /// Write a stead.toml and an example of resources to begin with
    Init {
        /// Where
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Show the whole journey on this machine: front end, middle tier, API, three users
    Demo(Demo),
    /// Stand in for another identity provider: the same server, with its URLs, ids and ready users
    #[command(subcommand)]
    Emulate(Emulate),
    /// Print a library's client for an application, as a module to paste
    #[command(after_help = CLIENT_CONFIG_EXAMPLES)]
    ClientConfig(ClientConfig),
    /// Find every mistake in stead.toml and the resource files
    Check,
    /// Look at what the server stands on: clock, disk, certificates, store, issuers, configuration
    #[command(after_help = DOCTOR_NOTES)]
    Doctor(Doctor),
    /// Bring PostgreSQL's tables to this version; SQLite's file is brought along at each start
    #[command(after_help = MIGRATE_NOTES)]
    Migrate {
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Copy everything on file into one file, while the server goes on
    #[command(after_help = BACKUP_NOTES)]
    Backup(Backup),
    /// Fill an empty place from a backup
    #[command(after_help = RESTORE_NOTES)]
    Restore(Restore),
    /// Say why an exchange is allowed or refused, rule by rule
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Look into a token, or stop one
    #[command(subcommand)]
    Token(Token),
    /// Read the records of what happened, and prove that none is missing
    #[command(subcommand)]
    Audit(Audit),
    /// Applications: what is a client, a resource, or both
    #[command(subcommand)]
    App(App),
    /// Users
    #[command(subcommand)]
    User(User),
    /// Groups of users
    #[command(subcommand)]
    Group(Group),
    /// Consents: who agreed to what
    #[command(subcommand)]
    Consent(Consent),
    /// Sessions: who is signed in where
    #[command(subcommand)]
    Session(Session),
    /// Signing keys: which sign, letting others sign, ending one that leaked
    #[command(subcommand, after_help = KEYS_EXAMPLES)]
    Keys(Keys),
    /// The master key: what seals signing keys and the secrets of one-time codes
    #[command(subcommand)]
    MasterKey(MasterKey),
    /// Stop something now, with everything that came of it
    #[command(after_help = "Example:\n  stead revoke session 4f1c… --why \"laptop stolen\"")]
    Revoke(Revoke),
    /// Let something go wrong on purpose, in an emulator
    #[command(subcommand)]
    Fault(Fault),
    /// Measure what it costs on this machine, beside what the machine itself can do
    #[command(subcommand)]
    Bench(stead_bench::Bench),
    /// Print what a tenant has as a resource file, in stable order; secrets stay where they are
    Export,
    /// The process file itself: its JSON schema, its reference page
    #[command(subcommand)]
    Config(Config),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  stead completion bash > /etc/bash_completion.d/stead")]
    Completion {
        /// Which
        shell: clap_complete::Shell,
    },
}

const KEYS_EXAMPLES: &str = "\
Examples:
  stead keys list
  stead keys rotate                     the next keys, for all algorithms, in good time
  stead keys revoke 5TsW… --why \"it was in a backup that was stolen\"";

const GATEWAY_NOTES: &str = "\
The file is read again when it changes and on SIGHUP; where it is wrong, what was at work goes on.
SIGTERM and SIGINT end it gracefully, a second one at once.

Examples:
  stead gateway example entra > gateway.toml   one to begin with, for Entra ID
  stead gateway --config gateway.toml
  stead gateway check --config gateway.toml    every mistake in it";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  stead explain --as alice --client reports-api --to api://company-data --scope Rows.Read
  stead explain --trace 5f2d0c8e…      what the record of this request says
  stead explain --client reports-api --to api://company-data --token - < token

The status is 0 if it is allowed, 1 if it is refused.";

const DOCTOR_NOTES: &str = "\
It changes nothing and works beside a running server, as the same user.
The status is 1 if anything fails; warnings do not count.";

/// How closely to look.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub struct Doctor {
    /// Also read all of a large database for damage, and walk every record; takes its time
    #[arg(long)]
    pub thorough: bool,
    /// In place of a server
    #[command(subcommand)]
    pub instead: Option<DoctorInstead>,
}

/// What else there is to look at.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum DoctorInstead {
    /// Look at what a gateway stands on: its file, clock, certificate, upstreams, providers and what they think of its
    /// credential
    #[command(after_help = DOCTOR_NOTES)]
    Gateway,
}

/// A port that three others follow.
fn port_of_four() -> RangedU64ValueParser<u16> {
    RangedU64ValueParser::new().range(0..=u64::from(u16::MAX - 3))
}

/// The demonstration.
#[derive(Debug, Clone, ClapArgs)]
pub struct Demo {
    /// Walk the journey without a browser; the status is 0 only if every hop was as it must be
    #[arg(long)]
    pub check: bool,
    /// Keep everything in this folder, instead of a temporary one
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The first of four ports: identity provider, dashboard, reports-api, company-data; free ones if 0
    #[arg(long, value_name = "PORT", default_value_t = 8440, value_parser = port_of_four())]
    pub port: u16,
}

/// Which exchange to explain.
#[derive(Debug, ClapArgs)]
pub struct Explain {
    /// The user, by user name or id
    #[arg(long = "as", value_name = "USER", conflicts_with_all = ["trace", "token"])]
    pub user: Option<String>,
    /// The client that asks, by id or name
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// The resource it asks for
    #[arg(long = "to", value_name = "AUDIENCE")]
    pub resource: Option<String>,
    /// The scopes it asks for; all that is allowed if absent
    #[arg(long, value_name = "SCOPES")]
    pub scope: Option<String>,
    /// The client that signed the user in, by id or name
    #[arg(long, value_name = "NAME")]
    pub via: Option<String>,
    /// The scopes that the user's token holds
    #[arg(long, value_name = "SCOPES")]
    pub holding: Option<String>,
    /// A request that was made, by the trace id of its error or record
    #[arg(long, value_name = "ID", conflicts_with = "token")]
    pub trace: Option<String>,
    /// The user's token itself; `-` reads standard input, which other users do not see
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
}

/// Looking into a token.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Decode a token, say who acts for whom, and verify it with its issuer's keys
    #[command(
        after_help = "Signature and times are verified. Whether the token was revoked since is not asked: that is what\nits issuer's introspection endpoint is for.\nThe token is better read from standard input: arguments are seen by other users.\n\nExample:\n  stead token inspect < token"
    )]
    Inspect(Inspect),
    /// Stop a token now, with everything that came of it
    Revoke {
        /// Its id, the claim jti
        id: String,
        /// Why, in a few words
        #[arg(long)]
        why: String,
    },
}

/// Which token, and how to verify it.
#[derive(Debug, ClapArgs)]
pub struct Inspect {
    /// The token; `-` reads standard input
    #[arg(default_value = "-")]
    pub token: String,
    /// The issuer to expect; the one the token names if absent
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// Decode only
    #[arg(long, conflicts_with_all = ["issuer", "ca"])]
    pub offline: bool,
    /// A CA to trust besides the system's, PEM
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// The process file itself.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Config {
    /// Print the JSON schema of stead.toml
    Schema {
        /// Of resource files instead
        #[arg(long)]
        resources: bool,
    },
    /// Print the reference page, docs/reference/config.md
    Reference,
}
