//! What an fsync costs on the disk that the store is on.

use crate::load::Latencies;
use anyhow::Context;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// One page of the store, as its log grows by it.
const PAGE: [u8; 4096] = [7; 4096];

/// Appends a page to a file in this folder and waits until it is durable, so many times.
pub fn fsyncs(folder: &Path, times: u32) -> anyhow::Result<Latencies> {
    let mut file = tempfile::tempfile_in(folder)
        .with_context(|| format!("{}: a file cannot be made", folder.display()))?;
    let mut latencies = Latencies::default();
    for _ in 0..times {
        let begun = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        latencies.add(begun.elapsed());
    }
    Ok(latencies)
}
