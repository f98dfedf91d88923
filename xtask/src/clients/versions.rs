//! Which version of a package the cases run: as the lock files say.

use crate::clients::case::{Case, FOLDER, Runs};
use crate::process::root;
use crate::setup::python;
use std::fs;

/// The version of a case's package.
pub(crate) fn of(case: &Case) -> Result<String, String> {
    let lock = match case.runs {
        Runs::Python => python::LOCK.to_owned(),
        Runs::Node | Runs::Browser => format!("{FOLDER}/package-lock.json"),
    };
    let text =
        fs::read_to_string(root().join(&lock)).map_err(|error| format!("{lock}: {error}"))?;
    let version = match case.runs {
        Runs::Python => in_requirements(&text, &case.package),
        Runs::Node | Runs::Browser => in_package_lock(&text, &case.package),
    };
    version.ok_or_else(|| {
        format!("{}: {lock} has no {}; a comment `package: …` names it", case.slug(), case.package)
    })
}

fn in_requirements(text: &str, package: &str) -> Option<String> {
    let pins = text.lines().filter_map(|line| line.split_once("=="));
    let version = pins.filter(|(name, _)| *name == package).map(|(_, version)| version).next()?;
    version.split_whitespace().next().map(str::to_owned)
}

fn in_package_lock(text: &str, package: &str) -> Option<String> {
    let lock: serde_json::Value = serde_json::from_str(text).ok()?;
    let entry = lock.get("packages")?.get(format!("node_modules/{package}"))?;
    entry.get("version")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_that_of_the_very_package() {
        let text = "msal-extensions==1.3.1 \\\n    --hash=sha256:00\nmsal==1.39.0 \\\n    --hash=sha256:01\n";
        assert_eq!(in_requirements(text, "msal").as_deref(), Some("1.39.0"));
        assert_eq!(in_requirements(text, "sal"), None);
    }

    #[test]
    fn npm_lists_packages_by_their_folder() {
        let text = r#"{"packages":{"":{},"node_modules/@azure/msal-node":{"version":"7.2.1"}}}"#;
        assert_eq!(in_package_lock(text, "@azure/msal-node").as_deref(), Some("7.2.1"));
        assert_eq!(in_package_lock(text, "@azure/msal"), None);
    }
}
