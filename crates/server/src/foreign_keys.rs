//! The public keys of other issuers, by their discovery documents.
//!
//! Only issuers that something on file names are asked, over HTTPS, without following a redirect, for two
//! seconds and 256 KiB at most. Keys are used for ten minutes, and on when their issuer does not answer.
//! For a key that is not among them an issuer is asked once in half a minute, and as seldom while it
//! has answered nothing yet: no client makes us ask more often, however many tokens it sends.

use crate::config::Trust;
use crate::moment::Moments;
use crate::start_error::StartError;
use async_trait::async_trait;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use stead::transport::TransportBuilder;
use stead::{Clock, Provider, SetupError, Transport};
use stead_core::ports::IssuerKeys;
use stead_proto::id::{Issuer, KeyId};
use stead_proto::jwt::KeySet;
use stead_proto::time::{Seconds, Timestamp};

/// How long an issuer that could not be asked is left alone.
const REST: Seconds = Seconds(30);

/// How many issuers are kept in mind. Those on file are few; a registration that comes and goes by the admin
/// API leaves nothing behind for ever.
const MOST: usize = 1000;

/// Whose keys are known, and where others may be asked for theirs.
#[derive(Debug)]
pub(crate) struct ForeignKeys {
    trusting: TransportBuilder,
    /// Made when the first issuer is asked: it reads all the authorities that this system trusts.
    transport: OnceLock<Transport>,
    clock: Clock,
    hosts: Vec<String>,
    known: Mutex<HashMap<Issuer, Known>>,
}

/// One issuer.
#[derive(Debug, Clone)]
struct Known {
    provider: Provider,
    failed: Option<Timestamp>,
}

impl ForeignKeys {
    /// Trusts the system's certificate authorities, those of the configuration, and our own in development.
    pub(crate) fn new(
        trust: &Trust,
        development_ca: Option<&Path>,
        moments: Arc<dyn Moments>,
    ) -> Result<Self, StartError> {
        let mut transport = Transport::builder();
        for file in trust.ca_files.iter().map(AsRef::as_ref).chain(development_ca) {
            let pem = fs::read(file)
                .map_err(|error| StartError::File { file: file.to_owned(), error })?;
            transport = transport.root_certificates_pem(&pem).map_err(|_| StartError::Content {
                file: file.to_owned(),
                problem: "it holds no certificates in PEM".to_owned(),
            })?;
        }
        if !trust.ca_files.is_empty() {
            // Whoever names a file hears at once what is wrong with it.
            let built = transport.clone().build();
            built.map_err(|error| StartError::Store(error.to_string()))?;
        }
        Ok(Self {
            trusting: transport,
            transport: OnceLock::new(),
            clock: Clock::new(move || moments.moment().now),
            hosts: trust.key_hosts.clone(),
            known: Mutex::default(),
        })
    }

    fn known(&self, issuer: &Issuer) -> Result<Known, SetupError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(issuer) {
            return Ok(known.clone());
        }
        let builder = Provider::builder(issuer.as_str())
            .transport(self.transport()?)
            .clock(self.clock.clone());
        let trusting = |builder: stead::issuer::ProviderBuilder, host| builder.trust_host(host);
        let provider = self.hosts.iter().fold(builder, trusting).build()?;
        if known.len() >= MOST {
            known.clear();
        }
        let new = Known { provider, failed: None };
        known.insert(issuer.clone(), new.clone());
        Ok(new)
    }

    fn transport(&self) -> Result<Transport, SetupError> {
        if let Some(transport) = self.transport.get() {
            return Ok(transport.clone());
        }
        let made = self.trusting.clone().build()?;
        Ok(self.transport.get_or_init(|| made).clone())
    }

    fn failed(&self, issuer: &Issuer) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get_mut(issuer) {
            known.failed = Some(self.clock.now());
        }
    }
}

#[async_trait]
impl IssuerKeys for ForeignKeys {
    async fn keys_of(&self, issuer: &Issuer, key: Option<&KeyId>) -> Option<Arc<KeySet>> {
        let known = self.known(issuer);
        let known = known
            .inspect_err(|error| tracing::warn!(%issuer, %error, "an issuer cannot be asked"))
            .ok()?;
        if known.failed.is_some_and(|at| self.clock.now() < at + REST) {
            return None;
        }
        match known.provider.keys_with(key).await {
            Ok(keys) => Some(keys),
            Err(error) => {
                tracing::warn!(%issuer, %error, "the keys of an issuer cannot be had");
                self.failed(issuer);
                None
            }
        }
    }
}
