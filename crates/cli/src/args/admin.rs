//! What may be typed about what is on file: each a call of the admin API.

use clap::builder::RangedI64ValueParser;
use clap::{Args, Subcommand, ValueEnum};

/// As many records as the API tells at once.
fn a_page() -> RangedI64ValueParser<u32> {
    RangedI64ValueParser::new().range(1..=200)
}

/// Reading the records.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// List records, newest first
    List(AuditList),
    /// Walk the chain of records; the status is 1 if one was edited or is missing
    Verify,
}

/// Which records.
#[derive(Debug, Args)]
pub struct AuditList {
    /// About this user only, by user name or id
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Of this client only
    #[arg(long, value_name = "ID")]
    pub client: Option<String>,
    /// Refusals only
    #[arg(long)]
    pub denied: bool,
    /// Of this request only
    #[arg(long, value_name = "ID")]
    pub trace: Option<String>,
    /// At most so many, 1 to 200
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = a_page())]
    pub limit: u32,
}

/// Applications.
#[derive(Debug, Subcommand)]
pub enum App {
    /// List all
    List,
    /// Show one
    Show {
        /// Its client id
        id: String,
    },
    /// Make a new secret, shown once
    AddSecret {
        /// Its client id
        id: String,
    },
    /// Switch it off; its tokens end
    Disable {
        /// Its client id
        id: String,
    },
    /// Switch it on again
    Enable {
        /// Its client id
        id: String,
    },
    /// Remove it; its tokens end
    Delete {
        /// Its client id
        id: String,
    },
}

/// Users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// List all
    List,
    /// Show one
    Show {
        /// User name or id
        user: String,
    },
    /// Add one
    Add(AddUser),
    /// Set a password, read from standard input; the user's sessions end
    SetPassword {
        /// User name or id
        user: String,
    },
    /// Switch them off; their sessions and tokens end
    Disable {
        /// User name or id
        user: String,
    },
    /// Switch them on again
    Enable {
        /// User name or id
        user: String,
    },
    /// End all their sessions and tokens
    SignOut {
        /// User name or id
        user: String,
    },
    /// Show their second factors, without any secret
    Factors {
        /// User name or id
        user: String,
    },
    /// Take their second factors away, as when a phone is lost; their sessions and tokens end
    ResetFactors {
        /// User name or id
        user: String,
        /// Only those of this kind
        #[arg(long, value_name = "KIND")]
        method: Option<FactorMethod>,
    },
    /// Remove them; their sessions and tokens end
    Delete {
        /// User name or id
        user: String,
    },
}

/// A kind of second factor.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FactorMethod {
    /// The app that shows one-time codes
    Totp,
    /// All passkeys
    Passkeys,
    /// All recovery codes
    Recovery,
}

impl FactorMethod {
    /// What the admin API calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkeys => "passkeys",
            Self::Recovery => "recovery",
        }
    }
}

/// A new user.
#[derive(Debug, Args)]
pub struct AddUser {
    /// What they type to sign in
    pub username: String,
    /// The name people see; the user name if absent
    #[arg(long)]
    pub name: Option<String>,
    /// Mail address
    #[arg(long)]
    pub email: Option<String>,
    /// A group they are in; may be repeated
    #[arg(long = "group", value_name = "ID")]
    pub groups: Vec<String>,
}

/// Groups.
#[derive(Debug, Subcommand)]
pub enum Group {
    /// List all
    List,
    /// Add one, or change what it is for
    Add {
        /// Its name
        id: String,
        /// What it is for
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Remove it; memberships in it end
    Delete {
        /// Its name
        id: String,
    },
}

/// Consents.
#[derive(Debug, Subcommand)]
pub enum Consent {
    /// List all
    List,
    /// Agree as an administrator
    Give(GiveConsent),
    /// Withdraw one; tokens that rest on it end
    Withdraw {
        /// Its id
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
}

/// A consent to give.
#[derive(Debug, Args)]
pub struct GiveConsent {
    /// The client that may
    #[arg(long, value_name = "ID")]
    pub client: String,
    /// The resource it may use
    #[arg(long, value_name = "AUDIENCE")]
    pub resource: String,
    /// Which of its scopes, separated by spaces
    #[arg(long, value_name = "SCOPES")]
    pub scope: String,
    /// For whom: everyone, group:ID or user:NAME
    #[arg(long = "for", value_name = "WHOM", default_value = "everyone")]
    pub whom: String,
}

/// Sessions.
#[derive(Debug, Subcommand)]
pub enum Session {
    /// List those that have not expired
    List {
        /// Of this user only, by user name or id
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
    /// End one, with its tokens
    End {
        /// Its id, the claim sid
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
}

/// Signing keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List all: which sign, which will, which did
    List,
    /// Publish the next keys; they sign once every verifier can know them
    Rotate {
        /// Of this algorithm only
        #[arg(long, value_name = "ALG")]
        algorithm: Option<KeyAlgorithm>,
        /// Sign with them at once, in an emergency: verifiers that keep the keys they have read refuse
        /// the new tokens for up to five minutes
        #[arg(long)]
        now: bool,
    },
    /// End a key and everything it signed, now; another takes over
    Revoke {
        /// Its name, as the list shows it
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// Why, in a few words
        #[arg(long)]
        why: String,
    },
}

/// The master key.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum MasterKey {
    /// Make another one and seal everything anew under it; no server may be running
    #[command(
        after_help = "A backup made before opens with the key that was in force then: keep that key as long as the\nbackup, apart from it. Whenever this is interrupted, the server starts with the key as it is then."
    )]
    Rotate,
}

/// What tokens are signed with.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KeyAlgorithm {
    /// ECDSA on P-256
    #[value(name = "ES256")]
    Es256,
    /// RSA
    #[value(name = "RS256")]
    Rs256,
    /// Ed25519
    #[value(name = "EdDSA")]
    EdDsa,
}

impl KeyAlgorithm {
    /// What the admin API calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// What to stop.
#[derive(Debug, Args)]
pub struct Revoke {
    /// What sort of thing
    #[arg(value_enum)]
    pub kind: Revocable,
    /// Its id
    #[arg(allow_hyphen_values = true)]
    pub id: String,
    /// Why, in a few words
    #[arg(long)]
    pub why: String,
}

/// What can be stopped.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Revocable {
    /// All sessions and tokens of a user
    User,
    /// A session
    Session,
    /// All tokens of a client
    Client,
    /// What rests on a consent
    Consent,
    /// A token and what came of it
    Token,
    /// What came of one sign-in at one client
    Family,
}
