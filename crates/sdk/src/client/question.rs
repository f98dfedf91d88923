//! What is asked: whatever could change the answer is in it.

use super::{AcquireOptions, Target};
use crate::verify::Caller;
use crate::whole::Whole;
use quick_cache::Equivalent;
use std::sync::Arc;
use stead_proto::error::Dialect;
use stead_proto::grants::{ActorToken, OnBehalfOf};
use stead_proto::token_type::TokenType;

/// A question to the provider of one [`Obo`](super::Obo), as it is asked.
#[derive(Debug, Hash)]
pub(super) struct Asked<'q> {
    subject: &'q Whole,
    target: &'q Target,
    dialect: Dialect,
    seldom: Option<Arc<Seldom>>,
}

/// The same, to keep an answer under: its members are those of [`Asked`], in the same order, so that the
/// hashes agree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    subject: Whole,
    target: Target,
    dialect: Dialect,
    seldom: Option<Arc<Seldom>>,
}

/// What few questions have.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Seldom {
    claims: Option<String>,
    actor: Option<(Whole, TokenType)>,
}

impl<'q> Asked<'q> {
    pub(super) fn new(
        caller: &'q Caller,
        target: &'q Target,
        options: AcquireOptions,
        dialect: Dialect,
    ) -> Self {
        let AcquireOptions { claims, actor_token } = options;
        let actor = actor_token.map(|actor| (Whole::new(actor.token), actor.token_type));
        let plain = claims.is_none() && actor.is_none();
        let seldom = (!plain).then(|| Arc::new(Seldom { claims, actor }));
        Self { subject: caller.whole(), target, dialect, seldom }
    }

    pub(super) fn keep(self) -> Question {
        let Self { subject, target, dialect, seldom } = self;
        Question { subject: subject.clone(), target: target.clone(), dialect, seldom }
    }
}

impl Equivalent<Question> for Asked<'_> {
    fn equivalent(&self, kept: &Question) -> bool {
        *self.subject == kept.subject
            && *self.target == kept.target
            && self.dialect == kept.dialect
            && self.seldom == kept.seldom
    }
}

impl Question {
    /// As the provider is asked.
    pub(super) fn to_request(&self) -> OnBehalfOf {
        let actor = self.seldom.as_ref().and_then(|seldom| seldom.actor.as_ref());
        OnBehalfOf {
            dialect: self.dialect,
            subject_token: self.subject.token().clone(),
            subject_token_type: TokenType::AccessToken,
            actor_token: actor.map(|(token, token_type)| ActorToken {
                token: token.token().clone(),
                token_type: *token_type,
            }),
            target: self.target.to_request(),
            requested: TokenType::AccessToken,
            client_info: false,
            claims: self.seldom.as_ref().and_then(|seldom| seldom.claims.clone()),
        }
    }

    /// How many bytes of tokens it holds.
    pub(super) fn len(&self) -> usize {
        self.subject.token().expose().len()
    }
}
