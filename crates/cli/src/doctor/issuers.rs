//! Issuers: whether our own answers under its public URL as its clients see it, and whether those whose tokens
//! are taken answer us.

use super::database::Inspected;
use super::elsewhere::Elsewhere;
use super::finding::{Area, Finding};
use crate::config::{Process, TenantFiles};
use crate::member::Member;
use anyhow::Context;
use reqwest::{Certificate, Client, ClientBuilder, Response};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use stead::issuer::ProviderBuilder;
use stead::{Provider, Transport};
use stead_proto::id::Issuer;
use stead_proto::metadata::Endpoints;
use stead_proto::time::Timestamp;
use stead_server::config::{ServerConfig, Tls};
use stead_server::moment::{Moments, SystemMoments};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks everybody. Also tells what their clocks say.
pub(super) async fn look(
    process: &Process,
    inspected: &Inspected,
) -> (Vec<Elsewhere>, Vec<Finding>) {
    let (mut clocks, mut found) = (Vec::new(), Vec::new());
    let (http, transport) = match clients(&process.server) {
        Ok(clients) => clients,
        Err(error) => {
            let what = format!("nobody can be asked: {error:#}");
            return (clocks, vec![Area::Issuers.fail(what, "put [trust] ca_files right")]);
        }
    };
    for tenant in &process.tenants {
        found.push(own(&http, &process.server, tenant, inspected, &mut clocks).await);
    }
    for issuer in &inspected.issuers {
        found.push(foreign(&http, &transport, &process.server, issuer, &mut clocks).await);
    }
    (clocks, found)
}

/// Our own discovery document, asked for as any client would.
async fn own(
    http: &Client,
    server: &ServerConfig,
    tenant: &TenantFiles,
    inspected: &Inspected,
    clocks: &mut Vec<Elsewhere>,
) -> Finding {
    let name = &tenant.tenant.name;
    if server.public_url.ends_with(":0") {
        return Area::Issuers.ok(format!("tenant {name} has no port of its own to be asked at"));
    }
    let endpoints = Endpoints::new(&server.public_url, tenant.in_urls.segment(&tenant.tenant));
    let issuer = endpoints.issuer();
    match discovery(http, &issuer, clocks).await {
        Ok(said) if said == issuer => {
            Area::Issuers.ok(format!("{issuer} answers and says its name"))
        }
        Ok(said) => {
            let what = format!("who answers at {issuer} says that it is {said:?}");
            let todo = "public_url, or the names and ids of tenants, differ from those of the server that answers";
            Area::Issuers.fail(what, todo)
        }
        Err(error) if inspected.in_use => {
            let what = format!("{issuer} does not answer: {error:#}");
            let todo = "see whether name, port and certificate lead from here to the server";
            Area::Issuers.fail(what, todo)
        }
        Err(error) => {
            let what = format!("{issuer} does not answer, and no server runs here: {error:#}");
            Area::Issuers.warn(what, "start it: `stead serve`")
        }
    }
}

/// Somebody else's, asked for as the server does.
async fn foreign(
    http: &Client,
    transport: &Transport,
    server: &ServerConfig,
    issuer: &Issuer,
    clocks: &mut Vec<Elsewhere>,
) -> Finding {
    // Only for its clock: whether it is to be believed is what the next question tells.
    discovery(http, issuer.as_str(), clocks).await.ok();
    let builder = Provider::builder(issuer.as_str()).transport(transport.clone());
    let builder = server.trust.key_hosts.iter().fold(builder, ProviderBuilder::trust_host);
    let keys = match builder.build() {
        Ok(provider) => provider.keys().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match keys {
        Ok(_) => Area::Issuers.ok(format!("{issuer} answers and shows its keys")),
        Err(error) => {
            let what = format!("the keys of {issuer} cannot be had: {error}");
            let todo = "programs that prove who they are by it get no tokens: see whether it can be reached, and [trust]";
            Area::Issuers.fail(what, todo)
        }
    }
}

/// What the clocks of these issuers say, trusting these certificate authorities besides, PEM.
pub(super) async fn clocks(issuers: &[&str], trust: &[u8]) -> anyhow::Result<Vec<Elsewhere>> {
    let certificates = Certificate::from_pem_bundle(trust)?;
    let http =
        Client::builder().no_proxy().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    let http = certificates.into_iter().fold(http, ClientBuilder::add_root_certificate).build()?;
    let mut clocks = Vec::new();
    for issuer in issuers {
        discovery(&http, issuer, &mut clocks).await.ok();
    }
    Ok(clocks)
}

/// The `issuer` of a discovery document.
async fn discovery(
    http: &Client,
    issuer: &str,
    clocks: &mut Vec<Elsewhere>,
) -> anyhow::Result<String> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let response = http.get(url).send().await.map_err(|error| innermost(&error))?;
    clocks.extend(clock(issuer, &response));
    let response = response.error_for_status().map_err(|error| innermost(&error))?;
    let document: Value = response.json().await.context("it is no JSON")?;
    Ok(document.member("issuer").as_str().unwrap_or_default().to_owned())
}

fn clock(who: &str, response: &Response) -> Option<Elsewhere> {
    let date = response.headers().get("date")?.to_str().ok()?;
    let date = httpdate::parse_http_date(date).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    // The header says a second that has begun: half a second later is the best guess.
    let millis = i64::try_from(since.as_secs()).ok()?.checked_mul(1_000)?.checked_add(500)?;
    let said = Timestamp::from_millis(millis);
    Some(Elsewhere { who: who.to_owned(), said, at: SystemMoments.moment().now })
}

/// What went wrong, without the address that is said already.
fn innermost(error: &reqwest::Error) -> anyhow::Error {
    let mut source: &dyn std::error::Error = error;
    while let Some(inner) = source.source() {
        source = inner;
    }
    anyhow::anyhow!("{source}")
}

/// Both trust whom the server trusts, and our own CA in development.
fn clients(server: &ServerConfig) -> anyhow::Result<(Client, Transport)> {
    let mut files: Vec<PathBuf> = server.trust.ca_files.clone();
    if let Tls::Development { dir, .. } = &server.tls {
        files.extend(Some(dir.join("ca.pem")).filter(|file| file.exists()));
    }
    let mut http =
        Client::builder().no_proxy().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    let mut transport = Transport::builder().timeouts(PATIENCE, PATIENCE);
    for file in files {
        let pem = fs::read(&file).with_context(|| file.display().to_string())?;
        for certificate in Certificate::from_pem_bundle(&pem)? {
            http = http.add_root_certificate(certificate);
        }
        transport = transport.root_certificates_pem(&pem)?;
    }
    Ok((http.build()?, transport.build()?))
}
