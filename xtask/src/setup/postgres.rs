//! PostgreSQL: the one that is there, or Debian's.

use super::debian::install;
use private_postgres::Programs;
use std::path::PathBuf;

/// Where its programs are, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    let found = Programs::find().or_else(|missing| {
        install("postgresql");
        Programs::find().map_err(|_| missing)
    });
    found.map(|programs| programs.folder().to_owned()).map_err(|missing| missing.to_string())
}
