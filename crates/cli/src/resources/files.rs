//! The files themselves, and the secrets and key sets they point to. Paths start at the folder of the file
//! they are written in.

use crate::document::At;
use crate::mistake::{Mistake, Mistakes, Place, Source};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A resource file as it was read.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name and text.
    pub source: Arc<Source>,
    /// Where relative paths in it start.
    pub folder: PathBuf,
}

impl Input {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Self, Mistake> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| Mistake::nowhere(format!("{name} cannot be read: {error}")))?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self::new(name, text, folder))
    }

    /// A text that came from elsewhere.
    pub fn new(
        name: impl Into<String>,
        text: impl Into<String>,
        folder: impl Into<PathBuf>,
    ) -> Self {
        let source = Arc::new(Source { name: name.into(), text: text.into() });
        Self { source, folder: folder.into() }
    }

    /// What a file named here holds.
    pub(crate) fn bytes(&self, file: &At<String>, mistakes: &mut Mistakes) -> Option<Vec<u8>> {
        let path = self.folder.join(&**file);
        if path.exists() && !path.is_file() {
            let place = Place::new(&self.source, file.span());
            mistakes.push(Mistake::at(place, format!("{} is no plain file", path.display())));
            return None;
        }
        fs::read(&path).map_err(|error| mistakes.push(self.unreadable(file, &path, &error))).ok()
    }

    /// The secret that a file named here holds, without the line break at its end.
    pub(crate) fn secret(&self, file: &At<String>, mistakes: &mut Mistakes) -> Option<String> {
        let text = String::from_utf8(self.bytes(file, mistakes)?).ok();
        let path = self.folder.join(&**file);
        let place = Place::new(&self.source, file.span());
        let secret = text.as_deref().map(|text| text.trim_end_matches(['\r', '\n']));
        let Some(secret) = secret.filter(|secret| !secret.is_empty()) else {
            let what = format!("the secret file {} is empty or not text", path.display());
            let help =
                "write the secret into it, and nothing else: `openssl rand -base64 24` makes one";
            mistakes.push(Mistake::at(place, what).help(help));
            return None;
        };
        if read_by_all(&path) {
            let what = format!("everybody on this machine can read {}", path.display());
            let help = format!("chmod o-rwx {}", path.display());
            mistakes.push(Mistake::at(place, what).help(help).warning());
        }
        Some(secret.to_owned())
    }

    fn unreadable(&self, file: &At<String>, path: &Path, error: &std::io::Error) -> Mistake {
        let place = Place::new(&self.source, file.span());
        let (what, help) = match error.kind() {
            std::io::ErrorKind::NotFound => (
                format!("there is no file {}", path.display()),
                "write it, or name another: paths start at the folder of this file",
            ),
            _ => (
                format!("{} cannot be read: {error}", path.display()),
                "the user that runs `stead serve` has to be able to",
            ),
        };
        Mistake::at(place, what).help(help)
    }
}

#[cfg(unix)]
fn read_by_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn read_by_all(_: &Path) -> bool {
    false
}
