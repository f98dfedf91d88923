//! What one configuration makes: providers with what they remember, verifiers, routes, clients for upstreams.
//!
//! The next configuration takes over whatever it says alike, so that a reload forgets no token that is still good.

mod known;

pub(crate) use known::Known;

use crate::clients::Clients;
use crate::config::{
    ApiConfig, Cache, EgressTarget, Exchange, GatewayConfig, HandlesConfig, Inbound, Patience,
    Proofs, ProviderConfig, Route, Upstream,
};
use crate::described::Described;
use crate::errors::Fault;
use crate::handles::{Handles, is_handle};
use crate::start_error::StartError;
use known::Circumstances;
use std::sync::Arc;
use stead::verify::{Dpop, VerifierBuilder};
use stead::{Caller, Clock, Jwt, Verifier, VerifyError};
use stead_telemetry::Telemetry;

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
    /// How proofs are looked at, and which were seen.
    dpop: Option<Dpop>,
    pub(crate) described: Option<Described>,
    pub(crate) clients: Clients,
    pub(crate) patience: Patience,
    trust: Vec<u8>,
    pub(crate) telemetry: Telemetry,
}

impl Plane {
    /// Makes it; what the one before has alike is taken over.
    pub(crate) fn build(
        config: GatewayConfig,
        before: Option<&Self>,
        clock: &Clock,
    ) -> Result<Self, StartError> {
        let circumstances = Circumstances {
            cache: config.cache.clone(),
            when_down: config.when_down,
            trust: config.trust.clone(),
        };
        let providers = known(config.providers, &circumstances, (before, clock))?;
        let same = |before: &&Self| {
            let pairs = before.providers.iter().zip(&providers);
            before.providers.len() == providers.len()
                && before.inbound == config.inbound
                && pairs.into_iter().all(|(before, now)| Arc::ptr_eq(before, now))
        };
        let dpop = proofs(&config.inbound, before)?;
        let named = providers.iter().map(|known| &known.config);
        let described = Described::of(&config.inbound, named, &config.routes);
        let verifier = match before.filter(same) {
            Some(before) => before.verifier.clone(),
            None => verifier(
                &config.inbound,
                &providers,
                &config.cache,
                (dpop.clone(), described.as_ref()),
            )?,
        };
        let alike = |before: &&Self| {
            before.trust == config.trust && before.patience.connect == config.patience.connect
        };
        let clients = Clients::to(
            upstreams(&config.routes, &config.egress, config.api.as_ref()),
            (&config.trust, config.patience.connect),
            before.filter(alike).map(|before| &before.clients),
        )?;
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
            dpop,
            described,
            clients,
            patience: config.patience,
            trust: config.trust,
            telemetry: Telemetry::after(before.map(|it| &it.telemetry), config.telemetry.as_ref())?,
        };
        plane.holds_together()?;
        Ok(plane)
    }

    /// The provider of this name.
    pub(crate) fn known(&self, provider: &str) -> Option<&Known> {
        self.providers.iter().find(|known| known.config.name == provider).map(Arc::as_ref)
    }

    /// Who a token, or a handle, speaks for, once that is proved.
    pub(crate) async fn caller(&self, shown: &Jwt) -> Result<Caller, Fault> {
        if !is_handle(shown.expose()) {
            return Ok(self.verifier.verify(shown).await?);
        }
        let found = self.handles.find(shown.expose(), self.clock.now());
        let caller = found.ok_or_else(Fault::handle)?;
        match self.verifier.recheck(&caller) {
            Ok(()) => Ok(caller),
            // That it cannot be asked now ends nothing.
            Err(VerifyError::InvalidToken(_)) => {
                self.handles.forget(shown.expose());
                Err(Fault::handle())
            }
            Err(other) => Err(other.into()),
        }
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
        match named.find(|provider| self.known(provider).and_then(Known::obo).is_none()) {
            Some(provider) => Err(StartError::NoSuchProvider(provider.clone())),
            None => Ok(()),
        }
    }
}

/// Providers, each as it was if nothing about it has changed.
fn known(
    all: Vec<ProviderConfig>,
    circumstances: &Circumstances,
    (before, clock): (Option<&Plane>, &Clock),
) -> Result<Vec<Arc<Known>>, StartError> {
    let before = before.map_or(&[][..], |before| &before.providers);
    let each = all.into_iter().map(|config| {
        let alike =
            |known: &&Arc<Known>| known.config == config && known.circumstances == *circumstances;
        match before.iter().find(alike) {
            Some(known) => Ok(Arc::clone(known)),
            None => Known::build(config, circumstances.clone(), clock).map(Arc::new),
        }
    });
    each.collect()
}

/// Wherever requests may go.
fn upstreams<'c>(
    routes: &'c [Route],
    egress: &'c [EgressTarget],
    api: Option<&'c ApiConfig>,
) -> impl Iterator<Item = &'c Upstream> {
    let routes = routes.iter().chain(egress.iter().map(|target| &target.route));
    let known = api.into_iter().flat_map(|api| &api.downstream);
    let bases = known.filter_map(|known| Some(&known.base.as_ref()?.upstream));
    routes.filter_map(|route| route.upstream.as_ref()).chain(bases)
}

/// How proofs are looked at. Those that were seen before a reload are known after it.
fn proofs(inbound: &Inbound, before: Option<&Plane>) -> Result<Option<Dpop>, StartError> {
    if let Some(before) = before.filter(|before| before.inbound.dpop == inbound.dpop) {
        return Ok(before.dpop.clone());
    }
    let dpop = inbound.dpop.as_ref().map(Proofs::dpop).transpose();
    dpop.map_err(|error| StartError::Inbound(error.to_string()))
}

fn verifier(
    inbound: &Inbound,
    providers: &[Arc<Known>],
    cache: &Cache,
    (dpop, described): (Option<Dpop>, Option<&Described>),
) -> Result<Verifier, StartError> {
    let builder = Verifier::builder().memory_bytes(cache.bytes).ready_bytes(cache.ready_bytes());
    let builder = dpop.into_iter().fold(builder, VerifierBuilder::dpop);
    let at = described.map(Described::url).into_iter();
    let mut builder = at.fold(builder, VerifierBuilder::resource_metadata);
    for known in providers.iter().filter(|it| inbound.providers.contains(&it.config.name)) {
        if let Some(trust) = known.trust(inbound) {
            builder = builder.trust(trust);
        }
    }
    builder.build().map_err(|error| StartError::Inbound(error.to_string()))
}
