//! `stead init`: a process file, an example of resources, and fresh secrets for it.

use crate::config::starter;
use crate::{out, private};
use anyhow::{Context, bail};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(dir: &Path) -> anyhow::Result<ExitCode> {
    let dir = dir.strip_prefix(".").unwrap_or(dir);
    let process = dir.join("stead.toml");
    let example = dir.join("resources/example.toml");
    let secrets = starter::SECRETS.map(|name| dir.join("secrets").join(name));
    for path in [&process, &example].into_iter().chain(&secrets) {
        if path.exists() {
            bail!("{} is there already: nothing was written", path.display());
        }
    }
    for folder in ["resources", "secrets"].map(|name| dir.join(name)) {
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    // What is made or secret does not belong beside the files in version control.
    let ignore = dir.join(".gitignore");
    if !ignore.exists() {
        write(&ignore, "/data/\n/secrets/\n")?;
    }
    write(&process, starter::STEAD_TOML)?;
    write(&example, starter::EXAMPLE_TOML)?;
    for path in &secrets {
        private::write(path, &format!("{}\n", private::fresh_secret()))?;
    }
    let [_, password] = &secrets;
    out::line(format!(
        "wrote {}, {} and the secrets it points to",
        process.display(),
        example.display()
    ));
    out::line(format!("alice's password is in {}", password.display()));
    out::line(format!("next: stead serve --config {}", process.display()));
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}
