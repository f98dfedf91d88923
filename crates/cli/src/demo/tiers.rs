//! The three tiers, started: each verifies and exchanges with the SDK, and knows nothing of the server's insides.

use super::company_data;
use super::dashboard;
use super::files::Folder;
use super::place::Sockets;
use super::reports_api::ReportsApi;
use anyhow::Context;
use axum::Router;
use rustls::ServerConfig;
use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use stead::{Credential, Dialect, Obo, Provider, Transport, Verifier};
use stead_server::Running;
use stead_server::config::Shutdown;
use stead_server::listen::{Farewell, serve_tls};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long an exchange may take here: a laptop may have other things to do at its first.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tiers, running until they are told to stop.
#[derive(Debug)]
pub(super) struct Tiers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Tiers {
    /// Starts all three, with the identity provider's own certificate.
    pub(super) fn start(
        sockets: Sockets,
        folder: &Folder,
        identity: &Running,
    ) -> anyhow::Result<Self> {
        let Sockets { dashboard, reports_api, company_data, places } = sockets;
        let ca = identity.ca_certificate().context("the demo needs its development CA")?;
        let ca_pem = fs::read(&ca).with_context(|| ca.display().to_string())?;
        let issuer = places.issuer();
        let provider = provider(&issuer, &ca_pem)?;
        let verifier = |audience: &str| {
            Verifier::builder().provider(provider.clone()).audience(audience).build()
        };
        let obo = |dialect| {
            Obo::builder()
                .provider(provider.clone())
                .client_id("reports-api")
                .credential(Credential::secret(folder.reports_api_secret()?))
                .dialect(dialect)
                .budget(PATIENCE)
                .build()
                .map_err(anyhow::Error::from)
        };
        let api = ReportsApi {
            rfc8693: obo(Dialect::Rfc8693)?,
            entra: obo(Dialect::Entra)?,
            web: reqwest::Client::builder()
                .tls_certs_only([reqwest::Certificate::from_pem(&ca_pem)?])
                .build()?,
            company_data: format!("{}/rows", places.company_data()),
        };
        let mut tiers = Self { stop: watch::Sender::new(false), tasks: JoinSet::new() };
        let tls = Arc::new(identity.tls().context("the demo speaks HTTPS")??);
        let reports = api.router(verifier("api://reports-api")?, &places.dashboard())?;
        tiers.serve(dashboard, dashboard::router(&places, folder.process_file()), &tls)?;
        tiers.serve(reports_api, reports, &tls)?;
        tiers.serve(company_data, company_data::router(verifier("api://company-data")?), &tls)?;
        Ok(tiers)
    }

    /// Finishes what is on its way.
    pub(super) async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }

    fn serve(
        &mut self,
        socket: TcpListener,
        router: Router,
        tls: &Arc<ServerConfig>,
    ) -> anyhow::Result<()> {
        let listener = tokio::net::TcpListener::from_std(socket)?;
        let tls = Arc::clone(tls);
        let mut stopped = self.stop.subscribe();
        self.tasks.spawn(async move {
            let begins = async move {
                // An error means that the sender is gone, which is an end as well.
                drop(stopped.wait_for(|stop| *stop).await);
            };
            let farewell = Farewell { begins, patience: Shutdown::default().patience };
            serve_tls(listener, tls, router, farewell).await;
        });
        Ok(())
    }
}

fn provider(issuer: &str, ca_pem: &[u8]) -> anyhow::Result<Provider> {
    let transport = Transport::builder().root_certificates_pem(ca_pem)?.build()?;
    Ok(Provider::builder(issuer).transport(transport).build()?)
}
