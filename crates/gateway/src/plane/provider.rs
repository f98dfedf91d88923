//! A provider as the configuration has it, with everything that is remembered of it: its keys, what it revoked, the
//! tokens it gave.

use crate::config::{
    Addressed, Cache, ClientConfig, CredentialConfig, Inbound, ProviderConfig, Revocations,
    Subjects, Tries, WhenDown,
};
use crate::metrics;
use crate::start_error::StartError;
use stead::client::{OboBuilder, RedisCache};
use stead::issuer::ProviderBuilder;
use stead::verify::{Feed, Trust, WhenBroken};
use stead::{Clock, Credential, Obo, Provider, SealingKey, Transport};
use stead_proto::digest::sha256;

/// A provider, set up as the configuration says.
#[derive(Debug)]
pub(crate) struct ConfiguredProvider {
    pub(crate) config: ProviderConfig,
    circumstances: Circumstances,
    pub(crate) provider: Provider,
    feed: Option<Feed>,
    obo: Option<Obo>,
}

/// What else a provider is set up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Circumstances {
    pub(super) cache: Cache,
    pub(super) when_down: WhenDown,
    /// Certificate authorities besides the system's, PEM.
    pub(super) trust: Vec<u8>,
}

/// Why it cannot be set up.
type Problem = Box<dyn std::error::Error>;

impl ConfiguredProvider {
    pub(super) fn build(
        config: ProviderConfig,
        circumstances: Circumstances,
        clock: &Clock,
    ) -> Result<Self, StartError> {
        let name = config.name.clone();
        Self::set_up(config, circumstances, clock)
            .map_err(|problem| StartError::Provider { name, problem: problem.to_string() })
    }

    fn set_up(
        config: ProviderConfig,
        circumstances: Circumstances,
        clock: &Clock,
    ) -> Result<Self, Problem> {
        let provider = provider(&config, &circumstances, clock)?;
        let (mut feed, mut obo) = (None, None);
        if let Some(client) = &config.client {
            let credential = credential(&client.credential)?;
            feed = heard(client, &credential)?;
            let builder = Obo::builder().provider(provider.clone()).credential(credential);
            let builder = match config.dialect {
                Some(dialect) => builder.dialect(dialect),
                None => builder,
            };
            obo = Some(acquiring(builder, client, &circumstances)?.build()?);
        }
        Ok(Self { config, circumstances, provider, feed, obo })
    }

    /// Whether this is the same provider, set up in the same way.
    pub(super) fn is_set_up_so(
        &self,
        config: &ProviderConfig,
        circumstances: &Circumstances,
    ) -> bool {
        self.config == *config && self.circumstances == *circumstances
    }

    /// Asks it for tokens, if it knows us.
    pub(crate) fn obo(&self) -> Option<&Obo> {
        self.obo.as_ref()
    }

    /// On which terms its tokens are taken; on none if they are addressed to nobody.
    pub(super) fn trust(&self, inbound: &Inbound) -> Option<Trust> {
        let (first, more) = inbound.audiences.split_first()?;
        let trust = Trust::new(self.provider.clone(), first).profile(self.config.profile);
        let trust = more.iter().fold(trust, Trust::audience);
        let trust = self.config.beside.iter().fold(trust, Trust::beside);
        Some(match &self.feed {
            Some(feed) => trust.feed(feed.clone()),
            None => trust,
        })
    }
}

fn provider(
    config: &ProviderConfig,
    circumstances: &Circumstances,
    clock: &Clock,
) -> Result<Provider, Problem> {
    let WhenDown { timeout, breaker, .. } = circumstances.when_down;
    let mut transport = Transport::builder().timeouts(timeout, timeout).plain_http_on_loopback();
    if !circumstances.trust.is_empty() {
        transport = transport.root_certificates_pem(&circumstances.trust)?;
    }
    let credential = config.client.as_ref().map(|client| &client.credential);
    if let Some(CredentialConfig::Tls(pem)) = credential {
        transport = transport.client_certificate_pem(pem.0.expose().as_bytes())?;
    }
    let builder = Provider::builder(&config.issuer).transport(transport.build()?);
    let builder = builder.breaker(breaker.failures, breaker.open_for).clock(clock.clone());
    Ok(config.trust_hosts.iter().fold(builder, ProviderBuilder::trust_host).build()?)
}

fn acquiring(
    builder: OboBuilder,
    client: &ClientConfig,
    circumstances: &Circumstances,
) -> Result<OboBuilder, Problem> {
    let Circumstances { cache, when_down, .. } = circumstances;
    let mut builder = builder
        .client_id(&client.id)
        .cache_bytes(cache.bytes)
        .ready_bytes(cache.ready_bytes())
        .margins(cache.margin, cache.refresh_ahead)
        .budget(when_down.timeout)
        .watch_cache(metrics::cached);
    if !when_down.serve_cached {
        builder = builder.without_kept_while_away();
    }
    if client.subjects == Subjects::Pairwise {
        builder = builder.pairwise_subjects();
    }
    if when_down.tries == Tries::One {
        builder = builder.without_retry();
    }
    if let Some(redis) = &cache.redis {
        let key = SealingKey::new(sha256(redis.key.0.expose().as_bytes()).as_bytes())?;
        builder = builder.shared_cache(RedisCache::of(redis.server()?)?, key, redis.patience);
    }
    Ok(builder)
}

fn credential(config: &CredentialConfig) -> Result<Credential, stead::SetupError> {
    Ok(match config {
        CredentialConfig::Secret(secret) => Credential::secret(secret.0.expose()),
        CredentialConfig::SecretInBody(secret) => Credential::secret_in_body(secret.0.expose()),
        CredentialConfig::TokenFile(file) => Credential::token_file(file),
        CredentialConfig::SpiffeFile(file) => Credential::spiffe_file(file),
        CredentialConfig::PrivateKey { pem, algorithm, kid, addressed } => {
            let (algorithm, pem) = (*algorithm, pem.0.expose());
            let credential = match kid {
                Some(kid) => Credential::private_key_pem_named(kid, algorithm, pem),
                None => Credential::private_key_pem(algorithm, pem),
            }?;
            match addressed {
                Addressed::ToTheIssuer => credential,
                Addressed::ToTheTokenEndpoint => credential.addressed_to_the_token_endpoint(),
            }
        }
        CredentialConfig::Certificate { chain, pem, algorithm } => {
            Credential::certificate_pem(*algorithm, chain, pem.0.expose())?
        }
        CredentialConfig::Tls(_) => Credential::tls(),
    })
}

/// What it revokes, if that is to be heard.
fn heard(
    client: &ClientConfig,
    credential: &Credential,
) -> Result<Option<Feed>, stead::SetupError> {
    let when_broken = match client.revocations {
        Revocations::Ignored => return Ok(None),
        Revocations::Followed => WhenBroken::GoOn,
        Revocations::Required => WhenBroken::Refuse,
    };
    Ok(Some(Feed::new(&client.id, credential.clone())?.when_broken(when_broken)))
}
