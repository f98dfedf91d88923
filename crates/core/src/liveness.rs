//! Liveness: computed from facts, never swept.
//!
//! A token is alive if no fact about it, or about anything it descends from, came after its beginning.
//! What it descends from travels in it, so asking needs no look-up of issued tokens; and because a
//! child is judged by when its *root* came to be, a token issued beside a revocation by another node
//! dies with the rest.

use crate::model::revocation::{Ancestor, Revocation};
use crate::model::subject::SubjectFacts;
use serde::{Deserialize, Serialize};
use stead_proto::claims::{AccessTokenClaims, Lineage};
use stead_proto::id::{ClientId, KeyId, SessionId, Subject};
use stead_proto::time::Timestamp;

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
        let mut descent = Self::of_lineage(&claims.lineage, user, claims.sid.as_ref());
        descent.ancestors.push(Ancestor::Token(claims.jti.clone()));
        descent.ancestors.extend(key.cloned().map(Ancestor::Key));
        descent.and_client(&claims.client_id)
    }

    /// What a subject descends from, as far as it is known here.
    #[must_use]
    pub fn of_subject(subject: &SubjectFacts) -> Self {
        let mut descent =
            Self::of_lineage(&subject.lineage, Some(&subject.user), subject.session.as_ref());
        descent.ancestors.extend(subject.token.clone().map(Ancestor::Token));
        descent.ancestors.extend(subject.key.clone().map(Ancestor::Key));
        descent.and_client(&subject.obtained_by)
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
    pub fn alive(&self, facts: &[Revocation]) -> Result<(), Ancestor> {
        match facts.iter().find(|fact| self.ended_by(fact)) {
            Some(fact) => Err(fact.about.clone()),
            None => Ok(()),
        }
    }

    fn ended_by(&self, fact: &Revocation) -> bool {
        let beginning = match fact.about {
            Ancestor::User(_) => self.auth,
            _ => self.since,
        };
        let holds = fact.about.is_unique() || fact.at >= beginning;
        holds && self.ancestors.contains(&fact.about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::id::TokenId;

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

    fn fact(about: Ancestor, at: i64) -> Revocation {
        Revocation { about, at: Timestamp::from_secs(at), why: "test".into() }
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
}
