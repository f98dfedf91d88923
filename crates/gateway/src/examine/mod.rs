//! What a gateway of this configuration would stand on, for `stead doctor gateway`. It asks, and changes nothing.

mod doors;

pub use doors::{Door, DoorStanding, doors};

use crate::config::{GatewayConfig, Redis, Route};
use crate::plane::Plane;
use crate::start_error::StartError;
use std::collections::BTreeSet;
use std::time::Duration;
use stead::Clock;
use stead::client::RedisCache;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long others may take to be connected to, or to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a provider stands.
#[derive(Debug)]
pub struct Seen {
    /// Its name in the file.
    pub name: String,
    /// Its issuer.
    pub issuer: String,
    /// Whether its discovery document and, if it signs, its keys can be had; else why not.
    pub documents: Result<(), String>,
    /// Whether it takes our credential; nothing if it knows us by none, or cannot be asked.
    pub credential: Option<Result<(), String>>,
}

/// Asks every provider for its documents, and whether it takes our credential.
pub async fn providers(config: GatewayConfig, clock: &Clock) -> Result<Vec<Seen>, StartError> {
    let plane = Plane::build(config, None, clock)?;
    let mut seen = Vec::new();
    for known in &plane.providers {
        let name = known.config.name.clone();
        let signs = plane.inbound.providers.contains(&name);
        let documents = match known.provider.metadata().await {
            Ok(_) if signs => known.provider.keys().await.map(drop),
            other => other.map(drop),
        };
        let credential = match (known.obo(), &documents) {
            (Some(obo), Ok(())) => Some(obo.credential_is_taken().await),
            _ => None,
        };
        seen.push(Seen {
            name,
            issuer: known.config.issuer.clone(),
            documents: documents.map_err(|error| error.to_string()),
            credential: credential.map(|taken| taken.map_err(|error| error.to_string())),
        });
    }
    Ok(seen)
}

/// Connects to each upstream; says of each whether that works, else why not.
pub async fn upstreams<'r>(
    routes: impl IntoIterator<Item = &'r Route>,
) -> Vec<(String, Result<(), String>)> {
    let origins: BTreeSet<String> = routes
        .into_iter()
        .filter_map(|route| {
            let origin = &route.upstream.as_ref()?.origin;
            let usual = if origin.scheme_str() == Some("https") { 443 } else { 80 };
            Some(format!("{}:{}", origin.host()?, origin.port_u16().unwrap_or(usual)))
        })
        .collect();
    let mut seen = Vec::new();
    for origin in origins {
        let connected = match timeout(PATIENCE, TcpStream::connect(&origin)).await {
            Ok(connected) => connected.map(drop).map_err(|error| error.to_string()),
            Err(_) => Err("it does not answer in time".to_owned()),
        };
        seen.push((origin, connected));
    }
    seen
}

/// Whether the Redis that gateways share answers and lets us in; else why not.
pub async fn redis(redis: &Redis) -> Result<(), String> {
    let cache = redis.server().and_then(RedisCache::of).map_err(|error| error.to_string())?;
    match timeout(PATIENCE, cache.answers()).await {
        Ok(answered) => answered.map_err(|error| error.to_string()),
        Err(_) => Err("it does not answer in time".to_owned()),
    }
}
