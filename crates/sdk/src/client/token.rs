//! A token that was acquired.

use crate::at_hand::{AtHand, Place};
use http::HeaderValue;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stead_proto::secret::Jwt;
use stead_proto::time::{Seconds, Timestamp};

/// How long a token that came in a refused one's place is the last word, if it is refused too.
const MOMENT: Seconds = Seconds(5);

/// A bearer token for one user at one resource. Never printed; [`expose`](Self::expose) and
/// [`header_value`](Self::header_value) are the ways out. A clone shares it.
#[derive(Debug, Clone)]
pub struct AccessToken(Arc<Shared>);

/// In this order, so that what every lookup reads lies together at the front.
#[derive(Debug)]
#[repr(C)]
struct Shared {
    /// Whether a resource did not take it.
    refused: AtomicBool,
    /// Whether it came in the place of one that a resource did not take.
    instead: AtomicBool,
    received: Received,
}

#[derive(Debug)]
pub(super) struct Received {
    pub(super) token: Jwt,
    pub(super) id_token: Option<Jwt>,
    pub(super) scope: Option<String>,
    pub(super) acquired: Timestamp,
    pub(super) expires: Timestamp,
    pub(super) ends_with: EndsWith,
    pub(super) origin: Origin,
}

/// Who has given it to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The provider.
    Provider,
    /// The shared cache, where another process had put it.
    SharedCache,
}

/// Why a token ends when it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndsWith {
    /// Its own lifetime is over. The next one will live longer.
    ItsLife,
    /// The subject token ends then. No exchange gives one that lives longer.
    TheSubjectToken,
}

/// How long before its end a token is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Margins {
    /// One with less left is not given any more, if a new one can be had.
    pub(super) margin: Seconds,
    /// One with less left is given while a new one is fetched in the background.
    pub(super) ahead: Seconds,
}

impl AccessToken {
    pub(super) fn new(received: Received) -> Self {
        let (refused, instead) = (AtomicBool::new(false), AtomicBool::new(false));
        Self(Arc::new(Shared { refused, instead, received }))
    }

    /// The token, for an `Authorization: Bearer` header and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.received.token.expose()
    }

    /// The value of that header, marked as sensitive so that nothing prints it. `None` if the provider's token has
    /// characters that no header can hold.
    ///
    /// ```no_run
    /// # async fn f(obo: stead::Obo, caller: stead::Caller) -> Result<(), Box<dyn std::error::Error>> {
    /// let token = obo.token(&caller, "api://company-data/Rows.Read").await?;
    /// let header = token.header_value().ok_or("no token for a header")?;
    /// let request = http::Request::get("https://data.example/rows")
    ///     .header(http::header::AUTHORIZATION, header)
    ///     .body(())?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn header_value(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(["Bearer ", self.expose()].concat()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// When it ends: its own end, or that of the token it was acquired with if that is earlier.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.0.received.expires
    }

    /// The scopes, if the provider named them.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.0.received.scope.as_deref()
    }

    /// The ID token that came along, if the target asked for one. **Not verified.**
    #[must_use]
    pub fn id_token(&self) -> Option<&Jwt> {
        self.0.received.id_token.as_ref()
    }

    /// The token that was put at hand there, unless a resource has refused it since.
    pub(super) fn at_hand(at_hand: &AtHand, place: Place, now: Timestamp) -> Option<Self> {
        let found = at_hand.find::<Shared>(place, now).map(Self);
        found.filter(|token| !token.0.refused.load(Ordering::Relaxed))
    }

    /// A resource has refused it: it is at hand no more.
    pub(super) fn refuse(&self) {
        self.0.refused.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_refused(&self) -> bool {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// It comes in the place of one that a resource refused.
    pub(super) fn comes_instead(&self) {
        self.0.instead.store(true, Ordering::Relaxed);
    }

    pub(super) fn came_instead(&self) -> bool {
        self.0.instead.load(Ordering::Relaxed)
    }

    /// Whether it came so a moment ago: if a resource refuses it too, the next one would fare no better.
    pub(super) fn is_last_word(&self, now: Timestamp) -> bool {
        let acquired = self.0.received.acquired;
        self.came_instead() && (acquired..acquired + MOMENT).contains(&now)
    }

    /// Puts it at hand, until its successor is to be fetched.
    pub(super) fn put_at_hand(&self, at_hand: &AtHand, place: Place, margins: Margins) {
        let (_, due) = self.served_until(margins);
        at_hand.hold(place, &self.0, due);
    }

    pub(super) fn received(&self) -> &Received {
        &self.0.received
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.expose() == other.expose()
    }

    /// Until when it is given, and from when on a new one is fetched in the background. The margins are shorter for a
    /// token of a short life.
    pub(super) fn served_until(&self, margins: Margins) -> (Timestamp, Timestamp) {
        let Received { acquired, expires, ends_with, .. } = self.0.received;
        if ends_with == EndsWith::TheSubjectToken {
            return (expires, expires);
        }
        let Seconds(life) = expires.left_at(acquired);
        let margin = margins.margin.min(Seconds(life / 2));
        let ahead = margins.ahead.min(Seconds(life - life / 4)).max(margin);
        (expires - margin, expires - ahead)
    }
}
