//! What is in a server's folder: its settings, who may come in, its certificate.

use crate::USER;
use crate::programs::Programs;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether what is committed survives the machine losing power. It always survives a killed server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It need not: no `fsync`. For tests about anything else.
    Fast,
    /// It does, as it is installed.
    Durable,
}

/// A folder that is set up for a server.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Sets up a folder that does not exist yet.
    pub(crate) fn set_up(
        programs: &Programs,
        path: &Path,
        durability: Durability,
        port: u16,
    ) -> Result<Self, String> {
        let folder = Self { path: path.to_owned() };
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(failed)?;
        programs.give(path)?;
        succeed(
            programs
                .named("initdb")
                .args(["--username", USER, "--auth", "trust", "--encoding", "UTF8"])
                .args(["--no-locale", "--no-sync", "--no-instructions", "--pgdata"])
                .arg(folder.data())
                .current_dir("/"),
        )?;
        folder.certify(programs)?;
        let settings = folder.settings(durability, port);
        let file = folder.data().join("postgresql.auto.conf");
        fs::write(&file, settings).map_err(failed)?;
        let entrances = folder.data().join("pg_hba.conf");
        fs::write(&entrances, who_may_come_in()).map_err(failed)?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// The authority of the server's certificate.
    pub(crate) fn ca(&self) -> PathBuf {
        self.path.join("ca.pem")
    }

    pub(crate) fn remove(&self) {
        _ = fs::remove_dir_all(&self.path);
    }

    fn settings(&self, durability: Durability, port: u16) -> String {
        let syncing = match durability {
            Durability::Fast => "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n",
            Durability::Durable => "",
        };
        // A path to a socket may not be longer.
        let sockets = self.path.to_str().filter(|path| path.len() < 80).unwrap_or_default();
        format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{sockets}'\n\
             max_connections = 400\nshared_buffers = '128MB'\nssl = on\nlogging_collector = off\n\
             {syncing}"
        )
    }

    /// A certificate for `localhost`, and the authority that vouches for it.
    fn certify(&self, programs: &Programs) -> Result<(), String> {
        let failed = |error: rcgen::Error| format!("a certificate cannot be made: {error}");
        let mut authority = rcgen::CertificateParams::default();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().map_err(failed)?;
        let ca = authority.self_signed(&key).map_err(failed)?;
        let issuer = rcgen::Issuer::new(authority, key);

        let own = rcgen::CertificateParams::new(["localhost".to_owned()]).map_err(failed)?;
        let own_key = rcgen::KeyPair::generate().map_err(failed)?;
        let certificate = own.signed_by(&own_key, &issuer).map_err(failed)?;

        self.write(&self.ca(), &ca.pem())?;
        self.write(&self.data().join("server.crt"), &certificate.pem())?;
        let private = self.data().join("server.key");
        self.write(&private, &own_key.serialize_pem())?;
        let alone = fs::set_permissions(&private, fs::Permissions::from_mode(0o600));
        alone.map_err(|error| format!("{}: {error}", private.display()))?;
        programs.give(&private)
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), String> {
        fs::write(path, text).map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

fn who_may_come_in() -> String {
    format!(
        "local all all trust\nhost all {USER} 127.0.0.1/32 trust\n\
         host all all 127.0.0.1/32 scram-sha-256\n"
    )
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{command:?} cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)))
}
