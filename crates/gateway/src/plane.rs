//! What one configuration makes: providers with what they remember, verifiers, routes, connections to upstreams.
//!
//! A reload makes the next plane. What has not changed is taken over from the plane before, so that no token is forgotten
//! that is still good, and no connection is closed that is still needed.

mod provider;

pub(crate) use provider::ConfiguredProvider;

use crate::config::{
    ApiConfig, Cache, EgressTarget, Exchange, GatewayConfig, HandlesConfig, Inbound, Patience,
    Proofs, ProviderConfig, Route, Upstream,
};
use crate::errors::Fault;
use crate::handles::{Handles, is_handle};
use crate::resource_metadata::ResourceMetadata;
use crate::start_error::StartError;
use crate::upstreams::Upstreams;
use provider::Circumstances;
use std::sync::Arc;
use stead::client::RedisCache;
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
    pub(crate) providers: Vec<Arc<ConfiguredProvider>>,
    /// Verifies the tokens of all who may sign them.
    pub(crate) verifier: Verifier,
    /// How proofs are looked at, and which were seen.
    dpop: Option<Dpop>,
    pub(crate) metadata: Option<ResourceMetadata>,
    pub(crate) upstreams: Upstreams,
    pub(crate) patience: Patience,
    trust: Vec<u8>,
    pub(crate) telemetry: Telemetry,
}

impl Plane {
    /// Makes it; what has not changed since the plane before is taken over from that.
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
        let providers = providers(config.providers, &circumstances, (before, clock))?;
        let dpop = proofs(&config.inbound, before)?;
        let named = providers.iter().map(|provider| &provider.config);
        let metadata = ResourceMetadata::of(&config.inbound, named, &config.routes);
        let taking = Taking { inbound: &config.inbound, providers: &providers };
        let verifier = match before.filter(|before| taking.is_as_before(before)) {
            Some(before) => before.verifier.clone(),
            None => taking.verifier(&config.cache, dpop.clone(), metadata.as_ref())?,
        };
        let same_trust = |before: &&Self| {
            before.trust == config.trust && before.patience.connect == config.patience.connect
        };
        let upstreams = Upstreams::to(
            upstreams(&config.routes, &config.egress, config.api.as_ref()),
            (&config.trust, config.patience.connect),
            before.filter(same_trust).map(|before| &before.upstreams),
        )?;
        let plane = Self {
            handles: handles(config.handles, before)?,
            telemetry: Telemetry::after(before.map(|it| &it.telemetry), config.telemetry.as_ref())?,
            inbound: config.inbound,
            routes: config.routes,
            api: config.api,
            egress: config.egress,
            handles_config: config.handles,
            clock: clock.clone(),
            providers,
            verifier,
            dpop,
            metadata,
            upstreams,
            patience: config.patience,
            trust: config.trust,
        };
        plane.holds_together()?;
        Ok(plane)
    }

    /// The provider of this name.
    pub(crate) fn provider(&self, name: &str) -> Option<&ConfiguredProvider> {
        self.providers.iter().find(|provider| provider.config.name == name).map(Arc::as_ref)
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

    /// Whether every provider that a route or an API names is there, and knows us.
    fn holds_together(&self) -> Result<(), StartError> {
        let ways_out = self.egress.iter().map(|target| &target.route);
        let routes = self.routes.iter().chain(ways_out).filter_map(|route| match &route.exchange {
            Exchange::For { provider, .. } => Some(provider),
            _ => None,
        });
        let apis = self.api.iter().flat_map(|api| &api.downstream).map(|api| &api.provider);
        let unknown =
            |name: &&String| self.provider(name).and_then(ConfiguredProvider::obo).is_none();
        match routes.chain(apis).find(unknown) {
            Some(name) => Err(StartError::NoSuchProvider(name.clone())),
            None => Ok(()),
        }
    }
}

