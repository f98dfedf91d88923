//! From `[store]` to where everything is kept: one file, or a PostgreSQL.

use super::raw;
use super::resolve::Resolver;
use crate::document::At;
use crate::mistake::Mistake;
use stead_server::config::StoreConfig;
use stead_store::{Follow, PostgresConfig, ServerUrl, UrlError};

/// How many connections may answer questions.
const READERS: std::ops::RangeInclusive<usize> = 1..=64;

impl Resolver<'_> {
    /// Whether nothing is said that means PostgreSQL only.
    pub(super) fn only_sqlite(&mut self, said: &raw::Store) -> bool {
        if let Some(file) = &said.password_file {
            let what = "a password is for PostgreSQL, and there is no `url` of one".to_owned();
            self.note(file, what, "add `url = \"postgres://…\"`, or take this out");
        }
        said.password_file.is_none()
    }

    /// The PostgreSQL of this URL.
    pub(super) fn postgres(&mut self, said: &raw::Store, url: &At<String>) -> Option<StoreConfig> {
        if let Some(path) = &said.path {
            let what = "there is a `url` too: which one is it to be?".to_owned();
            self.note(path, what, "`path` is for SQLite, `url` for PostgreSQL");
        }
        let server = self.server_url(url);
        let password_file = said.password_file.as_ref().map(|file| self.existing(file));
        let readers = usize::try_from(*said.readers).ok().filter(|n| READERS.contains(n));
        if readers.is_none() {
            let what = format!("{} connections cannot answer questions", *said.readers);
            self.note(&said.readers, what, "1 to 64");
        }
        if said.path.is_some() {
            return None;
        }
        Some(StoreConfig::Postgres(Box::new(PostgresConfig {
            server: server?,
            password_file: match password_file {
                Some(file) => Some(file?),
                None => None,
            },
            readers: readers?,
            migrate: *said.migrate,
            follow: Follow::Always,
        })))
    }

    fn server_url(&mut self, said: &At<String>) -> Option<ServerUrl> {
        let server = match said.parse::<ServerUrl>() {
            Ok(server) => server.under(&self.input.folder),
            Err(UrlError { what, help }) => {
                let mistake = Mistake::at(self.document.place(said), what).help(help);
                self.mistakes.push(mistake.on_a_key());
                return None;
            }
        };
        let missing = server.files().find(|file| !file.is_file()).map(ToOwned::to_owned);
        if let Some(file) = missing {
            let what = format!("there is no file {}", file.display());
            self.note(said, what, "paths start at the folder of this file");
            return None;
        }
        Some(server)
    }
}
