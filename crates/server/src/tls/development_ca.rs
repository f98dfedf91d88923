//! A certificate authority for development: made on first start, kept, trusted by whoever wants to.

use super::Certificate;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use stead_core::moment::Moment;
use stead_proto::time::{Seconds, Timestamp};

const DAY: u32 = 86_400;
const CA_DAYS: u32 = 3650;
const LEAF_DAYS: u32 = 365;

/// Where this machine reaches itself.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A CA of our own. Certificates are made at every start, so that none grows old.
pub struct DevelopmentCa {
    file: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    now: Timestamp,
}

impl fmt::Debug for DevelopmentCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DevelopmentCa({})", self.file.display())
    }
}

/// Why there is no development CA.
#[derive(Debug)]
pub enum CaError {
    /// A file cannot be read or written.
    Io {
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
    /// A certificate cannot be made.
    Make(String),
}

impl fmt::Display for CaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { file, error } => write!(f, "cannot use {}: {error}", file.display()),
            Self::Content { file, problem } => {
                write!(f, "cannot use {}: {problem}", file.display())
            }
            Self::Make(problem) => write!(f, "cannot make a certificate: {problem}"),
        }
    }
}

impl std::error::Error for CaError {}

impl DevelopmentCa {
    /// The CA kept in this directory (`ca.pem`, `ca.key`), made if there is none. One that is made for certain
    /// names speaks for nothing but them and this machine (RFC 5280 section 4.2.1.10).
    pub fn load_or_create(dir: &Path, only: &[String], moment: &Moment) -> Result<Self, CaError> {
        let (file, key_file) = (dir.join("ca.pem"), dir.join("ca.key"));
        let (pem, key) = match fs::read_to_string(&key_file) {
            Ok(key) => (fs::read_to_string(&file).map_err(|e| io_error(&file, e))?, key),
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(dir, only, moment.now)?,
            Err(error) => return Err(io_error(&key_file, error)),
        };
        let broken = |file: &Path, error: &rcgen::Error| CaError::Content {
            file: file.to_owned(),
            problem: format!("{error}; delete {} to have a new CA made", dir.display()),
        };
        let key = KeyPair::from_pem(&key).map_err(|e| broken(&key_file, &e))?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(|e| broken(&file, &e))?;
        Ok(Self { file, issuer, now: moment.now })
    }

    /// The CA's certificate, for clients to trust: `SSL_CERT_FILE`, `NODE_EXTRA_CA_CERTS`, ….
    #[must_use]
    pub fn certificate_file(&self) -> &Path {
        &self.file
    }

    /// TLS with a certificate for these names; this machine's own are always among them.
    pub fn server_config(&self, names: &[String]) -> Result<ServerConfig, CaError> {
        let config = Certificate::new(self.leaf(names)?).server_config();
        config.map_err(|error| CaError::Make(error.to_string()))
    }

    /// A certificate for these names and this machine's own.
    pub fn leaf(&self, names: &[String]) -> Result<CertifiedKey, CaError> {
        let make = |error: rcgen::Error| CaError::Make(error.to_string());
        let mut all: Vec<String> = LOCAL.map(str::to_owned).to_vec();
        all.extend(names.iter().filter(|name| !LOCAL.contains(&name.as_str())).cloned());

        let mut params = CertificateParams::new(all).map_err(make)?;
        valid(&mut params, self.now, LEAF_DAYS);
        params.distinguished_name.push(DnType::CommonName, "Stead development");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;

        let key = KeyPair::generate().map_err(make)?;
        let leaf = params.signed_by(&key, &self.issuer).map_err(make)?;
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        CertifiedKey::from_der(vec![leaf.der().clone()], der, &aws_lc_rs::default_provider())
            .map_err(|error| CaError::Make(error.to_string()))
    }
}

/// Makes a CA; the key is written first and for its owner alone.
fn create(dir: &Path, only: &[String], now: Timestamp) -> Result<(String, String), CaError> {
    let make = |error: rcgen::Error| CaError::Make(error.to_string());
    let mut params = CertificateParams::default();
    valid(&mut params, now, CA_DAYS);
    params.distinguished_name.push(DnType::CommonName, "Stead development CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = (!only.is_empty()).then(|| limited_to(only));
    let key = KeyPair::generate().map_err(make)?;
    let certificate = params.self_signed(&key).map_err(make)?;

    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| io_error(dir, e))?;
    let (pem, key) = (certificate.pem(), key.serialize_pem());
    write(&dir.join("ca.pem"), &pem, 0o644)?;
    write(&dir.join("ca.key"), &key, 0o600)?;
    Ok((pem, key))
}

