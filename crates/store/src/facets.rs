//! What a record is about: by what it is found again.

use stead_core::chain::RecordQuery;
use stead_core::model::revocation::Ancestor;
use stead_core::record::{Event, Outcome, Record};
use stead_proto::id::{ClientId, Subject, TraceId};

/// By what a record is found again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facets<'a> {
    /// The request.
    pub(crate) trace: &'a TraceId,
    /// The user, if it is about one.
    pub(crate) subject: Option<&'a Subject>,
    /// The client, if it is about one.
    pub(crate) client: Option<&'a ClientId>,
    /// Whether something was refused.
    pub(crate) denied: bool,
}

impl<'a> Facets<'a> {
    pub(crate) fn of(record: &'a Record) -> Self {
        let (subject, client) = about(&record.event);
        let denied = matches!(record.outcome, Outcome::Denied { .. });
        Self { trace: &record.trace_id, subject, client, denied }
    }

    /// Whether a query wants it, its place in the chain aside.
    pub(crate) fn fit(&self, query: &RecordQuery) -> bool {
        query.trace_id.as_ref().is_none_or(|trace| trace == self.trace)
            && (query.subject.is_none() || query.subject.as_ref() == self.subject)
            && (query.client.is_none() || query.client.as_ref() == self.client)
            && (self.denied || !query.denied_only)
    }
}

fn about(event: &Event) -> (Option<&Subject>, Option<&ClientId>) {
    match event {
        Event::Token(token) => (token.subject.as_ref(), token.client.as_ref()),
        Event::Authorize { client, subject, .. }
        | Event::Device { client, subject, .. }
        | Event::AdminConsent { client, subject, .. } => (subject.as_ref(), client.as_ref()),
        Event::SignIn { subject, .. } | Event::SignOut { subject, .. } => (subject.as_ref(), None),
        Event::Consent { subject, client, .. } => (Some(subject), Some(client)),
        Event::TokenUse { client, .. } => (None, client.as_ref()),
        Event::Factors { subject, .. } | Event::Revoked { about: Ancestor::User(subject), .. } => {
            (Some(subject), None)
        }
        Event::Revoked { about: Ancestor::Client(client), .. } => (None, Some(client)),
        Event::Revoked { .. }
        | Event::Change { .. }
        | Event::Anchor { .. }
        | Event::Cut { .. }
        | Event::Restored { .. } => (None, None),
    }
}
