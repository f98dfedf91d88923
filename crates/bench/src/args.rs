//! What may be typed.

mod beside;

pub use beside::{Cache, Gateway, Memory, Peers, Verify};

use crate::names::{CLIENT, RESOURCE, SCOPE};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use stead_proto::jwt::Algorithm;

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Exchanges: how many a second, how long each, what they cost the server
    #[command(after_help = EXCHANGE_EXAMPLES)]
    Exchange(Box<Exchange>),
    /// Sign-ins with a password: authorization request, page, code, token
    #[command(after_help = "Example:\n  stead bench login --browsers 1,8 --users 100")]
    Login(Login),
    /// Verifying with the SDK, the first time and again, beside the signature alone
    #[command(after_help = "Example:\n  stead bench verify --algorithms es256 --tokens 100000")]
    Verify(Verify),
    /// Tokens the SDK has acquired before, for few users and for many
    #[command(
        after_help = "Example:\n  stead bench cache --users 1,1000000\n\nA million users take some 6 GiB of memory."
    )]
    Cache(Cache),
    /// The gateway, nginx and Envoy in turns: what passing on a request on behalf of its user costs, memory, the
    /// token API
    #[command(after_help = GATEWAY_EXAMPLE)]
    Gateway(Gateway),
    /// Exchanges of Stead and of other servers, in turns
    #[command(after_help = PEERS_EXAMPLE)]
    Peers(Peers),
    /// What one more session or token takes, in memory and on disk
    #[command(after_help = "Example:\n  stead bench memory --things 1000000")]
    Memory(Memory),
    /// Everything above in many variants, and the page about it: docs/reference/performance.md
    #[command(after_help = REPORT_EXAMPLES)]
    Report(Report),
}

impl Bench {
    /// The command under which Stead is started, if one is named.
    pub(crate) fn under(&self) -> Option<&str> {
        let extent = match self {
            Self::Exchange(what) => &what.extent,
            Self::Login(what) => &what.extent,
            Self::Gateway(what) => &what.extent,
            Self::Peers(what) => &what.extent,
            Self::Verify(_) | Self::Cache(_) | Self::Memory(_) | Self::Report(_) => return None,
        };
        extent.under.as_deref()
    }
}

