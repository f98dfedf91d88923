//! Which files a line of `resources` means: a file, every `.toml` of a folder, or a pattern in its last part.

use std::io;
use std::path::{Path, PathBuf};

/// The files, by name. A pattern or a folder may mean none; a plain file is named whether it is there or not.
pub(super) fn files(folder: &Path, said: &str) -> io::Result<Vec<PathBuf>> {
    let path = folder.join(said);
    if path.is_dir() {
        return matching(&path, "*.toml");
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match path.parent() {
        Some(parent) if name.contains('*') => matching(parent, name),
        _ => Ok(vec![path]),
    }
}

fn matching(folder: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    // The folder of a path that is only a name is the empty path, which cannot be read.
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in std::fs::read_dir(here)? {
        let name = entry?.file_name();
        if name.to_str().is_some_and(|name| fits(name, pattern)) {
            found.push(folder.join(name));
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            name.char_indices()
                .map(|(at, _)| at)
                .chain([name.len()])
                .any(|at| name.get(at..).is_some_and(|name| fits(name, rest)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(fits("a.toml", "*.toml") && fits("a-b.toml", "a*b*") && fits("x", "x"));
        assert!(!fits("a.toml.bak", "*.toml") && !fits("b.toml", "a*"));
    }

    #[test]
    fn a_folder_means_its_toml_files_in_order_and_a_file_itself() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.toml", "a.toml", "secret"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let both = vec![folder.path().join("a.toml"), folder.path().join("b.toml")];
        assert_eq!(files(folder.path(), ".").unwrap().len(), 2);
        assert_eq!(files(folder.path(), "*.toml").unwrap(), both);
        assert_eq!(files(folder.path(), "no.toml").unwrap(), [folder.path().join("no.toml")]);
        assert!(files(folder.path(), "no/*.toml").is_err());
    }
}