/// Providers, each taken over if nothing about it has changed.
fn providers(
    all: Vec<ProviderConfig>,
    circumstances: &Circumstances,
    (before, clock): (Option<&Plane>, &Clock),
) -> Result<Vec<Arc<ConfiguredProvider>>, StartError> {
    let before = before.map_or(&[][..], |before| &before.providers);
    let each = all.into_iter().map(|config| {
        match before.iter().find(|provider| provider.is_set_up_so(&config, circumstances)) {
            Some(provider) => Ok(Arc::clone(provider)),
            None => ConfiguredProvider::build(config, circumstances.clone(), clock).map(Arc::new),
        }
    });
    each.collect()
}

/// Handles, taken over with those that were given unless there may be more or fewer of them now.
fn handles(config: HandlesConfig, before: Option<&Plane>) -> Result<Arc<Handles>, StartError> {
    match before.filter(|before| before.handles_config == config) {
        Some(before) => Ok(Arc::clone(&before.handles)),
        None => Ok(Arc::new(Handles::new(config.most)?)),
    }
}

/// Wherever requests may go.
fn upstreams<'c>(
    routes: &'c [Route],
    egress: &'c [EgressTarget],
    api: Option<&'c ApiConfig>,
) -> impl Iterator<Item = &'c Upstream> {
    let routes = routes.iter().chain(egress.iter().map(|target| &target.route));
    let apis = api.into_iter().flat_map(|api| &api.downstream);
    let bases = apis.filter_map(|api| Some(&api.base.as_ref()?.upstream));
    routes.filter_map(|route| route.upstream.as_ref()).chain(bases)
}

/// How proofs are checked. Proofs that were seen before a reload are known after it.
fn proofs(inbound: &Inbound, before: Option<&Plane>) -> Result<Option<Dpop>, StartError> {
    if let Some(before) = before.filter(|before| before.inbound.dpop == inbound.dpop) {
        return Ok(before.dpop.clone());
    }
    let dpop = inbound.dpop.as_ref().map(Proofs::dpop).transpose();
    dpop.map_err(|error| StartError::Inbound(error.to_string()))
}

/// The same, beside other gateways where these share a Redis: what one of them has seen, none takes.
fn sharing(dpop: Dpop, cache: &Cache) -> Result<Dpop, StartError> {
    let Some(redis) = &cache.redis else { return Ok(dpop) };
    let place = redis.server().and_then(RedisCache::of);
    let place = place.map_err(|trouble| StartError::Inbound(trouble.to_string()))?;
    Ok(dpop.shared_proofs(place, redis.patience))
}

/// Whose tokens are taken.
struct Taking<'c> {
    inbound: &'c Inbound,
    providers: &'c [Arc<ConfiguredProvider>],
}

impl Taking<'_> {
    /// Whether the plane before took the same tokens, by the same keys.
    fn is_as_before(&self, before: &Plane) -> bool {
        let same = |(before, now): (&Arc<_>, &Arc<_>)| Arc::ptr_eq(before, now);
        before.inbound == *self.inbound
            && before.providers.len() == self.providers.len()
            && before.providers.iter().zip(self.providers).all(same)
    }

    /// What verifies them. A refusal names where the resource describes itself, if it does.
    fn verifier(
        &self,
        cache: &Cache,
        dpop: Option<Dpop>,
        metadata: Option<&ResourceMetadata>,
    ) -> Result<Verifier, StartError> {
        let builder =
            Verifier::builder().memory_bytes(cache.bytes).ready_bytes(cache.ready_bytes());
        let dpop = dpop.map(|dpop| sharing(dpop, cache)).transpose()?;
        let builder = dpop.into_iter().fold(builder, VerifierBuilder::dpop);
        let url = metadata.map(ResourceMetadata::url).into_iter();
        let builder = url.fold(builder, VerifierBuilder::resource_metadata);
        let signing =
            self.providers.iter().filter(|it| self.inbound.providers.contains(&it.config.name));
        let trusts = signing.filter_map(|provider| provider.trust(self.inbound));
        let builder = trusts.fold(builder, VerifierBuilder::trust);
        builder.build().map_err(|error| StartError::Inbound(error.to_string()))
    }
}
