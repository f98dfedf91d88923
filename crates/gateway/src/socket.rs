//! A Unix socket: guarded by its file's permissions. The file of a process that is gone is replaced, no other file is.

use crate::config::{OpenTo, SocketFile};
use crate::listen::{Accepts, Peer};
use crate::start_error::StartError;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as Knock;
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// A socket that is listened on. Dropped, its file is gone.
pub(crate) struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Listens there.
    pub(crate) fn bind(file: &SocketFile) -> Result<Self, StartError> {
        let bad = |error| StartError::Socket { path: file.path.clone(), error };
        let listener = vacate(&file.path).and_then(|()| guarded(file)).map_err(bad)?;
        Ok(Self { listener, path: file.path.clone() })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the file of a socket is gone already");
        }
    }
}

impl Accepts for Socket {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<(UnixStream, Peer)> {
        let (stream, _) = self.listener.accept().await?;
        Ok((stream, None))
    }
}

/// Whether a socket could be made there, as far as that can be seen without making it.
pub(crate) fn could_be_made(file: &SocketFile) -> io::Result<()> {
    vacate(&file.path)?;
    fs::remove_dir(apart(file)?)
}

/// Sees that nobody listens there, and that it is no file of another kind.
fn vacate(path: &Path) -> io::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Ok(about) => about.file_type(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !kind.is_socket() {
        return Err(io::Error::new(ErrorKind::AlreadyExists, "there is a file that is no socket"));
    }
    match Knock::connect(path) {
        Ok(_) => Err(io::Error::new(ErrorKind::AddrInUse, "another process listens there")),
        // Its process is gone; the new socket takes its place.
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the socket in a folder that nobody else can enter, and moves it to its place once its permissions are right.
fn guarded(file: &SocketFile) -> io::Result<UnixListener> {
    let apart = apart(file)?;
    let listener = moved(file, &apart.join("s"));
    fs::remove_dir_all(&apart)?;
    listener
}

/// A folder beside its place, which nobody else can enter.
fn apart(file: &SocketFile) -> io::Result<PathBuf> {
    let mut name = file.path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let apart = file.path.with_file_name(name);
    DirBuilder::new().mode(0o700).create(&apart)?;
    Ok(apart)
}

fn moved(file: &SocketFile, made: &Path) -> io::Result<UnixListener> {
    let listener = UnixListener::bind(made)?;
    let permissions = match file.open_to {
        OpenTo::Owner => 0o600,
        OpenTo::Group => 0o660,
    };
    fs::set_permissions(made, Permissions::from_mode(permissions))?;
    fs::rename(made, &file.path)?;
    Ok(listener)
}
