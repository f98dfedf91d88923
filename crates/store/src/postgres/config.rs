//! Where a PostgreSQL is, and how it is spoken to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// How long a connection may take, unless the URL says otherwise (`connect_timeout`, in seconds).
const CONNECT: Duration = Duration::from_secs(3);

/// Where a PostgreSQL is, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresConfig {
    /// Where it is.
    pub server: ServerUrl,
    /// The file with the password, if there is one; read at each connection.
    pub password_file: Option<PathBuf>,
    /// How many connections answer questions. One more writes, one answers long questions, one follows.
    pub readers: usize,
    /// Whether the schema is brought to this program's version when the store is opened.
    pub migrate: bool,
    /// Whether other nodes' changes are followed.
    pub follow: Follow,
}

impl PostgresConfig {
    /// The usual: no password, four readers, migrated and followed.
    #[must_use]
    pub fn new(server: ServerUrl) -> Self {
        Self { server, password_file: None, readers: 4, migrate: true, follow: Follow::Always }
    }
}

/// Whether other nodes' changes are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// By notification and by asking often.
    Always,
    /// Only where a decision needs it: for a tool that looks once, and for the proof that decisions do not
    /// depend on following.
    WhenAsked,
}

/// A PostgreSQL's URL, `postgres://user@host:port/database?sslmode=…`; several hosts are divided by commas.
/// It holds no password.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl {
    pub(super) config: Config,
    pub(super) tls: Tls,
    /// What is shown of it.
    place: String,
}

/// How the connection is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tls {
    /// The certificate authority that vouches for the server; nobody does without it.
    pub(super) root: Option<PathBuf>,
    /// What is shown to the server: certificate and private key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
}

/// What is wrong with a URL, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlError {
    /// What is wrong. It quotes no password.
    pub what: String,
    /// What to write instead.
    pub help: &'static str,
}

impl UrlError {
    fn new(what: impl Into<String>, help: &'static str) -> Self {
        Self { what: what.into(), help }
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.help)
    }
}

impl std::error::Error for UrlError {}

/// What of the parameters is about TLS: read here, the rest by the library.
#[derive(Default)]
struct TlsParameters {
    mode: Option<String>,
    root: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl FromStr for ServerUrl {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        const HELP: &str = "write it as postgres://user@host:5432/database?sslmode=verify-full";
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(UrlError::new("this is no URL of a PostgreSQL", HELP));
        }
        let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
        let (tls, others) = divide(parameters);
        let separator = if others.is_empty() { "" } else { "?" };
        let mut config = Config::from_str(&format!("{place}{separator}{others}"))
            .map_err(|error| UrlError::new(reason(&error), HELP))?;
        if config.get_password().is_some() {
            return Err(UrlError::new(
                "the URL holds a password",
                "put it into a file, and name that as `password_file`",
            ));
        }
        if config.get_hosts().is_empty() {
            return Err(UrlError::new("the URL names no host", HELP));
        }
        let tls = tls.settled(&mut config)?;
        if config.get_connect_timeout().is_none_or(Duration::is_zero) {
            config.connect_timeout(CONNECT);
        }
        if config.get_application_name().is_none() {
            config.application_name("stead");
        }
        Ok(Self { config, tls, place: place.to_owned() })
    }
}

impl ServerUrl {
    /// The same, with the paths in it starting at a folder.
    #[must_use]
    pub fn under(mut self, folder: &Path) -> Self {
        let join = |path: &mut PathBuf| *path = folder.join(&*path);
        self.tls.root.as_mut().map(join);
        if let Some((certificate, key)) = &mut self.tls.identity {
            join(certificate);
            join(key);
        }
        self
    }

    /// Whether the way to it does not leave this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.config.get_hosts().iter().all(is_local)
    }

    /// Whether an authority vouches for who answers.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.tls.root.is_some()
    }

    /// The files it names, each of which has to be there.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let identity = self.tls.identity.iter().flat_map(|(certificate, key)| [certificate, key]);
        self.tls.root.iter().chain(identity).map(PathBuf::as_path)
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({}, {:?})", self.place, self.tls)
    }
}

