//! Reading a backup, line by line. Nothing of it is to be believed before its last line was read.

use super::item::Item;
use super::write::finished;
use super::{ArchiveError, FORM, Header, Trailer};
use aws_lc_rs::digest::{Context, SHA256};
use serde::Deserialize;
use std::io::{BufRead, Read};
use stead_proto::digest::Sha256;

/// Longest line taken, in bytes: far more than the longest thing on file.
const LONGEST: u64 = 64 << 20;

/// A backup that is read.
pub(crate) struct Reader<R> {
    input: R,
    digest: Context,
    /// Lines before this one.
    lines: u64,
}

/// The form alone, of whatever else there is in a first line.
#[derive(Deserialize)]
struct Form {
    stead_backup: u32,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line.
    pub(crate) fn open(input: R) -> Result<(Self, Header), ArchiveError> {
        let mut reader = Self { input, digest: Context::new(&SHA256), lines: 0 };
        let line = reader.raw()?.ok_or(ArchiveError::NotABackup)?;
        let form: Form = serde_json::from_slice(&line).map_err(|_| ArchiveError::NotABackup)?;
        if form.stead_backup > FORM {
            return Err(ArchiveError::Newer { found: form.stead_backup });
        }
        let header = serde_json::from_slice(&line).map_err(|error| reader.damaged(&error))?;
        reader.took(&line);
        Ok((reader, header))
    }

    /// The next thing, or at the end of a backup that is as it was written its digest.
    pub(crate) fn next(&mut self) -> Result<Result<Item, Sha256>, ArchiveError> {
        let line = self.raw()?.ok_or(ArchiveError::CutShort)?;
        match serde_json::from_slice(&line) {
            Ok(item) => {
                self.took(&line);
                Ok(Ok(item))
            }
            Err(error) => {
                let trailer = serde_json::from_slice(&line).map_err(|_| self.damaged(&error))?;
                self.end(&trailer).map(Err)
            }
        }
    }

    fn end(&mut self, trailer: &Trailer) -> Result<Sha256, ArchiveError> {
        let sha256 = finished(self.digest.clone());
        if trailer.lines != self.lines || trailer.sha256 != sha256 {
            return Err(self.damaged(&"what is before it does not have the SHA-256 it says"));
        }
        if self.raw()?.is_some() {
            return Err(self.damaged(&"something follows it"));
        }
        Ok(sha256)
    }

    fn raw(&mut self) -> Result<Option<Vec<u8>>, ArchiveError> {
        let mut line = Vec::new();
        let read = (&mut self.input).take(LONGEST).read_until(b'\n', &mut line)?;
        match (read, line.last()) {
            (0, _) => Ok(None),
            (_, Some(b'\n')) => Ok(Some(line)),
            _ if self.lines == 0 => Err(ArchiveError::NotABackup),
            _ => Err(ArchiveError::CutShort),
        }
    }

    fn took(&mut self, line: &[u8]) {
        self.digest.update(line);
        self.lines += 1;
    }

    fn damaged(&self, why: &impl ToString) -> ArchiveError {
        ArchiveError::Damaged { line: self.lines + 1, why: why.to_string() }
    }
}
