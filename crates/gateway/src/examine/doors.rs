//! Where a gateway would listen: whether it could, or whether one does already.

use super::PATIENCE;
use crate::config::{ApiListen, Listen, Loopback, SocketFile};
use crate::socket::could_be_made;
use memchr::memmem;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;

/// What every listener of a gateway refuses with a code of ours: the slash says nothing by itself.
const REFUSED: &str = "/%2f";
/// The same, as the way out is asked.
const REFUSED_WAY_OUT: &str = "http://nowhere.invalid/%2f";
/// What the metrics are asked.
const METRICS: &str = "/metrics";
/// What stands in the answer of a gateway, and of nobody else.
const SIGNS: [&str; 2] = ["STEAD-20", "stead_config_generation"];
/// How much of an answer is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// A place where the gateway would listen.
#[derive(Debug)]
pub struct Door {
    /// The key of the file that says so.
    pub key: &'static str,
    /// An address, or `unix:` and a path.
    pub place: String,
    /// How it stands.
    pub standing: DoorStanding,
}

/// How a place stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoorStanding {
    /// A gateway could listen there.
    Free,
    /// A gateway listens there.
    Ours,
    /// Somebody listens there and does HTTPS.
    Hidden,
    /// None can, because of this.
    Closed(String),
}

/// Looks at each.
pub async fn doors(listen: &Listen) -> Vec<Door> {
    let plain = |target| (listen.tls.is_none()).then_some(target);
    let egress = listen.egress.map(Loopback::address);
    let mut seen = Vec::new();
    for (key, address, target) in [
        ("listen", listen.proxy, plain(REFUSED)),
        ("ext_authz", listen.ext_authz, Some(REFUSED)),
        ("egress", egress, Some(REFUSED_WAY_OUT)),
        ("metrics", listen.metrics, Some(METRICS)),
    ] {
        if let Some(address) = address {
            let standing = at(address, target).await;
            seen.push(Door { key, place: address.to_string(), standing });
        }
    }
    if let Some(api) = &listen.api {
        let standing = match api {
            ApiListen::Loopback(loopback) => at(loopback.address(), Some(REFUSED)).await,
            ApiListen::Socket(file) => of_socket(file).await,
        };
        seen.push(Door { key: "api", place: api.to_string(), standing });
    }
    seen
}

async fn at(address: SocketAddr, target: Option<&str>) -> DoorStanding {
    match (TcpListener::bind(address).await, target) {
        (Ok(_), _) => DoorStanding::Free,
        (Err(error), Some(target)) if error.kind() == ErrorKind::AddrInUse => {
            who(TcpStream::connect(address).await, target).await
        }
        (Err(error), None) if error.kind() == ErrorKind::AddrInUse => DoorStanding::Hidden,
        (Err(error), _) => DoorStanding::Closed(error.to_string()),
    }
}

async fn of_socket(file: &SocketFile) -> DoorStanding {
    match could_be_made(file) {
        Ok(()) => DoorStanding::Free,
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            who(UnixStream::connect(&file.path).await, REFUSED).await
        }
        Err(error) => DoorStanding::Closed(error.to_string()),
    }
}

/// Who is at the other end.
async fn who(
    connected: io::Result<impl AsyncRead + AsyncWrite + Unpin>,
    target: &str,
) -> DoorStanding {
    let ours =
        |answer: &[u8]| SIGNS.iter().any(|sign| memmem::find(answer, sign.as_bytes()).is_some());
    match timeout(PATIENCE, ask(connected, target)).await {
        Ok(Ok(answer)) if ours(&answer) => DoorStanding::Ours,
        _ => DoorStanding::Closed("another program listens there".to_owned()),
    }
}

async fn ask(
    connected: io::Result<impl AsyncRead + AsyncWrite + Unpin>,
    target: &str,
) -> io::Result<Vec<u8>> {
    let mut stream = connected?;
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OpenTo;
    use std::path::PathBuf;

    async fn of(path: PathBuf) -> DoorStanding {
        of_socket(&SocketFile { path, open_to: OpenTo::Owner }).await
    }

    #[tokio::test]
    async fn a_socket_can_be_made_where_nobody_listens_and_no_other_file_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.sock");
        assert_eq!(of(path.clone()).await, DoorStanding::Free);
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "something was left");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        // Once it is looked whether somebody listens, once it is asked who.
        let hangs_up = move || (0..2).for_each(|_| drop(listener.accept().unwrap()));
        let hangs_up = std::thread::spawn(hangs_up);
        let another = DoorStanding::Closed("another program listens there".to_owned());
        assert_eq!(of(path.clone()).await, another);
        hangs_up.join().unwrap();
        assert_eq!(of(path.clone()).await, DoorStanding::Free);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "a file").unwrap();
        assert!(matches!(of(path).await, DoorStanding::Closed(_)));
        assert!(matches!(of("/proc/api.sock".into()).await, DoorStanding::Closed(_)));
    }
}