/// What is typed after `stead`, of a measurement alone.
#[derive(Debug, Parser)]
pub struct Line {
    /// What to measure.
    #[command(subcommand)]
    pub bench: Bench,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  stead bench report --dir /var/tmp/stead-bench
  stead bench report --only exchange-cold,login
  stead bench report --only none --add verify.json     a section that `--json` printed elsewhere";

const GATEWAY_EXAMPLE: &str = "\
Examples:
  stead bench gateway --connections 64 --cached-users 1000
  stead bench gateway --envoy target/envoy/envoy/_bin/envoy      the one that `cargo xtask setup` installs

It starts a provider, an upstream, a gateway and an nginx of its own, gives the proxies one core, and stops them.";

const PEERS_EXAMPLE: &str = "\
Example:
  stead bench peers --peer 'node tests/peers/oidc-provider.mjs'

A peer is a program that prints one line of JSON once it listens: its name, the url of its token endpoint, its
pids, the client that exchanges and its secret_file, a token_file with subject tokens, one a line, and what to
ask for: to, scope. `cargo xtask bench-peers` installs npm oidc-provider and runs this.";

const EXCHANGE_EXAMPLES: &str = "\
Examples:
  stead bench exchange
  stead bench exchange --subject-tokens repeated --connections 1,16,64,256
  stead bench exchange --users 1,1000,1000000 --records 0,1000000 --dir /var/tmp/stead-bench
  stead bench exchange --algorithm rs256 --transport tls --json

It starts a server of its own, drives it over connections that stay open, and stops it. How to read the
numbers: docs/reference/performance.md.";

/// How the server is set up that is measured.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The server")]
pub struct Setup {
    /// What it keeps everything in: `sqlite`, `postgres` (a PostgreSQL of its own, started for it), or the URL
    /// of a PostgreSQL with an empty database
    #[arg(long, value_name = "STORE", default_value = "sqlite")]
    pub store: StoreChoice,
    /// The file with the password for that URL
    #[arg(long, value_name = "FILE")]
    pub store_password_file: Option<PathBuf>,
    /// How it is spoken to
    #[arg(long, value_enum, default_value_t = Transport::Plain)]
    pub transport: Transport,
    /// The folder it lives in, kept and used again the next time; a temporary one if absent
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// How many other applications are on file
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub applications: u32,
}

impl Setup {
    /// One that keeps everything in a file, in this folder, and is spoken to without TLS.
    pub(crate) fn simple(dir: Option<PathBuf>) -> Self {
        Self {
            store: StoreChoice::Sqlite,
            store_password_file: None,
            transport: Transport::Plain,
            dir,
            applications: 0,
        }
    }
}

/// How long and how often it is measured.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The measurement")]
pub struct Extent {
    /// How often each point is measured; the medians are told
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// How long a round takes
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub seconds: Duration,
    /// How many requests a round has at most
    #[arg(long, value_name = "N", default_value_t = u64::MAX, hide_default_value = true)]
    pub requests: u64,
    /// The program under which Stead is started, with its arguments: one that counts or watches. Rounds take what it
    /// takes, and tell nothing then
    #[arg(long, value_name = "COMMAND")]
    pub under: Option<String>,
}

/// A server that runs already.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "A server that runs already")]
pub struct Running {
    /// Its token endpoint; no other is started then
    #[arg(long, value_name = "URL", requires_all = ["token_file", "secret_file"])]
    pub url: Option<String>,
    /// The CA of its certificate, PEM
    #[arg(long, value_name = "FILE", requires = "url")]
    pub ca: Option<PathBuf>,
    /// Its process on this machine, to know what it uses
    #[arg(long, value_name = "PID", requires = "url")]
    pub pid: Option<u32>,
    /// Subject tokens for the client, one a line, shown again and again
    #[arg(long, value_name = "FILE", requires = "url")]
    pub token_file: Option<PathBuf>,
    /// The client that exchanges them
    #[arg(long, value_name = "ID", default_value = CLIENT)]
    pub client: String,
    /// Its secret
    #[arg(long, value_name = "FILE", requires = "url")]
    pub secret_file: Option<PathBuf>,
    /// The resource it asks for
    #[arg(long, value_name = "AUDIENCE", default_value = RESOURCE)]
    pub to: String,
    /// The scopes it asks for
    #[arg(long, value_name = "SCOPES", default_value = SCOPE)]
    pub scope: String,
}

impl Running {
    /// None: one is started.
    pub(crate) fn none() -> Self {
        Self {
            url: None,
            ca: None,
            pid: None,
            token_file: None,
            client: CLIENT.to_owned(),
            secret_file: None,
            to: RESOURCE.to_owned(),
            scope: SCOPE.to_owned(),
        }
    }
}

/// Exchanges.
#[derive(Debug, Clone, Args)]
pub struct Exchange {
    /// The server
    #[command(flatten)]
    pub setup: Setup,
    /// Or one that runs already
    #[command(flatten)]
    pub running: Running,
    /// How long and how often
    #[command(flatten)]
    pub extent: Extent,
    /// How tokens are signed, those that are exchanged and those that come of it
    #[arg(long, value_enum, default_value_t = Signature::Es256)]
    pub algorithm: Signature,
    /// Whether each token is shown once, or one a user again and again
    #[arg(long, value_enum, default_value_t = SubjectTokens::Cold)]
    pub subject_tokens: SubjectTokens,
    /// How many connections, one request at a time on each
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "64")]
    pub connections: Vec<usize>,
    /// How many users are on file, all of whom are acted for
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1000")]
    pub users: Vec<u32>,
    /// How many records are on file before
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "0")]
    pub records: Vec<u64>,
    /// Besides as many as it can: at a fixed rate, a number a second, `half` of what it can, or `none`
    #[arg(long, value_name = "RATE", default_value = "half")]
    pub rate: Rate,
    /// How many exchanges come before the first round
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub warm_up: u64,
}

