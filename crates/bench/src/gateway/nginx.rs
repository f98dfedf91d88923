//! nginx, plainly proxying: what passing a request on costs where nothing is looked at.

use super::cores::Cores;
use crate::child::Process;
use crate::load::Target;
use anyhow::{Context, bail};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::sleep;

const CONFIG: &str = include_str!("files/nginx.conf");
/// How long it may take to start, and how often it is looked whether it has.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(5);

/// An nginx that runs until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Nginx {
    process: Process,
    pub(super) target: Target,
}

impl Nginx {
    /// Starts it in this folder, in front of this upstream.
    pub(super) async fn start(
        program: &Path,
        cores: &Cores,
        folder: &Path,
        upstream: SocketAddr,
    ) -> anyhow::Result<Self> {
        if !program.exists() {
            let named = program.display();
            bail!(
                "there is no nginx at {named}: install Debian's package nginx, or name it by --nginx"
            );
        }
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = CONFIG
            .replace("@upstream@", &upstream.to_string())
            .replace("@address@", &address.to_string());
        let file = folder.join("nginx.conf");
        fs::write(&file, config).with_context(|| file.display().to_string())?;
        let global = format!("daemon off; pid {};", folder.join("nginx.pid").display());
        let args = ["-e".as_ref(), "stderr".as_ref(), "-g".as_ref(), global.as_ref()];
        let files = ["-p".as_ref(), folder.as_os_str(), "-c".as_ref(), file.as_os_str()];
        let args = args.into_iter().chain(files);
        let log = folder.join("nginx.log");
        let mut process = cores.alone(|| Process::start(program, args, log))?;
        listens(&mut process, address).await?;
        Ok(Self { process, target: Target::at(address, "rows.stead.test", None)? })
    }

    /// Its processes: the one that was started, and its worker.
    pub(super) fn pids(&self) -> anyhow::Result<Vec<u32>> {
        let pid = self.process.pid;
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        let children = children.split_ascii_whitespace().map(str::parse);
        let mut pids = children.collect::<Result<Vec<u32>, _>>()?;
        pids.push(pid);
        Ok(pids)
    }

    /// Asks it to end, and waits until it has.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
}

/// Returns when somebody answers there.
async fn listens(process: &mut Process, address: SocketAddr) -> anyhow::Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(address).await.is_err() {
        if process.has_ended()? || begun.elapsed() > PATIENCE {
            bail!("nginx does not start:\n{}", process.complaints());
        }
        sleep(LOOK).await;
    }
    Ok(())
}
