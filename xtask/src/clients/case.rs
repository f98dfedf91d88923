//! One case: a script in `tests/clients`, and what its first lines say of it.

use crate::process::root;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the cases are, seen from the repository's root.
pub(crate) const FOLDER: &str = "tests/clients";

/// What runs a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Runs {
    /// Python.
    Python,
    /// Node.
    Node,
    /// Node, with a page of its own in Chromium.
    Browser,
}

impl Runs {
    const ALL: [Self; 3] = [Self::Python, Self::Node, Self::Browser];

    /// The folder of its cases.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Browser => "browser",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::Node | Self::Browser => "mjs",
        }
    }
}

/// A script, and the cell of the matrix that it fills.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    /// What runs it.
    pub(crate) runs: Runs,
    /// The library, as people call it: `msal (Python)`.
    pub(crate) client: String,
    /// The name of its file, without the ending.
    pub(crate) name: String,
    /// What is done: `on behalf of, twice`.
    pub(crate) flow: String,
    /// The package in the lock file: `msal`.
    pub(crate) package: String,
    /// Its file.
    pub(crate) path: PathBuf,
}

impl Case {
    /// A name for a folder of its own.
    pub(crate) fn slug(&self) -> String {
        format!("{}-{}", self.runs.folder(), self.name)
    }

    /// Its file, seen from the repository's root.
    pub(crate) fn relative(&self) -> String {
        format!("{FOLDER}/{}/{}.{}", self.runs.folder(), self.name, self.runs.ending())
    }

    /// Whether a filter means this case: all of one language, of one client, of one flow, or one file.
    fn is_meant_by(&self, filter: &str) -> bool {
        [self.slug(), self.client.clone(), self.flow.clone()].iter().any(|it| it.contains(filter))
    }
}

/// The cases that some filter means, and all of them without one, in the order of the matrix.
pub(crate) fn chosen(filters: &[String]) -> Result<Vec<Case>, String> {
    let mut cases = all()?;
    cases.retain(|case| filters.is_empty() || filters.iter().any(|it| case.is_meant_by(it)));
    if cases.is_empty() {
        return Err(format!("no case in {FOLDER} is meant by {}", filters.join(" ")));
    }
    Ok(cases)
}

/// Every case, in the order of the matrix.
pub(crate) fn all() -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for runs in Runs::ALL {
        for path in scripts(&root().join(FOLDER).join(runs.folder()), runs.ending()) {
            let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            cases.push(read(runs, &name, &path, &text)?);
        }
    }
    cases.sort();
    Ok(cases)
}

fn scripts(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let files = entries.map(|entry| entry.path()).filter(|path| path.is_file());
    files.filter(|path| path.extension().is_some_and(|it| it == ending)).collect()
}

fn read(runs: Runs, name: &str, path: &Path, text: &str) -> Result<Case, String> {
    let said = |key| said(text, key);
    let missing = |key| format!("{}/{name}: no first comment says `{key}: …`", runs.folder());
    let client = said("client").ok_or_else(|| missing("client"))?;
    let flow = said("flow").ok_or_else(|| missing("flow"))?;
    let package = said("package").unwrap_or_else(|| without_language(client));
    Ok(Case {
        runs,
        client: client.to_owned(),
        name: name.to_owned(),
        flow: flow.to_owned(),
        package: package.to_owned(),
        path: path.to_owned(),
    })
}

/// What a script's first comments say under a key.
fn said<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let comments = text.lines().map_while(|line| {
        let comment = line.strip_prefix('#').or_else(|| line.strip_prefix("//"))?;
        Some(comment.trim())
    });
    comments
        .filter_map(|comment| comment.split_once(": "))
        .find(|(it, _)| *it == key)
        .map(|it| it.1)
}

/// `msal (Python)` is the package `msal`.
fn without_language(client: &str) -> &str {
    client.split_once(" (").map_or(client, |(package, _)| package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str) -> Result<Case, String> {
        read(Runs::Python, "twice", Path::new("twice.py"), text)
    }

    #[test]
    fn the_first_comments_say_client_and_flow() {
        let case =
            case("# client: msal (Python)\n# flow: on behalf of, twice\n\nimport msal\n").unwrap();
        assert_eq!((case.client.as_str(), case.package.as_str()), ("msal (Python)", "msal"));
        assert_eq!(case.flow, "on behalf of, twice");
        assert_eq!(case.slug(), "python-twice");
    }

    #[test]
    fn a_package_that_is_not_called_like_the_client_is_said() {
        let text = "// client: azure-identity (JS)\n// flow: x\n// package: @azure/identity\n";
        assert_eq!(case(text).unwrap().package, "@azure/identity");
    }

    #[test]
    fn what_is_said_after_the_first_comments_is_code() {
        let text = "# client: msal\nimport msal\n# flow: on behalf of\n";
        assert_eq!(case(text), Err("python/twice: no first comment says `flow: …`".to_owned()));
    }

    #[test]
    fn a_filter_means_a_language_a_client_a_flow_or_a_file() {
        let case = case("# client: msal (Python)\n# flow: on behalf of, twice\n").unwrap();
        for filter in ["python", "msal", "on behalf", "python-twice"] {
            assert!(case.is_meant_by(filter), "{filter}");
        }
        assert!(!case.is_meant_by("node"));
    }
}
