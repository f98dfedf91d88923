//! What one configuration makes: providers with what they remember, verifiers, routes, clients for upstreams.
//!
//! The next configuration takes over whatever it says alike, so that a reload forgets no token that is still good.

use crate::clients::Clients;
use crate::config::{
    ApiConfig, ClientConfig, CredentialConfig, EgressTarget, Exchange, GatewayConfig,
    HandlesConfig, Inbound, Patience, ProviderConfig, Route,
};
use crate::errors::Fault;
use crate::handles::{Handles, is_handle};
use crate::start_error::StartError;
use std::sync::Arc;
use std::time::Duration;
use stead::issuer::ProviderBuilder;
use stead::verify::Trust;
use stead::{Caller, Clock, Credential, Jwt, Obo, Provider, Transport, Verifier};

/// One configuration, at work.
#[derive(Debug)]
pub(crate) struct Plane {
    pub(crate) inbound: Inbound,
    pub(crate) routes: Vec<Route>,
    pub(crate) api: Option<ApiConfig>,
    pub(crate) egress: Vec<EgressTarget>,
    pub(crate) handles: Arc<Handles>,
    handles_config: HandlesConfig,
    clock: Clock,
    pub(crate) providers: Vec<Arc<Known>>,
    /// Verifies the tokens of all who may sign them.
    pub(crate) verifier: Verifier,
    pub(crate) clients: Arc<Clients>,
    pub(crate) patience: Patience,
    trust: Vec<u8>,
}

/// A provider with everything that is remembered of it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) config: ProviderConfig,
    circumstances: Circumstances,
    pub(crate) provider: Provider,
    /// Asks it for tokens, if it knows us.
    pub(crate) obo: Option<Obo>,
}

/// What else a provider is set up with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Circumstances {
    patience: Duration,
    cache_bytes: u64,
    trust: Vec<u8>,
}

impl Plane {
    /// Makes it; what the one before has alike is taken over.
    pub(crate) fn build(
        config: GatewayConfig,
        before: Option<&Self>,
        clock: &Clock,
    ) -> Result<Self, StartError> {
        let circumstances = Circumstances {
            patience: config.patience.provider,
            cache_bytes: config.cache_bytes,
            trust: config.trust.clone(),
        };
        let mut providers = Vec::new();
        for provider in config.providers {
            let alike = |known: &&Arc<Known>| {
                known.config == provider && known.circumstances == circumstances
            };
            let known = before.and_then(|before| before.providers.iter().find(alike));
            providers.push(match known {
                Some(known) => Arc::clone(known),
                None => Arc::new(Known::build(provider, circumstances.clone(), clock)?),
            });
        }
        let same = |before: &&Self| {
            let pairs = before.providers.iter().zip(&providers);
            before.providers.len() == providers.len()
                && before.inbound == config.inbound
                && pairs.into_iter().all(|(before, now)| Arc::ptr_eq(before, now))
        };
        let verifier = match before.filter(same) {
            Some(before) => before.verifier.clone(),
            None => verifier(&config.inbound, &providers, config.cache_bytes)?,
        };
        let alike = |before: &&Self| {
            before.trust == config.trust && before.patience.connect == config.patience.connect
        };
        let clients = match before.filter(alike) {
            Some(before) => Arc::clone(&before.clients),
            None => Arc::new(Clients::new(&config.trust, config.patience.connect)?),
        };
        let alike = |before: &&Self| before.handles_config == config.handles;
        let handles = match before.filter(alike) {
            Some(before) => Arc::clone(&before.handles),
            None => Arc::new(Handles::new(config.handles.most)?),
        };
        let plane = Self {
            inbound: config.inbound,
            routes: config.routes,
            api: config.api,
            egress: config.egress,
            handles,
            handles_config: config.handles,
            clock: clock.clone(),
            providers,
            verifier,
            clients,
            patience: config.patience,
            trust: config.trust,
        };
        plane.holds_together()?;
        Ok(plane)
    }

    /// Asks for tokens at the provider of this name.
    pub(crate) fn obo(&self, provider: &str) -> Option<&Obo> {
        self.providers.iter().find(|known| known.config.name == provider)?.obo.as_ref()
    }

