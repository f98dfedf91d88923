//! Certificates: whether what the public listener shows is valid, for the right name, and complete.

use super::finding::{Area, Finding};
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::path::Path;
use stead_proto::time::{Seconds, Timestamp};
use stead_server::config::{ServerConfig, Tls};
use stead_server::moment::{Moments, SystemMoments};
use stead_server::tls::from_files;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// When somebody should see to a new one.
const SOON: Seconds = Seconds(21 * 86_400);

const RENEW: &str = "put a new one in its place, and send the server SIGHUP";

/// What is configured.
pub(super) fn look(server: &ServerConfig) -> Vec<Finding> {
    let now = SystemMoments.moment().now;
    match &server.tls {
        Tls::Files { cert, key } => files(cert, key, Some(host(&server.public_url)), now),
        Tls::Development { dir, .. } => development(&dir.join("ca.pem"), now),
        Tls::BehindProxy { trusted } => {
            let proxies = if trusted.len() == 1 { "a proxy" } else { "proxies" };
            vec![Area::Tls.ok(format!("HTTPS is done by {proxies} in front of it"))]
        }
    }
}

/// What a gateway shows. It has no URL of its own, so that any host will do.
pub(super) fn in_files(cert: &Path, key: &Path) -> Vec<Finding> {
    files(cert, key, None, SystemMoments.moment().now)
}

/// What somebody shows of itself, in PEM: a chain, and its key.
pub(super) fn in_text(shown: &str, chain: &str, key: &str) -> Vec<Finding> {
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<Vec<_>, _>>();
    let (Ok(chain), Ok(key)) = (chain, PrivateKeyDer::from_pem_slice(key.as_bytes())) else {
        return vec![Area::Tls.fail(format!("{shown} cannot be read"), "write both in PEM")];
    };
    match CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()) {
        Ok(certified) => look_at(shown, &certified.cert, None, SystemMoments.moment().now),
        Err(error) => {
            let what = format!("{shown} does not fit its key: {error}");
            vec![Area::Tls.fail(what, "put both in their places anew, from the same request")]
        }
    }
}

fn files(cert: &Path, key: &Path, host: Option<&str>, now: Timestamp) -> Vec<Finding> {
    match from_files(cert, key) {
        Ok(certified) => look_at(&cert.display().to_string(), &certified.cert, host, now),
        Err(error) => vec![Area::Tls.fail(error.to_string(), "nothing starts with it")],
    }
}

fn look_at(
    shown: &str,
    chain: &[CertificateDer<'static>],
    host: Option<&str>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    found.extend(chain.first().zip(host).and_then(|(leaf, host)| for_host(shown, leaf, host)));
    found.extend(chain.iter().flat_map(|one| in_time(shown, one, now)));
    found.extend(in_order(shown, chain));
    if found.is_empty() {
        let until = chain.iter().filter_map(|one| times(one)).map(|(_, until)| until).min();
        let until = until.map(|at| at.to_string()).unwrap_or_default();
        let name = host.map(|host| format!("is for {host}, ")).unwrap_or_default();
        let what = format!(
            "{shown} {name}fits its key, comes with {} certificates and is valid until {until}",
            chain.len()
        );
        found.push(Area::Tls.ok(what));
    }
    found
}

/// Good for this machine. Elsewhere nobody trusts it.
fn development(file: &Path, now: Timestamp) -> Vec<Finding> {
    if !file.exists() {
        let what = "the first start makes a development CA";
        return vec![Area::Tls.warn(what, "set cert_file and key_file in [tls] for production")];
    }
    let shown = &*file.display().to_string();
    let Ok(ca) = CertificateDer::from_pem_file(file) else {
        let todo = "delete its folder to have a new CA made";
        return vec![Area::Tls.fail(format!("{shown} holds no certificate"), todo)];
    };
    let mut found = in_time(shown, &ca, now);
    if found.is_empty() {
        let what = format!("it shows a certificate of its own development CA, {shown}");
        found.push(Area::Tls.warn(what, "set cert_file and key_file in [tls] for production"));
    }
    found
}

fn for_host(shown: &str, leaf: &CertificateDer<'_>, host: &str) -> Option<Finding> {
    let name = ServerName::try_from(host).ok()?;
    let parsed = ParsedCertificate::try_from(leaf).ok()?;
    verify_server_name(&parsed, &name).err().map(|_| {
        let what = format!("{shown} is not for {host}, the host of public_url");
        Area::Tls.fail(what, "get one that names this host (subjectAltName)")
    })
}

fn in_time(shown: &str, certificate: &CertificateDer<'_>, now: Timestamp) -> Vec<Finding> {
    let Some((from, until)) = times(certificate) else {
        let what = format!("a certificate in {shown} cannot be read");
        return vec![Area::Tls.fail(what, RENEW)];
    };
    let mut found = Vec::new();
    if until <= now {
        found.push(Area::Tls.fail(format!("{shown} expired at {until}"), RENEW));
    } else if until <= now + SOON {
        found.push(Area::Tls.warn(format!("{shown} expires at {until}"), RENEW));
    }
    if now < from {
        let what = format!("{shown} is not valid before {from}");
        found.push(Area::Tls.fail(what, "look at the clock, or wait"));
    }
    found
}

/// Each certificate is followed by that of who issued it; the last, whom clients trust, may be absent.
fn in_order(shown: &str, chain: &[CertificateDer<'static>]) -> Option<Finding> {
    let parsed: Vec<X509Certificate<'_>> =
        chain.iter().filter_map(|one| Some(X509Certificate::from_der(one).ok()?.1)).collect();
    let broken = parsed
        .iter()
        .zip(parsed.iter().skip(1))
        .any(|(one, next)| one.issuer().as_raw() != next.subject().as_raw());
    broken.then(|| {
        let what = format!("the certificates in {shown} do not follow each other");
        Area::Tls.fail(what, "write the server's own first, then that of its issuer, and so on")
    })
}

fn times(certificate: &CertificateDer<'_>) -> Option<(Timestamp, Timestamp)> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let validity = parsed.validity();
    let instant = |at: x509_parser::time::ASN1Time| Timestamp::from_secs(at.timestamp());
    Some((instant(validity.not_before), instant(validity.not_after)))
}

/// The host of `https://host:port`.
fn host(public_url: &str) -> &str {
    let authority = public_url.strip_prefix("https://").unwrap_or(public_url);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    }
    .trim_matches(['[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_stands_before_the_port() {
        assert_eq!(host("https://id.example:8443"), "id.example");
        assert_eq!(host("https://id.example"), "id.example");
        assert_eq!(host("https://[::1]:8443"), "::1");
        assert_eq!(host("https://[::1]"), "::1");
    }
}
