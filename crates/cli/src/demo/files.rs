//! The demo's folder: an ordinary process file, resource files and secrets, as anybody would write them.

use super::place::Places;
use crate::private::{self, fresh_secret};
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};

const STEAD_TOML: &str = include_str!("files/stead.toml");
const APPLICATIONS: &str = include_str!("files/applications.toml");
const PEOPLE: &str = include_str!("files/people.toml");

/// Everybody who may sign in, with what they type.
pub(super) const PEOPLE_AND_PASSWORDS: [(&str, &str); 3] =
    [("alice", "wonderland"), ("bob", "blueprint"), ("carol", "crosswind")];

/// The folder of a demo.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Writes what is not there yet; the files that name ports are written anew each time.
    pub(super) fn prepare(path: &Path, places: &Places) -> anyhow::Result<Self> {
        for name in ["resources", "secrets"] {
            let folder = path.join(name);
            fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        let folder = Self { path: path.to_owned() };
        folder.write("stead.toml", &placed(STEAD_TOML, places))?;
        folder.write("resources/applications.toml", &placed(APPLICATIONS, places))?;
        folder.write("resources/people.toml", PEOPLE)?;
        for (name, password) in PEOPLE_AND_PASSWORDS {
            folder.keep_secret(name, password)?;
        }
        folder.keep_secret("reports-api", &fresh_secret())?;
        Ok(folder)
    }

    /// The process file.
    pub(super) fn process_file(&self) -> PathBuf {
        self.path.join("stead.toml")
    }

    /// The secret that reports-api proves itself with.
    pub(super) fn reports_api_secret(&self) -> anyhow::Result<String> {
        let file = self.path.join("secrets/reports-api");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(text.trim().to_owned())
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let file = self.path.join(name);
        fs::write(&file, text).with_context(|| file.display().to_string())
    }

    fn keep_secret(&self, name: &str, secret: &str) -> anyhow::Result<()> {
        let file = self.path.join("secrets").join(name);
        if file.exists() { Ok(()) } else { private::write(&file, secret) }
    }
}

fn placed(text: &str, places: &Places) -> String {
    text.replace("@identity@", &places.identity())
        .replace("@identity_port@", &places.identity.to_string())
        .replace("@dashboard@", &places.dashboard())
}
