//! On behalf of, in either dialect: what the rows about the exchange share.

use stead_core::admin::Desired;
use stead_core::model::application::Application;
use stead_core::model::consent::{Consent, Given};
use stead_core::model::managed::Managed;
use stead_core::model::permission::{Edge, Whom};
use stead_core::record::{Event, Outcome, Record, TokenEvent};
use stead_proto::id::{Audience, ClientId, ConsentId};
use stead_proto::scope::ScopeSet;
use stead_proto::time::Timestamp;
use testkit::{API_A_SECRET, API_B_SECRET, API_C_SECRET, Answer, At, Auth, DAEMON_SECRET, World};

/// A client and its secret.
pub(crate) type Client = (&'static str, &'static str);

pub(crate) const A: Client = ("api-a", API_A_SECRET);
pub(crate) const B: Client = ("api-b", API_B_SECRET);
pub(crate) const C: Client = ("api-c", API_C_SECRET);
pub(crate) const DAEMON: Client = ("daemon", DAEMON_SECRET);

pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
pub(crate) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
pub(crate) const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
pub(crate) const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Parameters whose values are made in the test.
pub(crate) type Form = Vec<(&'static str, String)>;

/// A way to ask for the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Entra's on-behalf-of.
    Entra,
    /// RFC 8693.
    Exchange,
}

/// Both.
pub(crate) const BOTH: [Dialect; 2] = [Dialect::Entra, Dialect::Exchange];

impl Dialect {
    /// The form that asks for these scopes of that audience with this subject token.
    pub(crate) fn form(self, subject: &str, audience: &str, scope: &str) -> Form {
        match self {
            Self::Entra => vec![
                ("grant_type", JWT_BEARER.into()),
                ("requested_token_use", "on_behalf_of".into()),
                ("assertion", subject.into()),
                ("scope", prefixed(audience, scope)),
            ],
            Self::Exchange => vec![
                ("grant_type", TOKEN_EXCHANGE.into()),
                ("subject_token", subject.into()),
                ("subject_token_type", ACCESS_TOKEN.into()),
                ("audience", audience.into()),
                ("scope", scope.into()),
            ],
        }
    }

    /// Asks for it.
    pub(crate) async fn ask(
        self,
        at: At<'_>,
        client: Client,
        (subject, audience, scope): (&str, &str, &str),
    ) -> Answer {
        ask(at, client, &self.form(subject, audience, scope)).await
    }

    /// Of two words, that of this dialect.
    pub(crate) fn pick<T>(self, [entra, exchange]: [T; 2]) -> T {
        match self {
            Self::Entra => entra,
            Self::Exchange => exchange,
        }
    }
}

/// Entra has no `audience`: each scope carries it, and none means all there is to have.
fn prefixed(audience: &str, scope: &str) -> String {
    if scope.is_empty() {
        return format!("{audience}/.default");
    }
    let words = scope.split(' ').map(|word| match word {
        "openid" | "offline_access" => word.to_owned(),
        word => format!("{audience}/{word}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Sends a form to the token endpoint as this client.
pub(crate) async fn ask(at: At<'_>, (id, secret): Client, form: &[(&str, String)]) -> Answer {
    let pairs: Vec<(&str, &str)> =
        form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    at.token(Auth::Post(id, secret), &pairs).await
}

/// The same form with one value replaced, or added at its end.
pub(crate) fn with(form: &Form, name: &'static str, value: &str) -> Form {
    let mut form = without(form, name);
    form.push((name, value.to_owned()));
    form
}

/// The same form without a parameter.
pub(crate) fn without(form: &Form, name: &str) -> Form {
    form.iter().filter(|(other, _)| *other != name).cloned().collect()
}

/// The same form with one more parameter, also where there is one of this name.
pub(crate) fn and(form: &Form, name: &'static str, value: &str) -> Form {
    let mut form = form.clone();
    form.push((name, value.to_owned()));
    form
}

/// What an answer said, and what was put on record for it.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) answer: Answer,
    pub(crate) records: Vec<Record>,
}

/// Does something and looks at what it left on record.
pub(crate) async fn tried(world: &World, doing: impl Future<Output = Answer>) -> Tried {
    let before = world.records().await.len();
    let answer = doing.await;
    let records = world.records().await.split_off(before);
    Tried { answer, records }
}

impl Tried {
    /// Status, `error`, and the reason in the one record it left.
    pub(crate) fn said(&self) -> (u16, String, String) {
        let (status, error) = self.answer.refusal();
        let [record] = self.records.as_slice() else {
            return (status, error, format!("{} records", self.records.len()));
        };
        let reason = match &record.outcome {
            Outcome::Denied { reason, .. } => reason.clone(),
            Outcome::Done => String::new(),
        };
        (status, error, reason)
    }

    /// What the one record it left says of the request.
    pub(crate) fn event(&self) -> &TokenEvent {
        match self.records.as_slice() {
            [Record { event: Event::Token(event), .. }] => event,
            other => unreachable!("one record of a token request, not {other:?}"),
        }
    }
}

/// Refused with this status and `error`, on record with that reason, and nothing else happened.
pub(crate) fn refused(status: u16, error: &str, reason: &str) -> (u16, String, String) {
    (status, error.to_owned(), reason.to_owned())
}

/// Allowed, on record once.
pub(crate) fn allowed() -> (u16, String, String) {
    (200, String::new(), String::new())
}

/// An application of the files.
pub(crate) fn application<'d>(desired: &'d mut Desired, id: &str) -> &'d mut Application {
    desired.applications.iter_mut().find(|one| one.id.as_str() == id).unwrap()
}

/// The edge of `api-a` towards `api-b`.
pub(crate) fn edge_to_b(desired: &mut Desired) -> &mut Edge {
    let edges = application(desired, "api-a").may_act.iter_mut();
    edges.into_iter().find(|edge| edge.towards.as_str() == "api://b").unwrap()
}

/// An administrator's consent, in the files, for `api-a` to read at `api-b` for these users.
pub(crate) fn consent_to_reading(whom: Whom) -> Consent {
    Consent {
        id: ConsentId::parse("consent-1").unwrap(),
        client: ClientId::parse("api-a").unwrap(),
        resource: Audience::parse("api://b").unwrap(),
        scopes: ScopeSet::parse("B.read").unwrap(),
        given: Given::ByAdmin(whom),
        at: Timestamp::from_secs(0),
        managed: Managed::File { file: "fixture.toml".into(), line: 1 },
    }
}
