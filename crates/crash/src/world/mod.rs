//! The folder of a server that is to fail: its files, its secrets, and who is in it.

mod files;
mod opened;

pub use opened::Opened;

pub use files::{AUDIENCE, BACK, FRONT, MIDDLE, PASSWORD, REDIRECT, TENANT};

use anyhow::Context;
use serde::Serialize;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use stead_proto::jwt::{Algorithm, JwkSet, SigningKey, Typ};

/// The issuer that every server of these tests is, on whatever port it listens.
pub const ISSUER: &str = "https://id.example/acme/v2.0";

/// Which store the server keeps what it knows in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One file.
    Sqlite,
    /// A PostgreSQL.
    Postgres,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// The folder of a server, and what its clients know.
#[derive(Debug)]
pub struct World {
    folder: PathBuf,
    /// How many users there are: one for each actor.
    pub users: usize,
    /// The secret of front ends and middle tier.
    pub secret: String,
    key: SigningKey,
    /// The database's URL, where it is none of our own files.
    database: Option<String>,
    /// How long client assertions are good, in seconds.
    pub good_for: i64,
}

impl World {
    /// Writes the files of a server into an empty folder; without a database it keeps a file of its own.
    pub fn make(
        folder: &Path,
        users: usize,
        database: Option<String>,
        dice: &mut fastrand::Rng,
    ) -> anyhow::Result<Self> {
        let secret = format!("{:032x}", dice.u128(..));
        let (key, _) = SigningKey::generate(Algorithm::Es256).context("no key can be made")?;
        let keys: JwkSet = [key.public_jwk()].into_iter().collect();
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            fs::write(&file, text).with_context(|| file.display().to_string())
        };
        write("stead.toml", &files::process(database.as_deref()))?;
        write("resources.toml", &files::resources(users))?;
        write("secret", &secret)?;
        write("middle.jwks.json", &serde_json::to_string(&keys)?)?;
        Ok(Self { folder: folder.to_owned(), users, secret, key, database, good_for: 60 })
    }

    /// The process file.
    #[must_use]
    pub fn process_file(&self) -> PathBuf {
        self.folder.join("stead.toml")
    }

    /// Where the server's log goes.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("stead.log")
    }

    /// The folder of everything the server makes.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The token that opens the admin API, once the server has made it.
    pub fn admin_token(&self) -> anyhow::Result<String> {
        let file = self.data().join("admin.token");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(text.trim().to_owned())
    }

    /// Opens the store; a file only while no server runs.
    pub async fn open(&self) -> anyhow::Result<Opened> {
        match &self.database {
            Some(url) => Opened::database(url, &self.data()).await,
            None => Opened::file(&self.data()),
        }
    }

    /// A client assertion of the middle tier: so named, good until then (seconds since 1970).
    #[must_use]
    pub fn assertion(&self, name: &str, until: i64) -> String {
        let claims = serde_json::json!({
            "iss": MIDDLE, "sub": MIDDLE, "aud": ISSUER, "jti": name, "exp": until,
        });
        let jwt = self.key.sign(Typ::ClientAuthentication, &claims);
        // What cannot be signed is refused as an assertion, and seen as that.
        jwt.map(|jwt| jwt.expose().to_owned()).unwrap_or_default()
    }
}
