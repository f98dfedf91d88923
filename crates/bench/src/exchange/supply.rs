//! What is asked in a round: exchanges of tokens that were not shown before, or of the same ones again.

use crate::load::{Question, Requests, posted};
use crate::world::{Pattern, Person, forms};
use std::sync::Arc;
use stead_proto::secret::Jwt;
use tokio::task::spawn_blocking;

/// Of how many users a token is shown again and again, at most.
const REPEATED: u32 = 1_000;
/// What every answer holds.
const EXPECTED: &[u8] = br#""access_token":""#;

/// One exchange, but for the token.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The path of the token endpoint.
    pub(super) path: String,
    /// The client's proof of itself.
    pub(super) authorization: String,
    /// For which resource.
    pub(super) resource: String,
    /// To do what.
    pub(super) scope: String,
}

/// Where the tokens of a round come from.
#[derive(Debug)]
pub(super) enum Supply {
    /// Fresh ones for each round; users take turns.
    Fresh {
        /// Of which they are made.
        pattern: Box<Pattern>,
        /// How many users there are.
        users: u32,
        /// Whose turn it is.
        next: u32,
    },
    /// Always the same, beginning again after the last.
    Same(Arc<Requests>),
}

impl Asked {
    /// The exchange of each of these tokens.
    pub(super) fn exchanges(&self, tokens: &[Jwt]) -> anyhow::Result<Vec<Question>> {
        let forms = forms(tokens, &self.resource, &self.scope).into_iter();
        forms.map(|form| posted(&self.path, &self.authorization, form)).collect()
    }

    fn requests(&self, tokens: &[Jwt], again: bool) -> anyhow::Result<Requests> {
        Ok(Requests { all: self.exchanges(tokens)?, again, expected: EXPECTED })
    }
}

impl Supply {
    /// Fresh tokens of so many users.
    pub(super) fn fresh(pattern: Pattern, users: u32) -> Self {
        Self::Fresh { pattern: Box::new(pattern), users: users.max(1), next: 0 }
    }

    /// One token each of so many users, a thousand at most, again and again.
    pub(super) async fn repeated(
        asked: &Asked,
        pattern: Pattern,
        users: u32,
    ) -> anyhow::Result<Self> {
        let people = (0..users.clamp(1, REPEATED)).map(Person).collect();
        let tokens = made(pattern, people).await?;
        Self::given(asked, &tokens)
    }

    /// These tokens again and again.
    pub(super) fn given(asked: &Asked, tokens: &[Jwt]) -> anyhow::Result<Self> {
        Ok(Self::Same(Arc::new(asked.requests(tokens, true)?)))
    }

    /// Exchanges for a round that needs so many.
    pub(super) async fn requests(
        &mut self,
        asked: &Asked,
        needed: u64,
    ) -> anyhow::Result<Arc<Requests>> {
        let (pattern, users, next) = match self {
            Self::Same(requests) => return Ok(Arc::clone(requests)),
            Self::Fresh { pattern, users, next } => (pattern, *users, next),
        };
        let mut people = Vec::new();
        for _ in 0..needed {
            people.push(Person(*next));
            *next = (*next + 1) % users;
        }
        let tokens = made(Pattern::clone(pattern), people).await?;
        Ok(Arc::new(asked.requests(&tokens, false)?))
    }
}

async fn made(pattern: Pattern, people: Vec<Person>) -> anyhow::Result<Vec<Jwt>> {
    spawn_blocking(move || pattern.tokens(&people)).await?
}
