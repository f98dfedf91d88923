//! One answer, and how long it stands.

use crate::client::token::Margins;
use crate::client::{AccessToken, AcquireError};
use stead_proto::time::{Seconds, Timestamp};

/// How long a refusal stands, and how long nobody asks again while the provider is away.
const MOMENT: Seconds = Seconds(5);

/// An answer, and how long it stands.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    answer: Result<AccessToken, Box<AcquireError>>,
    /// Until then it is given to whoever asks.
    stands_until: Timestamp,
    /// From then on the next one is fetched meanwhile.
    due: Timestamp,
    /// Which exchange this was, counted as they ended.
    pub(super) number: u64,
}

impl Entry {
    /// What becomes of the outcome of an exchange, and of the token that was there before.
    pub(super) fn new(
        answer: Result<AccessToken, AcquireError>,
        old: Option<AccessToken>,
        now: Timestamp,
        margins: Margins,
    ) -> Self {
        let entry = |answer, stands_until, due| Self { answer, stands_until, due, number: 0 };
        match (answer, old) {
            (Ok(token), _) => Self::of(token, margins),
            // A definite answer to this question, kept for a moment.
            (Err(denied @ AcquireError::Denied(_)), _) => {
                entry(Err(denied.into()), now + MOMENT, now + MOMENT)
            }
            // The old token is better than none while it lasts.
            (Err(AcquireError::Unavailable { .. } | AcquireError::Config(_)), Some(old))
                if old.expires() > now =>
            {
                let (served, _) = old.served_until(margins);
                let until = served.max(now + MOMENT).min(old.expires());
                entry(Ok(old), until, now + MOMENT)
            }
            // Given to those who wait for it, and not kept for anybody else.
            (Err(error), _) => entry(Err(error.into()), now, now),
        }
    }

    /// A token that was kept before.
    pub(super) fn of(token: AccessToken, margins: Margins) -> Self {
        let (stands_until, due) = token.served_until(margins);
        Self { answer: Ok(token), stands_until, due, number: 0 }
    }

    pub(super) fn numbered(self, number: u64) -> Self {
        Self { number, ..self }
    }

    pub(super) fn stands(&self, now: Timestamp) -> bool {
        now < self.stands_until
    }

    /// The token of an entry whose successor is to be fetched, or else the answer.
    pub(super) fn into_due(
        self,
        now: Timestamp,
    ) -> Result<AccessToken, Result<AccessToken, AcquireError>> {
        let is_due = self.due <= now;
        match self.into_answer() {
            Ok(token) if is_due => Ok(token),
            answer => Err(answer),
        }
    }

    pub(super) fn into_answer(self) -> Result<AccessToken, AcquireError> {
        self.answer.map_err(|error| *error)
    }

    pub(super) fn token(&self) -> Option<&AccessToken> {
        self.answer.as_ref().ok()
    }

    pub(super) fn into_token(self) -> Option<AccessToken> {
        self.answer.ok()
    }

    pub(super) fn is(&self, token: &AccessToken) -> bool {
        self.answer.as_ref().is_ok_and(|own| own.is(token))
    }

    /// Whether a resource did not take its token.
    pub(super) fn is_refused(&self) -> bool {
        self.answer.as_ref().is_ok_and(AccessToken::is_refused)
    }

    /// How many bytes of text it holds.
    pub(super) fn len(&self) -> usize {
        self.answer.as_ref().map_or(0, |token| {
            let id_token = token.id_token().map_or(0, |token| token.expose().len());
            token.expose().len() + token.scope().map_or(0, str::len) + id_token
        })
    }
}
