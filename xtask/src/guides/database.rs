//! The PostgreSQL that a guide speaks of: one of its own, for as long as the guide is followed.

use crate::process::built;
use private_postgres::{Durability, Programs, Server, USER};
use std::path::PathBuf;
use std::process::Command;

/// The host and the port that guides name. A page that names them has a database.
const HOST: &str = "db.example.com";
const PORT: &str = "5432";

/// A database that runs, and where its programs are.
pub(crate) struct Database {
    server: Server,
    programs: PathBuf,
}

impl Database {
    /// For a page that speaks of one.
    pub(crate) fn of(text: &str, name: &str) -> Result<Option<Self>, String> {
        if !text.contains(HOST) {
            return Ok(None);
        }
        let folder = built().join("../guides").join(format!("{name}-database"));
        _ = std::fs::remove_dir_all(&folder);
        let programs = Programs::find().map_err(|missing| missing.to_string())?;
        let server = Server::start(&folder, Durability::Durable)?;
        Ok(Some(Self { server, programs: programs.folder().to_owned() }))
    }

    /// The page, with the database where it is.
    pub(crate) fn named_in(&self, text: &str) -> String {
        text.replace(HOST, "localhost").replace(PORT, &self.server.port().to_string())
    }

    /// Lets whoever follows the page find it, as its administrator, the way every program of PostgreSQL does.
    pub(crate) fn known_to(&self, command: &mut Command) {
        command
            .env("PGHOST", "localhost")
            .env("PGPORT", self.server.port().to_string())
            .env("PGUSER", USER)
            .env("PGDATABASE", "postgres")
            .env("PGSSLROOTCERT", self.server.ca_file());
    }

    /// Where its programs are.
    pub(crate) fn programs(&self) -> PathBuf {
        self.programs.clone()
    }
}