/// These names and this machine. Addresses are named as well: a kind of name that is not is not limited.
fn limited_to(names: &[String]) -> NameConstraints {
    let this_machine: [(IpAddr, u8); 2] =
        [(Ipv4Addr::LOCALHOST.into(), 32), (Ipv6Addr::LOCALHOST.into(), 128)];
    let addresses = this_machine
        .map(|(address, bits)| CidrSubnet::from_addr_prefix(address, bits))
        .map(GeneralSubtree::IpAddress);
    let names = names.iter().cloned().chain(["localhost".to_owned()]);
    NameConstraints {
        permitted_subtrees: names.map(GeneralSubtree::DnsName).chain(addresses).collect(),
        excluded_subtrees: Vec::new(),
    }
}

fn write(file: &Path, text: &str, mode: u32) -> Result<(), CaError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(mode);
    let mut opened = options.open(file).map_err(|e| io_error(file, e))?;
    opened.write_all(text.as_bytes()).map_err(|e| io_error(file, e))
}

fn io_error(file: &Path, error: io::Error) -> CaError {
    CaError::Io { file: file.to_owned(), error }
}

/// From yesterday on, for clocks that are behind.
fn valid(params: &mut CertificateParams, now: Timestamp, days: u32) {
    let instant = |at: Timestamp| {
        let since = Duration::from_secs(u64::try_from(at.secs()).unwrap_or_default());
        date_time_ymd(1970, 1, 1) + since
    };
    params.not_before = instant(now - Seconds(DAY));
    params.not_after = instant(now + Seconds(days * DAY));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;
    use stead_core::moment::Dice;

    fn noon() -> Moment {
        Moment::new(Timestamp::from_secs(1_795_435_200), Dice::default())
    }

    #[test]
    fn the_ca_is_made_once_kept_and_its_key_is_nobody_elses_business() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("ca");
        DevelopmentCa::load_or_create(&dir, &[], &noon()).unwrap();
        let first = fs::read_to_string(dir.join("ca.pem")).unwrap();
        let ca = DevelopmentCa::load_or_create(&dir, &[], &noon()).unwrap();
        assert_eq!(fs::read_to_string(ca.certificate_file()).unwrap(), first);
        let mode = fs::metadata(dir.join("ca.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(ca.leaf(&["id.example".into()]).unwrap().cert.len(), 1);
    }

    #[test]
    fn a_ca_that_cannot_be_read_is_named_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        DevelopmentCa::load_or_create(dir.path(), &[], &noon()).unwrap();
        fs::write(dir.path().join("ca.key"), "junk").unwrap();
        let error =
            DevelopmentCa::load_or_create(dir.path(), &[], &noon()).unwrap_err().to_string();
        assert!(error.contains("ca.key") && error.contains("to have a new CA made"), "{error}");
    }

    /// Whether who trusts this CA believes its certificate for a name.
    fn believed(ca: &DevelopmentCa, name: &str) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca.certificate_file()).unwrap()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        let leaf = ca.leaf(&[name.to_owned()]).unwrap();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(noon().now.secs().cast_unsigned()));
        let name = ServerName::try_from(name).unwrap();
        let verifier = verifier.build().unwrap();
        verifier.verify_server_cert(&leaf.cert[0], &[], &name, &[], at).is_ok()
    }

    #[test]
    fn a_ca_for_certain_names_is_believed_about_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (limited, open) = (dir.path().join("limited"), dir.path().join("open"));
        let limited =
            DevelopmentCa::load_or_create(&limited, &["id.example".into()], &noon()).unwrap();
        let open = DevelopmentCa::load_or_create(&open, &[], &noon()).unwrap();
        for name in ["id.example", "localhost", "127.0.0.1", "::1"] {
            assert!(believed(&limited, name), "{name}");
        }
        for name in ["other.example", "example", "10.0.0.1"] {
            assert!(!believed(&limited, name), "{name}");
            assert!(believed(&open, name), "{name}");
        }
    }
}
