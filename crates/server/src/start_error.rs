//! Why a server does not start: one sentence that names the file or the port and says what to do.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use stead_telemetry::BadCollector;

/// Why a server does not start.
#[derive(Debug)]
pub enum StartError {
    /// An address cannot be listened on.
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// A socket file cannot be listened on.
    Socket {
        /// Which.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The admin API would be reachable from other machines.
    AdminNotLocal(SocketAddr),
    /// A file or directory cannot be read or written.
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file does not hold what it should.
    Content {
        /// Which.
        file: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// The public URL is none, or is not `https`.
    PublicUrl(String),
    /// Two tenants go by the same name or id.
    TenantTwice(String),
    /// The store does not open.
    Store(String),
    /// The collector cannot be spoken with.
    Collector(BadCollector),
    /// A signing key on file does not open.
    SigningKey {
        /// Whose.
        tenant: String,
        /// The file of the master key.
        master_key: PathBuf,
    },
    /// What the resource files ask for cannot be.
    Resources {
        /// Whose.
        tenant: String,
        /// Why.
        problem: String,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, error } => {
                write!(f, "cannot listen on {address}: {}", because(error))
            }
            Self::Socket { file, error } => {
                write!(f, "cannot listen on the socket {}: {}", file.display(), no_socket(error))
            }
            Self::AdminNotLocal(address) => write!(
                f,
                "the admin address {address} can be reached from other machines: use 127.0.0.1, [::1] or a unix socket"
            ),
            Self::File { file, error } => {
                write!(f, "cannot use {}: {}", file.display(), no_file(error))
            }
            Self::Content { file, problem } => {
                write!(f, "cannot use {}: {problem}", file.display())
            }
            Self::PublicUrl(url) => write!(
                f,
                "the public URL {url:?} will not do: write it as https://host or https://host:port, without a path"
            ),
            Self::TenantTwice(name) => {
                write!(f, "two tenants are called {name:?}: give each its own name and id")
            }
            Self::Store(why) => f.write_str(why),
            Self::Collector(bad) => bad.fmt(f),
            Self::SigningKey { tenant, master_key } => write!(
                f,
                "the signing keys of tenant {tenant} were sealed under another master key than {}: put back the one they were made with",
                master_key.display()
            ),
            Self::Resources { tenant, problem } => {
                write!(f, "the resources of tenant {tenant} cannot be applied: {problem}")
            }
        }
    }
}

fn because(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program uses the port; stop it or choose another port".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "the system does not allow it; ports below 1024 need the right to bind them".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}

fn no_socket(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another server answers there, or it is the name of another file; stop that one or choose another path".to_owned()
        }
        io::ErrorKind::InvalidInput => {
            format!("{error}, about 100 bytes; choose a shorter path")
        }
        _ => no_file(error),
    }
}

fn no_file(error: &io::Error) -> String {
    let what_to_do = match error.kind() {
        io::ErrorKind::PermissionDenied => "let this user read it, and write to its folder",
        io::ErrorKind::NotADirectory => "a part of its path is no folder; move that away",
        io::ErrorKind::ReadOnlyFilesystem => "choose a `data_dir` that can be written to",
        io::ErrorKind::StorageFull => "make room on the disk",
        io::ErrorKind::NotFound => "write it, or name another",
        _ => return error.to_string(),
    };
    format!("{error}; {what_to_do}")
}

impl std::error::Error for StartError {}

impl From<BadCollector> for StartError {
    fn from(bad: BadCollector) -> Self {
        Self::Collector(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_said_in_a_sentence_that_names_it() {
        let error = StartError::Listen {
            address: SocketAddr::from(([127, 0, 0, 1], 8443)),
            error: io::ErrorKind::AddrInUse.into(),
        };
        assert_eq!(
            error.to_string(),
            "cannot listen on 127.0.0.1:8443: another program uses the port; stop it or choose another port"
        );
    }

    #[test]
    fn a_socket_or_a_file_that_cannot_be_used_is_named_with_what_to_do() {
        let told = |error: StartError| error.to_string();
        let (file, taken) = (PathBuf::from("data/admin.sock"), io::ErrorKind::AddrInUse.into());
        assert_eq!(
            told(StartError::Socket { file, error: taken }),
            "cannot listen on the socket data/admin.sock: another server answers there, or it is the name of another file; stop that one or choose another path"
        );
        let (file, denied) = (PathBuf::from("data/ca"), io::ErrorKind::PermissionDenied.into());
        assert_eq!(
            told(StartError::File { file, error: denied }),
            "cannot use data/ca: permission denied; let this user read it, and write to its folder"
        );
    }
}
