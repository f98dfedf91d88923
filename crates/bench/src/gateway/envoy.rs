//! Envoy, which asks the gateway for each request (`ext_authz`) and passes it on itself.

use super::cores::Cores;
use super::front::{Front, Program, free_address};
use anyhow::{Context, ensure};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

const CONFIG: &str = include_str!("files/envoy.yaml");

/// Starts one in this folder, in front of this upstream; it asks whoever answers at the other address.
pub(super) async fn start(
    file: &Path,
    cores: &Cores,
    folder: &Path,
    (upstream, asked): (SocketAddr, SocketAddr),
) -> anyhow::Result<Front> {
    let address = free_address()?;
    let at = |at: SocketAddr| format!("{{ address: {}, port_value: {} }}", at.ip(), at.port());
    let text = CONFIG
        .replace("@upstream@", &at(upstream))
        .replace("@asked@", &at(asked))
        .replace("@address@", &at(address));
    let config = folder.join("envoy.yaml");
    fs::write(&config, text).with_context(|| config.display().to_string())?;
    let words = ["--disable-hot-restart", "--concurrency", "1", "-l", "error", "-c"];
    let args = words.into_iter().map(Into::into).chain([config.into()]).collect();
    let advice = "in the project's folder `cargo xtask setup` puts it into target/envoy";
    Front::start(Program { name: "envoy", file, args, address, advice }, cores, folder).await
}

/// Which one it is, as it says itself.
pub(super) fn version(file: &Path) -> anyhow::Result<String> {
    let said = Command::new(file).arg("--version").output()?;
    ensure!(said.status.success(), "{} does not say which version it is", file.display());
    Ok(in_words(&String::from_utf8_lossy(&said.stdout)).unwrap_or_default())
}

/// `…/envoy  version: <commit>/<version>/Clean/RELEASE/BoringSSL`.
fn in_words(said: &str) -> Option<String> {
    let (_, version) = said.split_once("version: ")?;
    version.split('/').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_stands_behind_the_commit() {
        let said = "\nenvoy  version: 4c6c2f1/1.40.0/Clean/RELEASE/BoringSSL\n\n";
        assert_eq!(in_words(said).as_deref(), Some("1.40.0"));
        assert_eq!(in_words("no such option"), None);
    }
}
