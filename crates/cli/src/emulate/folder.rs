//! The emulator's folder. What is there already is kept, so that its files can be edited; only the process
//! file, which names the ports, is written anew.

use super::keys;
use super::place::Place;
use crate::private::{self, fresh_secret};
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};

const STEAD_TOML: &str = include_str!("files/stead.toml");
const APPLICATIONS: &str = include_str!("files/applications.toml");
const PEOPLE: &str = include_str!("files/people.toml");

/// The passwords that users are born with.
const PASSWORDS: [(&str, &str); 4] =
    [("alice", "wonderland"), ("bob", "blueprint"), ("carol", "crosswind"), ("dave", "dragonfly")];

/// The applications that have a secret.
const SECRETS: [&str; 4] = ["portal", "reports-api", "billing-api", "daemon"];

/// The application that has a certificate as well.
const CERTIFIED: &str = "reports-api";

/// The folder of an emulator, by its absolute path.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Writes what is not there yet.
    pub(super) fn prepare(path: &Path, place: &Place) -> anyhow::Result<Self> {
        let folder = Self { path: std::path::absolute(path)? };
        for name in ["resources", "secrets", "certificates"] {
            let part = folder.path.join(name);
            fs::create_dir_all(&part).with_context(|| part.display().to_string())?;
        }
        // A script that waits for it must not read an older one.
        fs::remove_file(folder.contract()).ok();
        folder.write("stead.toml", &placed(STEAD_TOML, place))?;
        folder.keep("resources/applications.toml", APPLICATIONS)?;
        folder.keep("resources/people.toml", PEOPLE)?;
        // What is made or secret does not belong in version control.
        folder.keep(".gitignore", "*\n")?;
        for (name, password) in PASSWORDS {
            folder.keep_secret(name, || password.to_owned())?;
        }
        for name in SECRETS {
            folder.keep_secret(name, fresh_secret)?;
        }
        keys::certificate(&folder.path.join("certificates"), CERTIFIED)?;
        keys::foreign_issuer(&folder.path.join("certificates"))?;
        Ok(folder)
    }

    /// The process file.
    pub(super) fn process_file(&self) -> PathBuf {
        self.path.join("stead.toml")
    }

    /// What programs read.
    pub(super) fn contract(&self) -> PathBuf {
        self.path.join("emulator.json")
    }

    /// A password or a client secret, if one is kept under this name.
    pub(super) fn secret(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(self.path.join("secrets").join(name)).ok()?;
        Some(text.trim().to_owned())
    }

    /// A file among the certificates, if there is one.
    pub(super) fn certificate(&self, name: &str) -> Option<PathBuf> {
        Some(self.path.join("certificates").join(name)).filter(|file| file.is_file())
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let file = self.path.join(name);
        fs::write(&file, text).with_context(|| file.display().to_string())
    }

    fn keep(&self, name: &str, text: &str) -> anyhow::Result<()> {
        if self.path.join(name).exists() { Ok(()) } else { self.write(name, text) }
    }

    fn keep_secret(&self, name: &str, secret: impl FnOnce() -> String) -> anyhow::Result<()> {
        let file = self.path.join("secrets").join(name);
        if file.exists() { Ok(()) } else { private::write(&file, &secret()) }
    }
}

fn placed(text: &str, place: &Place) -> String {
    text.replace("@public_url@", &place.public_url)
        .replace("@data@", place.data())
        .replace("@https@", &place.https.to_string())
        .replace("@admin@", &place.admin.to_string())
}