/// Sign-ins.
#[derive(Debug, Clone, Args)]
pub struct Login {
    /// The server
    #[command(flatten)]
    pub setup: Setup,
    /// How long and how often
    #[command(flatten)]
    pub extent: Extent,
    /// How many browsers sign in at a time
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "4")]
    pub browsers: Vec<usize>,
    /// How many users are on file, who take turns
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub users: u32,
}

/// The page.
#[derive(Debug, Clone, Args)]
pub struct Report {
    /// The folder that performance.json and performance.md are in
    #[arg(long, value_name = "DIR", default_value = "docs/reference")]
    pub into: PathBuf,
    /// The folder for the servers; better on a disk like the one that will be used
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// These sections only; `none` measures nothing and writes the page again
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub only: Vec<String>,
    /// A section that was measured elsewhere, as `--json` printed it
    #[arg(long, value_name = "FILE")]
    pub add: Vec<PathBuf>,
    /// Longer rounds, and ten million records
    #[arg(long)]
    pub thorough: bool,
}

/// What the server keeps everything in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreChoice {
    /// One file in its folder.
    Sqlite,
    /// A PostgreSQL that is started for it, in its folder.
    PrivatePostgres,
    /// A PostgreSQL that runs, by its URL.
    Postgres(String),
}

impl FromStr for StoreChoice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::PrivatePostgres),
            url if url.starts_with("postgres://") => Ok(Self::Postgres(url.to_owned())),
            _ => Err("expected `sqlite`, `postgres` or `postgres://…`".to_owned()),
        }
    }
}

impl StoreChoice {
    /// As reports call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::PrivatePostgres | Self::Postgres(_) => "postgres",
        }
    }
}

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Transport {
    /// HTTP/1.1, as behind a proxy on the same machine.
    Plain,
    /// HTTP/1.1 in TLS 1.3.
    Tls,
}

impl Transport {
    /// As reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tls => "tls",
        }
    }
}

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the algorithms say it all")]
pub enum Signature {
    Es256,
    Eddsa,
    Rs256,
}

impl From<Signature> for Algorithm {
    fn from(signature: Signature) -> Self {
        match signature {
            Signature::Es256 => Self::Es256,
            Signature::Eddsa => Self::EdDsa,
            Signature::Rs256 => Self::Rs256,
        }
    }
}

/// Which subject tokens the server is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SubjectTokens {
    /// Each once: none has been seen before.
    Cold,
    /// One a user, of a thousand users at most, again and again.
    Repeated,
}

impl SubjectTokens {
    /// As reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Repeated => "repeated",
        }
    }
}

/// At which rate requests come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// At none: only as many as it can.
    None,
    /// Half of the most that was just measured.
    Half,
    /// So many a second.
    PerSecond(f64),
}

impl FromStr for Rate {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "half" => Ok(Self::Half),
            number => match number.parse() {
                Ok(rate) if rate > 0.0 && f64::is_finite(rate) => Ok(Self::PerSecond(rate)),
                _ => Err("expected a number above 0, `half` or `none`".to_owned()),
            },
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    let seconds = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_above_zero_or_one_of_two_words() {
        assert_eq!("half".parse(), Ok(Rate::Half));
        assert_eq!("none".parse(), Ok(Rate::None));
        assert_eq!("1500".parse(), Ok(Rate::PerSecond(1500.0)));
        for bad in ["0", "-1", "inf", "NaN", "fast", ""] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_store_is_one_of_two_words_or_a_url() {
        assert_eq!("sqlite".parse(), Ok(StoreChoice::Sqlite));
        assert_eq!("postgres".parse(), Ok(StoreChoice::PrivatePostgres));
        let url = "postgres://stead@127.0.0.1/bench";
        assert_eq!(url.parse(), Ok(StoreChoice::Postgres(url.to_owned())));
        assert!("mysql".parse::<StoreChoice>().is_err());
    }

    #[test]
    fn a_round_takes_more_than_no_time() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        for bad in ["0", "-1", "1e300", "x"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
