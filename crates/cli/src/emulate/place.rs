//! Where the emulator is: its two ports, found free before anything is written that names them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// The names that Entra's clients know by heart; the first is what it calls itself.
pub(super) const ENTRA: [&str; 4] =
    ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"];

/// Where HTTPS is when nobody names a port.
const HTTPS: u16 = 443;

/// Where the emulator listens, and what it calls itself.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) public_url: String,
    pub(super) https: SocketAddr,
    pub(super) admin: SocketAddr,
    alias: bool,
}

impl Place {
    /// This port and the next one; free ones if it is 0. Under Entra's own name, clients look at no port but
    /// that of HTTPS.
    pub(super) fn find(port: Option<u16>, alias: bool) -> anyhow::Result<Self> {
        let port = port.unwrap_or(if alias { HTTPS } else { 8443 });
        let next = if port == 0 { 0 } else { port.saturating_add(1) };
        // Both are held until both are known, so that they are not the same.
        let (https, admin) = (bind(port)?, bind(next)?);
        let (https, admin) = (https.local_addr()?, admin.local_addr()?);
        let host = if alias { ENTRA[0] } else { "localhost" };
        let public_url = match https.port() {
            HTTPS => format!("https://{host}"),
            port => format!("https://{host}:{port}"),
        };
        Ok(Self { public_url, https, admin, alias })
    }

    /// The names of others that its certificate is for.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        ENTRA.iter().filter(|_| self.alias).map(|&name| name.to_owned())
    }

    /// Where its data is. What speaks under Entra's name has a CA of its own, limited to that.
    pub(super) fn data(&self) -> &'static str {
        if self.alias { "data-alias" } else { "data" }
    }
}

fn bind(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow::anyhow!(
                "port {port} is in use: stop what listens there, or choose another with --port"
            )
        }
        io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!(
                "port {port} may not be opened by this user: start it as root, or once do \
                 `sudo setcap cap_net_bind_service=+ep` to the binary, or choose another with --port \
                 (1024 and above), which clients then have to name"
            )
        }
        _ => anyhow::anyhow!("port {port} cannot be opened: {error}"),
    })
}
