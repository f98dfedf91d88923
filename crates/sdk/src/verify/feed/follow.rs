//! The connection to the feed: opened, read, opened again, for as long as somebody verifies.

use super::Feed;
use super::events::{Event, Events};
use super::known::Known;
use crate::issuer::{Identity, Provider};
use std::sync::Arc;
use std::time::Duration;
use stead_proto::liveness::ToldFact;
use tokio::time::{sleep, timeout};

/// How long it may be silent: the server gives a sign of life every five seconds.
const SILENCE: Duration = Duration::from_secs(15);

/// The pause before it is opened again: the first, and the longest.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(3);

/// Why the connection is no more.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("{0}")]
    Provider(#[from] crate::error::ProviderError),
    #[error("it ended")]
    Ended,
    #[error("it said nothing for {} seconds", SILENCE.as_secs())]
    Silent,
    #[error("it is not what it should be")]
    Garbage,
    #[error("there are more facts than there is room for (max_facts)")]
    Full,
    #[error("the credential is of no use: {0}")]
    Credential(String),
}

/// Follows for good.
pub(super) async fn follow(provider: Provider, feed: Feed, known: Arc<Known>) {
    let mut pause = FIRST;
    loop {
        let mut heard = false;
        let broken = listen(&provider, &feed, &known, &mut heard).await;
        if let Err(problem) = broken {
            tracing::warn!(issuer = %provider.issuer(), %problem, "the revocation feed broke off");
        }
        pause = if heard { FIRST } else { LONGEST.min(pause * 2) };
        sleep(pause).await;
    }
}

/// Follows until it breaks off.
async fn listen(
    provider: &Provider,
    feed: &Feed,
    known: &Known,
    heard: &mut bool,
) -> Result<(), Broken> {
    let metadata = provider.metadata().await?;
    let url = metadata.revocation_feed_endpoint.as_deref();
    let url = provider.endpoint("revocation_feed_endpoint", url)?;
    let identity = feed.credential.identify(&feed.client_id, provider).await;
    let Identity { body, authorization } = identity.map_err(Broken::Credential)?;
    let last = known.last();
    let sent = (body, authorization.as_ref());
    let mut stream = provider.transport().open_stream(&url, sent, last.as_deref()).await?;
    let _connected = known.connected();
    let mut events = Events::default();
    loop {
        let piece = timeout(SILENCE, stream.chunk()).await.map_err(|_| Broken::Silent)?;
        let piece = piece.map_err(|_| Broken::Ended)?.ok_or(Broken::Ended)?;
        for event in events.read(&piece).map_err(|_| Broken::Garbage)? {
            take(event, provider, known)?;
            *heard = true;
        }
    }
}

fn take(event: Event, provider: &Provider, known: &Known) -> Result<(), Broken> {
    match event.name.as_str() {
        "revoked" => {
            let fact: ToldFact = serde_json::from_str(&event.data).map_err(|_| Broken::Garbage)?;
            known.learn(fact, provider.clock().now()).map_err(|_| Broken::Full)?;
        }
        "current" => known.is_all(provider.clock().now()),
        // Events of other kinds are for later versions.
        _ => {}
    }
    known.heard(event.id, provider.clock().now());
    Ok(())
}