    /// Who a token, or a handle, speaks for, once that is proved.
    pub(crate) async fn caller(&self, shown: &Jwt) -> Result<Caller, Fault> {
        if !is_handle(shown.expose()) {
            return Ok(self.verifier.verify(shown).await?);
        }
        let found = self.handles.find(shown.expose(), self.clock.now());
        let caller = found.ok_or_else(Fault::handle)?;
        self.verifier.recheck(&caller).inspect_err(|_| self.handles.forget(shown.expose()))?;
        Ok(caller)
    }

    /// Whether everybody who is named is there.
    fn holds_together(&self) -> Result<(), StartError> {
        let ways_out = self.egress.iter().map(|target| &target.route);
        let routes = self.routes.iter().chain(ways_out).filter_map(|route| match &route.exchange {
            Exchange::For { provider, .. } => Some(provider),
            _ => None,
        });
        let api = self.api.iter();
        let apis = api.flat_map(|api| api.downstream.iter().map(|known| &known.provider));
        let mut named = routes.chain(apis);
        match named.find(|provider| self.obo(provider).is_none()) {
            Some(provider) => Err(StartError::NoSuchProvider(provider.clone())),
            None => Ok(()),
        }
    }
}

impl Known {
    fn build(
        config: ProviderConfig,
        circumstances: Circumstances,
        clock: &Clock,
    ) -> Result<Self, StartError> {
        let setup = |error: &dyn std::fmt::Display| StartError::Provider {
            name: config.name.clone(),
            problem: error.to_string(),
        };
        let provider = provider(&config, &circumstances, clock).map_err(|error| setup(&error))?;
        let obo = match &config.client {
            Some(client) => Some(
                obo(&config, client, provider.clone(), circumstances.cache_bytes)
                    .map_err(|error| setup(&error))?,
            ),
            None => None,
        };
        Ok(Self { config, circumstances, provider, obo })
    }
}

fn verifier(
    inbound: &Inbound,
    providers: &[Arc<Known>],
    memory: u64,
) -> Result<Verifier, StartError> {
    let mut builder = Verifier::builder().memory_bytes(memory);
    for known in providers.iter().filter(|it| inbound.providers.contains(&it.config.name)) {
        let Some((first, more)) = inbound.audiences.split_first() else { continue };
        let trust = Trust::new(known.provider.clone(), first);
        builder = builder.trust(more.iter().fold(trust, Trust::audience));
    }
    builder.build().map_err(|error| StartError::Inbound(error.to_string()))
}

fn provider(
    config: &ProviderConfig,
    circumstances: &Circumstances,
    clock: &Clock,
) -> Result<Provider, stead::SetupError> {
    let patience = circumstances.patience;
    let mut transport = Transport::builder().timeouts(patience, patience).plain_http_on_loopback();
    if !circumstances.trust.is_empty() {
        transport = transport.root_certificates_pem(&circumstances.trust)?;
    }
    let builder = Provider::builder(&config.issuer).transport(transport.build()?);
    let hosts = config.trust_hosts.iter();
    hosts.fold(builder, ProviderBuilder::trust_host).clock(clock.clone()).build()
}

fn obo(
    config: &ProviderConfig,
    client: &ClientConfig,
    provider: Provider,
    cache_bytes: u64,
) -> Result<Obo, stead::SetupError> {
    let credential = match &client.credential {
        CredentialConfig::Secret(secret) => Credential::secret(secret.0.expose()),
        CredentialConfig::SecretInBody(secret) => Credential::secret_in_body(secret.0.expose()),
        CredentialConfig::PrivateKey { pem, algorithm } => {
            Credential::private_key_pem(*algorithm, pem.0.expose())?
        }
        CredentialConfig::TokenFile(file) => Credential::token_file(file),
    };
    let builder = Obo::builder().provider(provider).client_id(&client.id).credential(credential);
    let builder = builder.cache_bytes(cache_bytes);
    match config.dialect {
        Some(dialect) => builder.dialect(dialect).build(),
        None => builder.build(),
    }
}
