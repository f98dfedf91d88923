//! Liveness: computed from facts, never swept.
//!
//! A token is alive if no fact about it, or about anything it descends from, came after its beginning.
//! What it descends from travels in it, so asking needs no look-up of issued tokens; and because a
//! child is judged by when its *root* came to be, a token issued beside a revocation by another node
//! dies with the rest. Whoever issues tokens and whoever verifies them ask the same question here.

use crate::claims::{AccessTokenClaims, Lineage};
use crate::id::{ClientId, ConsentId, FamilyId, KeyId, SessionId, Subject, TokenId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something a token can descend from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Ancestor {
    /// The user: signed out everywhere, disabled, password changed.
    User(Subject),
    /// One sign-in.
    Session(SessionId),
    /// An application: disabled, or one of its secrets leaked.
    Client(ClientId),
    /// A consent: withdrawn.
    Consent(ConsentId),
    /// A token: revoked by name.
    Token(TokenId),
    /// What came of one authorization code or refresh token.
    Family(FamilyId),
    /// A signing key: everything it signed.
    Key(KeyId),
}

impl Ancestor {
    /// Whether its id is used once and never again, so that a revocation holds for good, whatever the times.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        !matches!(self, Self::User(_) | Self::Client(_))
    }

    /// Whether it is this consent.
    #[must_use]
    pub fn is_consent(&self, id: &ConsentId) -> bool {
        matches!(self, Self::Consent(own) if own == id)
    }

    /// The kind, as one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Session(_) => "session",
            Self::Client(_) => "client",
            Self::Consent(_) => "consent",
            Self::Token(_) => "token",
            Self::Family(_) => "family",
            Self::Key(_) => "key",
        }
    }

    /// The id, as written.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::User(id) => id.as_str(),
            Self::Session(id) => id.as_str(),
            Self::Client(id) => id.as_str(),
            Self::Consent(id) => id.as_str(),
            Self::Token(id) => id.as_str(),
            Self::Family(id) => id.as_str(),
            Self::Key(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Ancestor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.id())
    }
}

/// What descends from something, and came to be before a time, is dead.
pub trait Fact {
    /// Of what.
    fn about(&self) -> &Ancestor;
    /// Since when.
    fn at(&self) -> Timestamp;

    /// Whether it says more than another about the same thing. What never comes back is dead since the first
    /// time it was revoked; a user or a client is dead for everything up to the last time.
    fn supersedes(&self, known: &impl Fact) -> bool {
        if self.about().is_unique() { self.at() < known.at() } else { self.at() > known.at() }
    }
}

/// A fact as it is told to whoever verifies tokens: of what and since when, never why or by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldFact {
    /// Of what.
    #[serde(flatten)]
    pub about: Ancestor,
    /// Since when, in milliseconds.
    pub at: Timestamp,
    /// From then on, in milliseconds, no token is valid any more that it could end: it may be forgotten.
    pub until: Timestamp,
}

impl Fact for ToldFact {
    fn about(&self) -> &Ancestor {
        &self.about
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

/// Everything something descends from, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descent {
    /// What it descends from.
    pub ancestors: Vec<Ancestor>,
    /// When the user proved who they are: the beginning as far as the user is concerned.
    pub auth: Timestamp,
    /// When the first token of the chain came to be: the beginning as far as clients are concerned.
    pub since: Timestamp,
}

impl Descent {
    /// What a token of ours descends from, by what it says.
    #[must_use]
    pub fn of_token(claims: &AccessTokenClaims, key: Option<&KeyId>) -> Self {
        let user = (!claims.is_app_only()).then_some(&claims.oid);
        Self::of_lineage(&claims.lineage, user, claims.sid.as_ref())
            .and_token(Some(&claims.jti), key)
            .and_client(&claims.client_id)
    }

