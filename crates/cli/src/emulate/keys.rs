//! Keys for those who prove themselves without a secret: a client's certificate, a foreign issuer.

use crate::private;
use anyhow::{Context, anyhow};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256};
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::fs;
use std::path::Path;
use stead_proto::id::KeyId;
use stead_proto::jwt::{Algorithm, JwkSet, SigningKey};

/// The foreign issuer whose tokens a federated credential accepts.
pub(super) const FOREIGN_ISSUER: &str = "foreign-issuer";

/// Makes a client's certificate, signed by itself: `NAME.key.pem`, `NAME.cert.pem`, both in one
/// as `NAME.pem`, and `NAME.jwks.json`, which is all that the server knows of it.
pub(super) fn certificate(folder: &Path, name: &str) -> anyhow::Result<()> {
    if folder.join(format!("{name}.jwks.json")).exists() {
        return Ok(());
    }
    let (pair, keys) = rsa()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.self_signed(&pair)?;
    let file = folder.join(format!("{name}.cert.pem"));
    fs::write(&file, certificate.pem()).with_context(|| file.display().to_string())?;
    let both = [pair.serialize_pem(), certificate.pem()].concat();
    private::replace(&folder.join(format!("{name}.pem")), &both)?;
    keep(folder, name, &pair, &keys)
}

/// Makes the key of a foreign issuer: `foreign-issuer.key.pem` to sign with, `foreign-issuer.jwks.json` to
/// trust.
pub(super) fn foreign_issuer(folder: &Path) -> anyhow::Result<()> {
    if folder.join(format!("{FOREIGN_ISSUER}.jwks.json")).exists() {
        return Ok(());
    }
    let (pair, keys) = rsa()?;
    keep(folder, FOREIGN_ISSUER, &pair, &keys)
}

/// The public keys are written last: where they are, the rest is.
fn keep(folder: &Path, name: &str, pair: &KeyPair, keys: &JwkSet) -> anyhow::Result<()> {
    private::replace(&folder.join(format!("{name}.key.pem")), &pair.serialize_pem())?;
    let file = folder.join(format!("{name}.jwks.json"));
    let text = serde_json::to_string_pretty(keys)?;
    fs::write(&file, text).with_context(|| file.display().to_string())
}

/// An RSA key. Libraries sign with either padding and name no key, so the public half is listed for each.
fn rsa() -> anyhow::Result<(KeyPair, JwkSet)> {
    let (pss, pkcs8) = SigningKey::generate(Algorithm::Ps256)?;
    let pkcs1 = SigningKey::from_pkcs8(Algorithm::Rs256, &pkcs8)?;
    let name = KeyId::parse(format!("{}-rs256", pss.kid())).map_err(|bad| anyhow!("{bad}"))?;
    let keys = [pss.public_jwk(), pkcs1.named(name).public_jwk()].into_iter().collect();
    let der = PrivatePkcs8KeyDer::from(pkcs8.as_slice());
    Ok((KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_RSA_SHA256)?, keys))
}
