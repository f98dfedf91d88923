//! The folder of a server that is measured: an ordinary process file and resource file, and secrets.

use crate::args::{Setup, StoreChoice, Transport};
use crate::names::{CLIENT, DASHBOARD};
use anyhow::{Context, anyhow};
use private_postgres::{Durability, Server};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use stead_proto::client_auth::write_basic;
use stead_proto::id::ClientId;
use stead_proto::jwt::Algorithm;
use stead_proto::secret::ClientSecret;
use stead_server::moment::{Moments, SystemMoments};
use tempfile::TempDir;

/// What is on file, by our own count.
pub(super) const LEDGER: &str = "on-file.json";
const STEAD_TOML: &str = include_str!("files/stead.toml");
const RESOURCES: &str = include_str!("files/resources.toml");

/// A folder with everything a server needs.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    // Its PostgreSQL ends before its folder goes.
    _postgres: Option<Server>,
    _temporary: Option<TempDir>,
}

impl Place {
    /// Writes what is not there yet; process file and resources are written anew each time.
    pub fn prepare(setup: &Setup, algorithm: Algorithm) -> anyhow::Result<Self> {
        let (path, temporary) = match &setup.dir {
            Some(dir) => (dir.clone(), None),
            None => temporary()?,
        };
        fs::create_dir_all(path.join("secrets")).with_context(|| path.display().to_string())?;
        let postgres = started(&setup.store, &path)?;
        let store = store(setup, postgres.as_ref())?;
        let place = Self { path, _postgres: postgres, _temporary: temporary };
        let tls = match setup.transport {
            Transport::Plain => r#"behind_proxy = ["127.0.0.1"]"#,
            Transport::Tls => "development = true",
        };
        place.write("stead.toml", &STEAD_TOML.replace("@tls@", tls).replace("@store@", &store))?;
        place.write("resources.toml", &RESOURCES.replace("@algorithm@", algorithm.as_str()))?;
        place.make_secret(DASHBOARD)?;
        place.make_secret(CLIENT)?;
        Ok(place)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that the server keeps its data in.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// The process file.
    #[must_use]
    pub fn process_file(&self) -> PathBuf {
        self.path.join("stead.toml")
    }

    /// The secret of an application.
    pub fn secret(&self, application: &str) -> anyhow::Result<String> {
        let file = self.secret_file(application);
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(text.trim().to_owned())
    }

    fn secret_file(&self, application: &str) -> PathBuf {
        self.path.join("secrets").join(application)
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let file = self.path.join(name);
        fs::write(&file, text).with_context(|| file.display().to_string())
    }

    fn make_secret(&self, application: &str) -> anyhow::Result<()> {
        let file = self.secret_file(application);
        if file.exists() {
            return Ok(());
        }
        let mut made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file)
            .with_context(|| file.display().to_string())?;
        made.write_all(SystemMoments.moment().client_secret().expose().as_bytes())?;
        Ok(())
    }
}

/// The PostgreSQL that is started for a server, if that is asked for. It begins with nothing.
fn started(store: &StoreChoice, path: &Path) -> anyhow::Result<Option<Server>> {
    if *store != StoreChoice::PrivatePostgres {
        return Ok(None);
    }
    fs::remove_file(path.join(LEDGER)).ok();
    let server = Server::start(&path.join("postgres"), Durability::Durable);
    server.map(Some).map_err(|error| anyhow!(error))
}

/// What the process file says of the store.
fn store(setup: &Setup, postgres: Option<&Server>) -> anyhow::Result<String> {
    let url = match &setup.store {
        StoreChoice::Sqlite => return Ok(String::new()),
        StoreChoice::PrivatePostgres => postgres.map(Server::url).unwrap_or_default(),
        StoreChoice::Postgres(url) => url.clone(),
    };
    let password = match &setup.store_password_file {
        Some(file) => {
            let file = std::path::absolute(file)?.display().to_string();
            format!("password_file = {file:?}\n")
        }
        None => String::new(),
    };
    Ok(format!("[store]\nurl = {url:?}\n{password}"))
}

fn temporary() -> anyhow::Result<(PathBuf, Option<TempDir>)> {
    let made = tempfile::tempdir().context("a temporary folder cannot be made")?;
    Ok((made.path().to_owned(), Some(made)))
}

/// How a client proves itself with its secret.
pub fn basic(client: &str, secret: &str) -> anyhow::Result<String> {
    let client = ClientId::parse(client).ok().context("the client's id cannot be read")?;
    Ok(write_basic(&client, &ClientSecret::new(secret)))
}
