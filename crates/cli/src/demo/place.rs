//! Where the four programs of the demo are.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Four sockets of this machine, bound before anything is written that names their ports.
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) dashboard: TcpListener,
    pub(super) reports_api: TcpListener,
    pub(super) company_data: TcpListener,
    pub(super) places: Places,
}

/// The base URLs of the four programs.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) identity: u16,
    dashboard: u16,
    reports_api: u16,
    company_data: u16,
}

/// The tenant's name, as it stands in the issuer.
const TENANT: &str = "acme";

impl Sockets {
    /// Binds four ports in a row from this one on; free ones if it is 0.
    pub(super) fn bind(first: u16) -> anyhow::Result<Self> {
        let port = |place: u16| if first == 0 { 0 } else { first.saturating_add(place) };
        // The server binds its own socket; a port that is free now is chosen for it.
        let identity = bind(port(0))?.local_addr()?.port();
        let (dashboard, reports_api, company_data) =
            (bind(port(1))?, bind(port(2))?, bind(port(3))?);
        let places = Places {
            identity,
            dashboard: dashboard.local_addr()?.port(),
            reports_api: reports_api.local_addr()?.port(),
            company_data: company_data.local_addr()?.port(),
        };
        Ok(Self { dashboard, reports_api, company_data, places })
    }
}

fn bind(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "port {port} is in use: stop what listens there, or choose others with --port"
        ),
        io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("port {port} may not be opened by this user: choose others with --port")
        }
        _ => anyhow::anyhow!("port {port} cannot be opened: {error}"),
    })
}

impl Places {
    /// The identity provider.
    pub(super) fn identity(&self) -> String {
        local(self.identity)
    }

    /// Its issuer.
    pub(super) fn issuer(&self) -> String {
        format!("{}/{TENANT}/v2.0", self.identity())
    }

    /// The front end.
    pub(super) fn dashboard(&self) -> String {
        local(self.dashboard)
    }

    /// The middle tier.
    pub(super) fn reports_api(&self) -> String {
        local(self.reports_api)
    }

    /// The API behind it.
    pub(super) fn company_data(&self) -> String {
        local(self.company_data)
    }
}

fn local(port: u16) -> String {
    format!("https://localhost:{port}")
}
