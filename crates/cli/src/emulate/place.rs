//! Where the emulator is: its two ports, found free before anything is written that names them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// The name that Entra's clients know by heart.
const ENTRA: &str = "login.microsoftonline.com";

/// Where the emulator listens, and what it calls itself.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) public_url: String,
    pub(super) https: SocketAddr,
    pub(super) admin: SocketAddr,
}

impl Place {
    /// This port and the next one; free ones if it is 0.
    pub(super) fn find(port: u16, alias: bool) -> anyhow::Result<Self> {
        let next = if port == 0 { 0 } else { port.saturating_add(1) };
        // Both are held until both are known, so that they are not the same.
        let (https, admin) = (bind(port)?, bind(next)?);
        let (https, admin) = (https.local_addr()?, admin.local_addr()?);
        let host = if alias { ENTRA } else { "localhost" };
        let public_url = match https.port() {
            443 => format!("https://{host}"),
            port => format!("https://{host}:{port}"),
        };
        Ok(Self { public_url, https, admin })
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
                "port {port} may not be opened by this user: choose another with --port"
            )
        }
        _ => anyhow::anyhow!("port {port} cannot be opened: {error}"),
    })
}