impl TlsParameters {
    /// Which protection they mean. To a host elsewhere it has to be said.
    fn settled(self, config: &mut Config) -> Result<Tls, UrlError> {
        const MODES: &str = "sslmode is disable, prefer, require or verify-full";
        let is_local = config.get_hosts().iter().all(is_local);
        let mode = match self.mode.as_deref() {
            None if self.root.is_some() => "verify-full",
            None if is_local => "prefer",
            None => {
                return Err(UrlError::new(
                    "nothing says how the connection is protected",
                    "add sslmode=verify-full and sslrootcert=FILE, or sslmode=disable on a network of your own",
                ));
            }
            Some(mode) => mode,
        };
        config.ssl_mode(match mode {
            "disable" => SslMode::Disable,
            "prefer" => SslMode::Prefer,
            "require" | "verify-full" => SslMode::Require,
            _ => return Err(UrlError::new(format!("`{mode}` is no sslmode"), MODES)),
        });
        match (mode, &self.root) {
            ("verify-full", None) => {
                return Err(UrlError::new(
                    "verify-full needs the certificate authority that vouches for the server",
                    "add sslrootcert=FILE, in PEM",
                ));
            }
            ("verify-full", Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                return Err(UrlError::new(
                    format!("with sslmode={mode} nobody asks who vouches for the server"),
                    "write sslmode=verify-full, or leave sslrootcert out",
                ));
            }
        }
        let identity = match (self.certificate, self.key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((certificate, key)),
            _ => {
                let help = "add the one of sslcert and sslkey that is missing";
                return Err(UrlError::new("a certificate needs its key", help));
            }
        };
        Ok(Tls { root: self.root, identity })
    }
}

/// The parameters about TLS, and the others as they were.
fn divide(parameters: &str) -> (TlsParameters, String) {
    let mut tls = TlsParameters::default();
    let mut others = Vec::new();
    for pair in parameters.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else { continue };
        match &*name {
            "sslmode" => tls.mode = Some(value.into_owned()),
            "sslrootcert" => tls.root = Some(PathBuf::from(&*value)),
            "sslcert" => tls.certificate = Some(PathBuf::from(&*value)),
            "sslkey" => tls.key = Some(PathBuf::from(&*value)),
            _ => others.push(pair),
        }
    }
    (tls, others.join("&"))
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => ["localhost", "127.0.0.1", "::1"].contains(&name.as_str()),
    }
}

fn reason(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    format!("the URL cannot be read: {}", cause.unwrap_or_else(|| error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<ServerUrl, String> {
        url.parse().map_err(|error: UrlError| error.to_string())
    }

    #[test]
    fn a_server_elsewhere_is_verified_or_its_protection_is_given_up_in_words() {
        let verified =
            parsed("postgres://stead@db.example/stead?sslmode=verify-full&sslrootcert=ca.pem");
        let verified = verified.unwrap().under(Path::new("/etc/stead"));
        assert_eq!(verified.files().collect::<Vec<_>>(), [Path::new("/etc/stead/ca.pem")]);
        assert_eq!(verified.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(verified.to_string(), "postgres://stead@db.example/stead");
        assert!(parsed("postgres://stead@db.example/stead?sslmode=disable").is_ok());
        let unsaid = parsed("postgres://stead@db.example/stead").unwrap_err();
        assert!(unsaid.contains("nothing says how the connection is protected"), "{unsaid}");
    }

    #[test]
    fn a_server_here_needs_no_word_about_protection() {
        for place in ["localhost", "127.0.0.1:5433", "%2Frun%2Fpostgresql"] {
            let url = parsed(&format!("postgres://stead@{place}/stead")).unwrap();
            assert_eq!(url.config.get_ssl_mode(), SslMode::Prefer);
        }
    }

    #[test]
    fn several_hosts_and_the_librarys_own_parameters_are_taken() {
        let url = "postgres://stead@a:1,b:2/stead?sslmode=disable&target_session_attrs=read-write\
                   &connect_timeout=7&options=-csearch_path%3Dx";
        let url = parsed(url).unwrap();
        assert_eq!(url.config.get_ports(), [1, 2]);
        assert_eq!(url.config.get_connect_timeout(), Some(&Duration::from_secs(7)));
        assert_eq!(url.config.get_options(), Some("-csearch_path=x"));
    }

    #[test]
    fn what_makes_no_sense_is_said_with_what_to_write_instead() {
        for (url, said) in [
            ("mysql://a/b", "this is no URL of a PostgreSQL"),
            ("postgres:///stead", "the URL names no host"),
            ("postgres://a@localhost/b?sslmode=maybe", "`maybe` is no sslmode"),
            ("postgres://a@localhost/b?sslmode=verify-full", "needs the certificate authority"),
            ("postgres://a@localhost/b?sslmode=require&sslrootcert=x", "nobody asks who vouches"),
            ("postgres://a@localhost/b?sslcert=x", "a certificate needs its key"),
            ("postgres://a@localhost/b?colour=red", "cannot be read"),
            ("postgres://a@localhost:many/b", "cannot be read"),
        ] {
            let mistake = parsed(url).unwrap_err();
            assert!(mistake.contains(said), "{url}: {mistake}");
        }
    }

    #[test]
    fn a_password_in_the_url_is_refused_and_never_shown() {
        let mistake = parsed("postgres://stead:hunter2@localhost/stead").unwrap_err();
        assert!(mistake.contains("holds a password") && !mistake.contains("hunter2"), "{mistake}");
    }
}
