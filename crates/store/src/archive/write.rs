//! Writing a backup, line by line.

use super::item::Item;
use super::{ArchiveError, Header, Manifest, Trailer};
use aws_lc_rs::digest::{Context, SHA256};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use stead_proto::digest::Sha256;

/// Where the lines of a backup go.
pub(crate) struct Writer<'a> {
    out: BufWriter<&'a mut dyn Write>,
    digest: Context,
    lines: u64,
    header: Header,
    counts: BTreeMap<&'static str, u64>,
    /// Told now and then how many lines there are.
    progress: &'a mut dyn FnMut(u64),
}

/// How many lines are between two words about it.
const STRIDE: u64 = 10_000;

impl<'a> Writer<'a> {
    /// Begins a backup.
    pub(crate) fn begin(
        out: &'a mut dyn Write,
        header: Header,
        progress: &'a mut dyn FnMut(u64),
    ) -> Result<Self, ArchiveError> {
        let (out, digest) = (BufWriter::new(out), Context::new(&SHA256));
        let counts = BTreeMap::new();
        let mut writer = Self { out, digest, lines: 0, header, counts, progress };
        let first = writer.header.clone();
        writer.line(&first)?;
        Ok(writer)
    }

    /// One more thing.
    pub(crate) fn put(&mut self, item: &Item) -> Result<(), ArchiveError> {
        *self.counts.entry(item.kind()).or_default() += 1;
        self.line(item)?;
        if self.lines.is_multiple_of(STRIDE) {
            (self.progress)(self.lines);
        }
        Ok(())
    }

    /// The end of it. Whoever has the file below has to sync it.
    pub(crate) fn end(mut self) -> Result<Manifest, ArchiveError> {
        let sha256 = finished(self.digest.clone());
        let lines = self.lines;
        self.line(&Trailer { lines, sha256 })?;
        self.out.flush()?;
        Ok(Manifest { header: self.header, counts: self.counts, sha256 })
    }

    fn line(&mut self, what: &impl Serialize) -> Result<(), ArchiveError> {
        let mut line = serde_json::to_vec(what).map_err(std::io::Error::from)?;
        line.push(b'\n');
        self.digest.update(&line);
        self.out.write_all(&line)?;
        self.lines += 1;
        Ok(())
    }
}

pub(super) fn finished(digest: Context) -> Sha256 {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.finish().as_ref());
    Sha256::from_bytes(bytes)
}
