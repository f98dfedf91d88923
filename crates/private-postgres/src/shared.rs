//! One server for all tests of a process, or of all processes; each test gets a place of its own in it.

use crate::folder::Durability;
use crate::server::Server;
use crate::{GUARDED, USER};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_postgres::NoTls;

/// The environment variable that says where a server is that was started for the tests: `cargo xtask test`
/// starts one for all of them. Without it each process that asks starts its own.
pub const SERVER: &str = "STEAD_TEST_POSTGRES";

/// Places taken by this process.
static PLACES: AtomicU64 = AtomicU64::new(0);

/// A server that tests share.
#[derive(Debug)]
pub struct Shared {
    url: String,
    ca_file: PathBuf,
    _server: Option<Server>,
}

/// The server that tests share. It ends with this process, or with whoever started it for all.
pub fn shared() -> Result<&'static Shared, String> {
    static IT: OnceLock<Result<Shared, String>> = OnceLock::new();
    IT.get_or_init(Shared::find_or_start).as_ref().map_err(Clone::clone)
}

impl Shared {
    /// What [`SERVER`] says of a server: its URL and the file of its authority.
    #[must_use]
    pub fn told(server: &Server) -> String {
        format!("{} {}", server.url(), server.ca_file().display())
    }

    fn find_or_start() -> Result<Self, String> {
        let told = std::env::var_os(SERVER).and_then(|told| told.into_string().ok());
        if let Some((url, ca)) = told.as_deref().and_then(|told| told.split_once(' ')) {
            return Ok(Self { url: url.to_owned(), ca_file: ca.into(), _server: None });
        }
        let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/postgres");
        tidy(&all);
        let folder = all.join(std::process::id().to_string());
        let server = Server::start(&folder, Durability::Fast)?;
        Ok(Self { url: server.url(), ca_file: server.ca_file(), _server: Some(server) })
    }

    /// The authority of its certificate, which is for `localhost`, in PEM.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// A place where nothing is yet, as a URL: a schema of its own.
    pub async fn place(&self) -> Result<String, String> {
        let number = PLACES.fetch_add(1, Ordering::Relaxed);
        let name = format!("w{}_{number}", std::process::id());
        execute(&self.url, &format!("CREATE SCHEMA {name}")).await?;
        Ok(format!("{}?options=-csearch_path%3D{name}", self.url))
    }

    /// The same place, over TLS by its name, for the user who has to show a password.
    #[must_use]
    pub fn guarded(&self, place: &str) -> String {
        let place = place.replace("127.0.0.1", "localhost");
        place.replace(&format!("{USER}@"), &format!("{GUARDED}@"))
    }
}

/// Has statements executed at a place, behind the back of whoever uses it.
pub async fn execute(place: &str, sql: &str) -> Result<(), String> {
    let told = |error: tokio_postgres::Error| format!("{sql}: {error}");
    let (client, connection) = tokio_postgres::connect(place, NoTls).await.map_err(told)?;
    let driven = tokio::spawn(connection);
    let done = client.batch_execute(sql).await.map_err(told);
    drop(client);
    _ = driven.await;
    done
}

/// Removes what processes left that are gone.
fn tidy(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let lives = Path::new("/proc").join(entry.file_name()).exists();
        if !lives {
            _ = fs::remove_dir_all(entry.path());
        }
    }
}
