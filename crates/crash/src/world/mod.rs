//! The folder of a server that is to fail: its files, its secrets, and who is in it.

mod files;

pub use files::{AUDIENCE, BACK, FRONT, MIDDLE, PASSWORD, REDIRECT, TENANT};

use anyhow::Context;
use serde::Serialize;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stead_core::ports::Store;
use stead_proto::id::TenantId;
use stead_proto::jwt::{Algorithm, JwkSet, SigningKey, Typ};
use stead_store::{MasterKey, Sqlite};

/// The issuer that every server of these tests is, on whatever port it listens.
pub const ISSUER: &str = "https://id.example/acme/v2.0";

/// Which store the server keeps what it knows in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One file.
    Sqlite,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
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
}

impl World {
    /// Writes the files of a server into an empty folder.
    pub fn make(folder: &Path, users: usize, dice: &mut fastrand::Rng) -> anyhow::Result<Self> {
        let secret = format!("{:032x}", dice.u128(..));
        let (key, _) = SigningKey::generate(Algorithm::Es256).context("no key can be made")?;
        let keys: JwkSet = [key.public_jwk()].into_iter().collect();
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            fs::write(&file, text).with_context(|| file.display().to_string())
        };
        write("stead.toml", files::PROCESS)?;
        write("resources.toml", &files::resources(users))?;
        write("secret", &secret)?;
        write("middle.jwks.json", &serde_json::to_string(&keys)?)?;
        Ok(Self { folder: folder.to_owned(), users, secret, key })
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

    /// Opens the store beside no server: only while none runs.
    pub fn open(&self) -> anyhow::Result<Opened> {
        Opened::at(&self.data())
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

/// A store that is looked into while no server has it.
#[derive(Debug)]
pub struct Opened {
    sqlite: Sqlite,
    /// The tenant's questions and answers.
    pub store: Arc<dyn Store>,
}

impl Opened {
    /// Opens what lies in a folder that a server made.
    pub fn at(data: &Path) -> anyhow::Result<Self> {
        let made_already = [0; 32];
        let key = MasterKey::load_or_create(&data.join("master.key"), made_already)?;
        let sqlite = Sqlite::open_in(data, &key)?;
        let store = sqlite.tenant(&TenantId::parse(TENANT)?);
        Ok(Self { sqlite, store })
    }

    /// Lets go of it, for the server to have it.
    pub async fn close(self) {
        self.sqlite.close().await;
    }
}
