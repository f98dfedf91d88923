//! The revocation feed: which facts verifiers are told, and who may follow.
//!
//! Told is of what and since when; never why, or by whom. A fact is told for as long as a token can be valid
//! that it ends: no token lives longer than [`LONGEST_TOKEN`], and none is issued once its root is dead.

use crate::denied::{Denied, Unproven};
use crate::error::{Stop, TokenError};
use crate::model::revocation::Revocation;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::settings::LONGEST_TOKEN;
use crate::sts::Sts;
use crate::token_use::TokenUse;
use stead_proto::id::ClientId;
use stead_proto::liveness::ToldFact;
use stead_proto::time::{Seconds, Timestamp};

/// How much longer a fact is told, for clocks that differ and nodes that hear of it later.
const SLACK: Seconds = Seconds(300);

/// Most facts told at once.
const AT_ONCE: usize = 500;

/// Facts that are new to a follower.
#[derive(Debug, PartialEq, Eq)]
pub struct News {
    /// Each with its number on this node.
    pub facts: Vec<(u64, ToldFact)>,
    /// The number of the last one that was looked at, told or not.
    pub seen: u64,
    /// Whether that is all there is.
    pub complete: bool,
}

impl Sts {
    /// Lets in who wants to be told what is revoked: an API, which proves who it is. Tokens are addressed to
    /// nobody else, so nobody else has to know.
    pub async fn admit_follower(
        &self,
        authorization: Option<&str>,
        body: &[u8],
        moment: &Moment,
    ) -> Result<ClientId, TokenError> {
        let mut what = TokenUse { endpoint: "revocations", ..TokenUse::default() };
        let stop: Stop = match what.client(self, (authorization, body), moment).await {
            Ok(client) if !client.is_proven() => Denied::ClientUnproven(Unproven::NoProof).into(),
            Ok(client) if client.application().audience.is_none() => Denied::NotAResource.into(),
            Ok(client) => return Ok(client.id().clone()),
            Err(stop) => stop,
        };
        Err(what.refuse(self, stop, moment).await)
    }

    /// What was learned here after the fact of that number; from the first on after 0.
    pub async fn news_after(&self, number: u64, now: Timestamp) -> Result<News, StoreError> {
        let learned = self.store.revocations_after(number, AT_ONCE).await?;
        let seen = learned.last().map_or(number, |(last, _)| *last);
        let complete = learned.len() < AT_ONCE;
        let told = learned.into_iter().map(|(number, fact)| (number, told(fact)));
        Ok(News { facts: told.filter(|(_, fact)| now < fact.until).collect(), seen, complete })
    }
}

fn told(fact: Revocation) -> ToldFact {
    let Revocation { about, at, .. } = fact;
    ToldFact { about, at, until: at + LONGEST_TOKEN + SLACK }
}