    /// What anything with this lineage descends from.
    #[must_use]
    pub fn of_lineage(
        lineage: &Lineage,
        user: Option<&Subject>,
        session: Option<&SessionId>,
    ) -> Self {
        let mut ancestors: Vec<Ancestor> = Vec::with_capacity(8);
        ancestors.extend(user.cloned().map(Ancestor::User));
        ancestors.extend(session.cloned().map(Ancestor::Session));
        ancestors.extend(lineage.families.iter().cloned().map(Ancestor::Family));
        ancestors.extend(lineage.tokens.iter().cloned().map(Ancestor::Token));
        ancestors.extend(lineage.consents.iter().cloned().map(Ancestor::Consent));
        ancestors.extend(lineage.clients.iter().cloned().map(Ancestor::Client));
        Self { ancestors, auth: lineage.auth, since: lineage.since }
    }

    /// The same, with this token and the key that signed it among the ancestors.
    #[must_use]
    pub fn and_token(mut self, token: Option<&TokenId>, key: Option<&KeyId>) -> Self {
        self.ancestors.extend(token.cloned().map(Ancestor::Token));
        self.ancestors.extend(key.cloned().map(Ancestor::Key));
        self
    }

    /// The same, with this client among the ancestors.
    #[must_use]
    pub fn and_client(mut self, client: &ClientId) -> Self {
        let ancestor = Ancestor::Client(client.clone());
        if !self.ancestors.contains(&ancestor) {
            self.ancestors.push(ancestor);
        }
        self
    }

    /// The first fact that ended it, or `Ok` while it is alive.
    pub fn alive<F: Fact>(&self, facts: &[F]) -> Result<(), Ancestor> {
        match facts.iter().find(|fact| self.is_ended_by(*fact)) {
            Some(fact) => Err(fact.about().clone()),
            None => Ok(()),
        }
    }

    /// Whether this fact ended it.
    pub fn is_ended_by(&self, fact: &impl Fact) -> bool {
        let about = fact.about();
        let beginning = match about {
            Ancestor::User(_) => self.auth,
            _ => self.since,
        };
        let holds = about.is_unique() || fact.at() >= beginning;
        holds && self.ancestors.contains(about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descent() -> Descent {
        Descent {
            ancestors: vec![
                Ancestor::User(Subject::parse("alice").unwrap()),
                Ancestor::Session(SessionId::parse("s").unwrap()),
                Ancestor::Client(ClientId::parse("spa").unwrap()),
            ],
            auth: Timestamp::from_secs(100),
            since: Timestamp::from_secs(200),
        }
    }

    fn fact(about: Ancestor, at: i64) -> ToldFact {
        ToldFact { about, at: Timestamp::from_secs(at), until: Timestamp::from_secs(9999) }
    }

    #[test]
    fn a_user_signed_out_everywhere_ends_what_began_before_and_not_what_begins_after() {
        let alice = || Ancestor::User(Subject::parse("alice").unwrap());
        assert_eq!(descent().alive(&[fact(alice(), 100)]), Err(alice()));
        assert_eq!(descent().alive(&[fact(alice(), 150)]), Err(alice()));
        assert_eq!(descent().alive(&[fact(alice(), 99)]), Ok(()));
    }

    #[test]
    fn a_session_that_ended_stays_ended_whatever_the_clocks_say() {
        let session = || Ancestor::Session(SessionId::parse("s").unwrap());
        assert_eq!(descent().alive(&[fact(session(), 1)]), Err(session()));
    }

    #[test]
    fn an_application_disabled_before_the_chain_began_does_not_end_it() {
        let spa = || Ancestor::Client(ClientId::parse("spa").unwrap());
        assert_eq!(descent().alive(&[fact(spa(), 199)]), Ok(()));
        assert_eq!(descent().alive(&[fact(spa(), 200)]), Err(spa()));
    }

    #[test]
    fn facts_about_others_mean_nothing() {
        let other = Ancestor::Token(TokenId::parse("j").unwrap());
        assert_eq!(descent().alive(&[fact(other, 999)]), Ok(()));
    }

    #[test]
    fn a_fact_is_told_as_kind_id_and_times() {
        let told = fact(Ancestor::Session(SessionId::parse("s-1").unwrap()), 5);
        let written = serde_json::to_value(&told).unwrap();
        let expected = serde_json::json!({
            "kind": "session", "id": "s-1", "at": 5000, "until": 9_999_000,
        });
        assert_eq!(written, expected);
        assert_eq!(serde_json::from_value::<ToldFact>(written).unwrap(), told);
    }
}
