//! Everything that is listened on, bound before anything else happens.

use crate::config::{AdminListen, ServerConfig};
use crate::start_error::StartError;
use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use tokio::net::{TcpListener, UnixListener};

/// Where administrators come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminAddress {
    /// An address of this machine.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// All listeners and where they are.
#[derive(Debug)]
pub(crate) struct Sockets {
    pub(crate) https: (TcpListener, SocketAddr),
    pub(crate) admin: (AdminSocket, AdminAddress),
    pub(crate) metrics: Option<(TcpListener, SocketAddr)>,
}

/// One or the other.
#[derive(Debug)]
pub(crate) enum AdminSocket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Sockets {
    /// Binds all of them, or names the one that cannot be.
    pub(crate) async fn bind(config: &ServerConfig) -> Result<Self, StartError> {
        let listen = &config.listen;
        Ok(Self {
            https: tcp(listen.https).await?,
            admin: match &listen.admin {
                AdminListen::Tcp(address) if !address.ip().is_loopback() => {
                    return Err(StartError::AdminNotLocal(*address));
                }
                AdminListen::Tcp(address) => {
                    let (socket, address) = tcp(*address).await?;
                    (AdminSocket::Tcp(socket), AdminAddress::Tcp(address))
                }
                AdminListen::Unix(file) => {
                    (AdminSocket::Unix(unix(file)?), AdminAddress::Unix(file.clone()))
                }
            },
            metrics: match listen.metrics {
                Some(address) => Some(tcp(address).await?),
                None => None,
            },
        })
    }
}

async fn tcp(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |error| StartError::Listen { address, error };
    let socket = TcpListener::bind(address).await.map_err(failed)?;
    let bound = socket.local_addr().map_err(failed)?;
    Ok((socket, bound))
}

fn unix(file: &Path) -> Result<UnixListener, StartError> {
    let failed = |error| StartError::Socket { file: file.to_owned(), error };
    if let Some(folder) = file.parent() {
        private_folder(folder).map_err(failed)?;
    }
    let is_socket = fs::symlink_metadata(file).is_ok_and(|it| it.file_type().is_socket());
    if is_socket && UnixStream::connect(file).is_err() {
        // Left behind by a server that was killed.
        fs::remove_file(file).map_err(failed)?;
    }
    let socket = UnixListener::bind(file).map_err(failed)?;
    fs::set_permissions(file, Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(socket)
}

/// Makes a folder that is not there yet, for its owner alone.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
    builder.create(folder)
}
