//! The token that opens the admin API: made on first start, in a file that only its owner may read.

use crate::start_error::StartError;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use stead_proto::digest::{base64url, constant_time_eq, sha256};
use stead_proto::secret::SecretHash;
use zeroize::Zeroizing;

/// Shortest token taken from a file, in characters: one that we made has 43.
const MIN_TOKEN: usize = 32;

/// The token's file, and the hash to compare with. The token itself is not kept.
#[derive(Debug, Clone)]
pub(crate) struct AdminToken {
    file: PathBuf,
    hash: SecretHash,
}

impl AdminToken {
    /// Reads the token, or makes one of 256 fresh random bits and writes it to the file.
    pub(crate) fn load_or_create(file: &Path, fresh: [u8; 32]) -> Result<Self, StartError> {
        let failed = |error| StartError::File { file: file.to_owned(), error };
        let text = match fs::read_to_string(file) {
            Ok(text) => {
                only_for_owner(file)?;
                Zeroizing::new(text)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = Zeroizing::new(base64url(&fresh));
                create(file, &made).map_err(failed)?;
                made
            }
            Err(error) => return Err(failed(error)),
        };
        let token = text.trim();
        if token.len() < MIN_TOKEN || token.contains(char::is_whitespace) {
            return Err(content(file, "it holds no admin token: delete it, and a new one is made"));
        }
        Ok(Self { file: file.to_owned(), hash: SecretHash(sha256(token.as_bytes())) })
    }

    /// The file it is in.
    #[must_use]
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Whether an `Authorization` header carries it; takes as long whatever is wrong.
    pub(crate) fn opens_for(&self, authorization: Option<&str>) -> bool {
        let said = authorization.and_then(|header| header.split_once(' '));
        let bearer = said.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let token = bearer.map_or("", |(_, token)| token.trim());
        constant_time_eq(sha256(token.as_bytes()).as_bytes(), self.hash.0.as_bytes())
    }
}

fn create(file: &Path, token: &str) -> io::Result<()> {
    if let Some(directory) = file.parent().filter(|it| !it.as_os_str().is_empty()) {
        fs::create_dir_all(directory)?;
    }
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(out, "{token}")?;
    out.sync_all()
}

fn only_for_owner(file: &Path) -> Result<(), StartError> {
    let failed = |error| StartError::File { file: file.to_owned(), error };
    let mode = fs::metadata(file).map_err(failed)?.permissions().mode() & 0o777;
    let for_others = mode & 0o077;
    if for_others == 0 {
        return Ok(());
    }
    let problem = format!(
        "others may read it (mode {mode:03o}): chmod 600 it, or delete it to get a new one"
    );
    Err(content(file, problem))
}

fn content(file: &Path, problem: impl Into<String>) -> StartError {
    StartError::Content { file: file.to_owned(), problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(token: &str) -> String {
        format!("Bearer {token}")
    }

    #[test]
    fn the_token_is_made_once_for_its_owner_alone_and_then_kept() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("new").join("admin.token");
        let made = AdminToken::load_or_create(&file, [7; 32]).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.trim().len(), 43);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        let read = AdminToken::load_or_create(&file, [8; 32]).unwrap();
        for token in [&made, &read] {
            assert!(token.opens_for(Some(&bearer(text.trim()))));
            assert!(token.opens_for(Some(&bearer(text.trim()).replace("Bearer", "bearer"))));
        }
        assert!(!format!("{made:?}").contains(text.trim()));
    }

    #[test]
    fn nothing_else_opens() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("admin.token");
        let token = AdminToken::load_or_create(&file, [7; 32]).unwrap();
        let right = fs::read_to_string(&file).unwrap();
        let right = right.trim();
        let basic = format!("Basic {right}");
        let longer = bearer(&format!("{right}x"));
        for header in [
            None,
            Some(""),
            Some("Bearer"),
            Some("Bearer "),
            Some(right),
            Some(&*basic),
            Some(&*longer),
        ] {
            assert!(!token.opens_for(header), "{header:?}");
        }
    }

    #[test]
    fn a_file_that_others_may_read_or_that_holds_no_token_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("admin.token");
        AdminToken::load_or_create(&file, [7; 32]).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let error = AdminToken::load_or_create(&file, [7; 32]).unwrap_err().to_string();
        assert!(error.contains("mode 644") && error.contains("chmod 600"), "{error}");

        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, "short\n").unwrap();
        let error = AdminToken::load_or_create(&file, [7; 32]).unwrap_err().to_string();
        assert!(error.contains("holds no admin token"), "{error}");
    }
}
