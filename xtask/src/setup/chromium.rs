//! Chromium: the one that is there, or Debian's.

use super::debian::{found_or_installed, which};
use std::path::PathBuf;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where Chromium is, installed first if need be and allowed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    found_or_installed("Chromium", "chromium", || NAMES.into_iter().find_map(which))
}
