//! Files that only their owner may read, and what is written into them.

use anyhow::Context;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use stead_server::moment::{Moments, SystemMoments};

/// Writes a new file with mode 0600; one that is there already is an error.
pub fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| path.display().to_string())?;
    file.write_all(text.as_bytes()).with_context(|| path.display().to_string())
}

/// 256 random bits as text: of the dice of a moment, those that any secret is made of.
#[must_use]
pub fn fresh_secret() -> String {
    SystemMoments.moment().session_secret().expose().to_owned()
}

/// Writes a file with mode 0600 in place of whatever was there; nobody ever sees half of it.
pub fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let fresh = path.with_extension("new");
    // Left behind by one that was killed on its way.
    std::fs::remove_file(&fresh).ok();
    write(&fresh, text)?;
    std::fs::rename(&fresh, path).with_context(|| path.display().to_string())
}
