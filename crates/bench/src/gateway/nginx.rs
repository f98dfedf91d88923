//! nginx, plainly proxying: what passing a request on costs where nothing is looked at.

use super::cores::Cores;
use super::front::{Front, Program, free_address};
use anyhow::Context;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

const CONFIG: &str = include_str!("files/nginx.conf");

/// Starts one in this folder, in front of this upstream.
pub(super) async fn start(
    file: &Path,
    cores: &Cores,
    folder: &Path,
    upstream: SocketAddr,
) -> anyhow::Result<Front> {
    let address = free_address()?;
    let text = CONFIG
        .replace("@upstream@", &upstream.to_string())
        .replace("@address@", &address.to_string());
    let config = folder.join("nginx.conf");
    fs::write(&config, text).with_context(|| config.display().to_string())?;
    let global = format!("daemon off; pid {};", folder.join("nginx.pid").display());
    let args = vec![
        "-e".into(),
        "stderr".into(),
        "-g".into(),
        global.into(),
        "-p".into(),
        folder.into(),
        "-c".into(),
        config.into(),
    ];
    let advice = "install Debian's package nginx, or name it by --nginx";
    Front::start(Program { name: "nginx", file, args, address, advice }, cores, folder).await
}
