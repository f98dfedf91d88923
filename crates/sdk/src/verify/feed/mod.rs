//! The revocation feed: what an issuer revokes, told as it happens, so that a revoked token is refused before it expires.
//!
//! | file | what it does |
//! |---|---|
//! | this one | how it is set up, and what a token descends from |
//! | `follow` | the connection: opened, read, opened again |
//! | `events` | Server-Sent Events |
//! | `known` | what is known, and since when |

mod events;
mod follow;
mod known;

use super::{CallerClaims, VerifyError};
use crate::error::SetupError;
use crate::issuer::{Identify, Provider};
use known::{Known, Terms};
use std::sync::{Arc, OnceLock};
use stead_proto::claims::Lineage;
use stead_proto::id::{ClientId, Issuer, KeyId};
use stead_proto::liveness::Descent;
use stead_proto::time::{Seconds, Timestamp};
use tokio::task::AbortHandle;

/// Follows what an issuer revokes: sessions, users, consents, applications, single tokens. Stead tells the
/// APIs that tokens are addressed to, which prove who they are.
///
/// ```
/// use stead::{Credential, Verifier};
/// use stead::verify::{Feed, WhenBroken};
/// # let secret = "s3cret";
/// let verifier = Verifier::builder()
///     .issuer("https://id.example/acme/v2.0")
///     .audience("api://company-data")
///     .feed(Feed::new("company-data", Credential::secret(secret))?.when_broken(WhenBroken::Refuse))
///     .build()?;
/// # Ok::<(), stead::SetupError>(())
/// ```
///
/// It connects when the first token is verified, and again whenever the connection breaks; the issuer then tells what was
/// missed.
#[derive(Debug, Clone)]
pub struct Feed {
    client_id: ClientId,
    credential: Arc<dyn Identify>,
    terms: Terms,
}

/// What is done when the feed has been broken for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenBroken {
    /// Tokens are judged by the revocations that are known; [`FeedState::broken`] says that some may be missing.
    #[default]
    GoOn,
    /// No token is taken: [`VerifyError::Unavailable`], a 503.
    Refuse,
}

/// The state of a feed, for monitoring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedState {
    /// Whose it is.
    pub issuer: Issuer,
    /// How many facts are known that can still end a token.
    pub facts: usize,
    /// When all revocations were last known.
    pub current: Option<Timestamp>,
    /// How long ago that was; `None` if it never was. What was revoked since may not be known.
    pub behind: Option<Seconds>,
    /// Whether that is longer ago than [`Feed::broken_after`] allows.
    pub broken: bool,
    /// Whether there is a connection now.
    pub connected: bool,
    /// How often one was opened.
    pub connections: u64,
    /// How many events were heard in all: facts, and signs of life.
    pub events: u64,
    /// When the last one was heard.
    pub last_event: Option<Timestamp>,
}

impl Feed {
    /// As this client, which proves who it is by a [`Credential`](crate::Credential).
    pub fn new(
        client_id: impl Into<String>,
        credential: impl Identify + 'static,
    ) -> Result<Self, SetupError> {
        let terms = Terms {
            broken_after: Seconds(30),
            when_broken: WhenBroken::default(),
            max_facts: 1_000_000,
        };
        Ok(Self { client_id: ClientId::parse(client_id)?, credential: Arc::new(credential), terms })
    }

    /// After how long without a sign of life it counts as broken; 30 seconds by default. The server gives one
    /// every five.
    #[must_use]
    pub fn broken_after(mut self, length: Seconds) -> Self {
        self.terms.broken_after = length;
        self
    }

    /// What is done then; by default it goes on.
    #[must_use]
    pub fn when_broken(mut self, what: WhenBroken) -> Self {
        self.terms.when_broken = what;
        self
    }

    /// How many facts are kept at most; a million by default, of about 200 bytes. With more, the feed counts
    /// as broken.
    #[must_use]
    pub fn max_facts(mut self, most: usize) -> Self {
        self.terms.max_facts = most;
        self
    }
}

/// A feed that is followed once somebody asks, until nobody can any more.
#[derive(Debug)]
pub(super) struct Following {
    feed: Feed,
    known: Arc<Known>,
    task: OnceLock<AbortHandle>,
}

impl Following {
    pub(super) fn new(feed: Feed) -> Self {
        let known = Arc::new(Known::new(feed.terms));
        Self { feed, known, task: OnceLock::new() }
    }

    /// Whether a token of this descent lives, as far as it is known.
    pub(super) fn check(&self, descent: &Descent, provider: &Provider) -> Result<(), VerifyError> {
        self.begin(provider);
        self.known.check(descent, provider.clock().now())
    }

    /// Returns once everything is known that was revoked before.
    pub(super) async fn caught_up(&self, provider: &Provider) {
        self.begin(provider);
        self.known.caught_up().await;
    }

    pub(super) fn state(&self, provider: &Provider) -> FeedState {
        self.known.state(provider.issuer(), provider.clock().now())
    }

    fn begin(&self, provider: &Provider) {
        self.task.get_or_init(|| {
            let (feed, known) = (self.feed.clone(), Arc::clone(&self.known));
            tokio::spawn(follow::follow(provider.clone(), feed, known)).abort_handle()
        });
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

/// What a token descends from, by what it says. One without a lineage began when it was issued.
pub(super) fn descent(claims: &CallerClaims, key: Option<&KeyId>) -> Descent {
    let issued = Timestamp::from_secs(claims.iat.unwrap_or(0));
    let auth = claims.auth_time.map_or(issued, Timestamp::from_secs);
    let plain = || Lineage {
        auth,
        since: issued,
        until: None,
        families: Vec::new(),
        tokens: Vec::new(),
        consents: Vec::new(),
        clients: Vec::new(),
    };
    let lineage = claims.lineage.clone().unwrap_or_else(plain);
    let user = (claims.idtyp.as_deref() != Some("app")).then_some(&claims.sub);
    Descent::of_lineage(&lineage, user, claims.sid.as_ref())
        .and_token(claims.jti.as_ref(), key)
        .and_client(&claims.client_id)
}
