//! The same rules, each with its answer: why an exchange would be, or was, refused, and the one edit
//! of a resource file that would allow it.

mod edit;

use crate::chain::RecordQuery;
use crate::denied::Denied;
use crate::explain::edit::edit_for;
use crate::grants::exchange::{self, Asked};
use crate::model::application::Application;
use crate::model::subject::SubjectFacts;
use crate::model::user::User;
use crate::moment::Moment;
use crate::policy::{Answer, Draft, Facts, RULES, Rule};
use crate::ports::StoreError;
use crate::record::{Event, Outcome, TokenEvent};
use crate::sts::Sts;
use crate::subject;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use stead_proto::acr::{Acr, Amr};
use stead_proto::claims::Lineage;
use stead_proto::delegation::Actor;
use stead_proto::grants::Target;
use stead_proto::id::{Audience, ClientId, Subject, TraceId, Username};
use stead_proto::scope::{ScopeRequest, ScopeSet};
use stead_proto::secret::Jwt;
use stead_proto::time::Seconds;
use stead_proto::token_type::TokenType;

/// What is to be explained.
#[derive(Debug, Clone)]
pub struct ExplainQuery {
    /// Where the subject comes from.
    pub subject: ExplainSubject,
    /// The client that would act. In an explanation by trace, the record's.
    pub client: Option<ClientId>,
    /// The resource. In an explanation by trace, the record's.
    pub to: Option<Audience>,
    /// The scopes, separated by spaces; empty means all the edge gives.
    pub scope: String,
}

/// Whose exchange.
#[derive(Debug, Clone)]
pub enum ExplainSubject {
    /// A user as if just signed in, through this front end, with a token holding these scopes.
    User {
        /// Who.
        username: Username,
        /// The client that would have obtained the token; the first that may, if not said.
        via: Option<ClientId>,
        /// The scopes of the token; all the client offers, if not said.
        holding: Option<ScopeSet>,
    },
    /// The holder of this token.
    Token(Jwt),
    /// The exchange of this record, asked again now.
    Trace(TraceId),
}

/// Why nothing can be explained.
#[derive(Debug)]
pub enum ExplainError {
    /// What was asked about is not on file.
    Unknown(String),
    /// The question is not whole.
    Incomplete(&'static str),
    /// The store could not answer.
    Failed(StoreError),
}

impl fmt::Display for ExplainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(what) => write!(f, "{what} is not on file"),
            Self::Incomplete(what) => write!(f, "the question does not say {what}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ExplainError {}

impl From<StoreError> for ExplainError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Every rule with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The exchange, as a sentence.
    pub question: String,
    /// What was on record, when asked by trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// The rules, in the order asked.
    pub rules: Vec<RuleAnswer>,
    /// What would be granted if all hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted: Option<String>,
    /// For how many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Seconds>,
    /// Whether the exchange is allowed.
    pub allowed: bool,
}

/// One rule's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleAnswer {
    /// Its place, from 1.
    pub number: u8,
    /// Its name.
    pub rule: &'static str,
    /// What it asks.
    pub question: &'static str,
    /// What it answers.
    #[serde(flatten)]
    pub answer: ExplainedAnswer,
}

/// An answer, with what would change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum ExplainedAnswer {
    /// It holds.
    Passed {
        /// What is worth knowing about how.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// It does not.
    Failed {
        /// The reason's name, as in `docs/errors.md`.
        reason: &'static str,
        /// The clause that says it.
        why: String,
        /// The one edit of a resource file that would make it hold; only for the first that fails.
        #[serde(skip_serializing_if = "Option::is_none")]
        edit: Option<String>,
    },
    /// An earlier rule found nothing to ask it about.
    NotAsked,
}

impl Sts {
    /// Runs all rules to the end, changes nothing and issues nothing.
    pub async fn explain(
        &self,
        query: &ExplainQuery,
        moment: &Moment,
    ) -> Result<Explanation, ExplainError> {
        let recorded = match &query.subject {
            ExplainSubject::Trace(trace) => Some(self.token_record(trace).await?),
            _ => None,
        };
        let event = recorded.as_ref().map(|(event, _)| event);
        let client = query.client.clone().or_else(|| event.and_then(|event| event.client.clone()));
        let client = client.ok_or(ExplainError::Incomplete("which client acts"))?;
        let on_file = self.store.application(&client).await?;
        let client = on_file.ok_or_else(|| ExplainError::Unknown(format!("client {client}")))?;
        let target = target(query, event)?;
        let subject = self.explained_subject(query, event, &client, moment).await?;
        let asked = Asked { subject, actor: None, target: &target };
        let on_file = exchange::gather(self, &client, &asked).await?;
        let question = question(&client, on_file.user(), &target);
        let mut explanation = run(&on_file.facts(self, &client, &asked, moment.now), question);
        explanation.recorded = recorded.map(|(_, outcome)| outcome);
        Ok(explanation)
    }

    async fn token_record(&self, trace: &TraceId) -> Result<(TokenEvent, String), ExplainError> {
        let query =
            RecordQuery { trace_id: Some(trace.clone()), limit: 10, ..RecordQuery::default() };
        let found = self.store.records(&query).await?;
        let mut tokens = found.iter().filter_map(|one| match one.record()? {
            record if matches!(record.event, Event::Token(_)) => Some(record),
            _ => None,
        });
        let record = tokens.next();
        let record = record.ok_or_else(|| ExplainError::Unknown(format!("an exchange {trace}")))?;
        let outcome = match &record.outcome {
            Outcome::Done => format!("allowed at {}", record.at),
            Outcome::Denied { reason, why } => {
                format!("denied at {}: {reason}: {why}", record.at)
            }
        };
        match record.event {
            Event::Token(event) => Ok((*event, outcome)),
            _ => Err(ExplainError::Unknown(format!("an exchange {trace}"))),
        }
    }

    async fn explained_subject(
        &self,
        query: &ExplainQuery,
        event: Option<&TokenEvent>,
        client: &Application,
        moment: &Moment,
    ) -> Result<Result<Arc<SubjectFacts>, Denied>, ExplainError> {
        match &query.subject {
            ExplainSubject::Token(token) => {
                Ok(subject::validate(self, token, TokenType::AccessToken, moment))
            }
            ExplainSubject::User { username, via, holding } => {
                let user = self.store.user_named(username).await?;
                let user = user.ok_or_else(|| ExplainError::Unknown(format!("user {username}")))?;
                let via = match via {
                    Some(via) => via.clone(),
                    None => self.front_end_of(client).await?,
                };
                let scopes = holding.clone().unwrap_or_else(|| client.offered());
                Ok(Ok(Arc::new(self.supposed(user.id, client, (vec![via], scopes), moment))))
            }
            ExplainSubject::Trace(_) => {
                let event = event.ok_or(ExplainError::Incomplete("whose exchange"))?;
                let Some(user) = event.subject.clone() else {
                    return Err(ExplainError::Incomplete("whose token was exchanged"));
                };
                let mut facts =
                    self.supposed(user, client, (event.through.clone(), client.offered()), moment);
                facts.session.clone_from(&event.session);
                facts.token.clone_from(&event.from);
                Ok(Ok(Arc::new(facts)))
            }
        }
    }

    /// The first front end that may ask for tokens for this client.
    async fn front_end_of(&self, client: &Application) -> Result<ClientId, ExplainError> {
        let all = self.store.applications().await?;
        let leads_here = |app: &&Application| {
            app.permissions
                .iter()
                .any(|one| !one.as_itself() && client.is_addressed_by(&one.towards))
        };
        Ok(all.iter().find(leads_here).map_or_else(|| client.id.clone(), |app| app.id.clone()))
    }

    /// A subject as if the user had just signed in.
    fn supposed(
        &self,
        user: Subject,
        client: &Application,
        (through, scopes): (Vec<ClientId>, ScopeSet),
        moment: &Moment,
    ) -> SubjectFacts {
        let actors = through.iter().skip(1).cloned();
        let act = actors.fold(None, |chain: Option<Actor>, actor| {
            Some(
                chain
                    .map_or_else(|| Actor::first(actor.clone()), |chain| chain.then(actor.clone())),
            )
        });
        let until = moment.now + self.settings.session;
        SubjectFacts {
            issuer: self.issuer.clone(),
            user,
            audience: client.audience.clone().unwrap_or_else(|| Audience::from(&client.id)),
            scopes,
            obtained_by: through.last().unwrap_or(&client.id).clone(),
            act,
            may_act: None,
            session: None,
            auth_time: Some(moment.now),
            acr: Some(Acr::Password),
            amr: vec![Amr::Pwd],
            cnf: None,
            lineage: Lineage {
                auth: moment.now,
                since: moment.now,
                until: Some(until),
                families: Vec::new(),
                tokens: Vec::new(),
                consents: Vec::new(),
                clients: through,
            },
            token: None,
            key: None,
            expires: moment.now + self.settings.access_token,
            app_only: false,
        }
    }
}

fn target(query: &ExplainQuery, event: Option<&TokenEvent>) -> Result<Target, ExplainError> {
    let scope = match event {
        Some(event) if query.scope.is_empty() => &event.asked,
        _ => &query.scope,
    };
    let scope = ScopeRequest::parse(scope)
        .map_err(|_| ExplainError::Incomplete("scopes that can be meant"))?;
    let named = query.to.clone().or_else(|| event.and_then(|event| event.resource.clone()));
    Ok(Target { resource: named.or_else(|| scope.resource.clone()), scope })
}

fn question(client: &Application, user: Option<&User>, target: &Target) -> String {
    let whom = user.map_or("somebody", |user| user.username.as_str());
    let towards = target.resource.as_ref().map_or("nothing", Audience::as_str);
    let scopes = match target.scope.words.as_slice() {
        [] => "everything the edge gives".to_owned(),
        words => words.join(" "),
    };
    format!("may {} act for {whom} towards {towards}, to do {scopes}", client.id)
}

fn run(facts: &Facts<'_>, question: String) -> Explanation {
    let mut draft = Draft::default();
    let mut first = true;
    let mut rules = Vec::with_capacity(RULES.len());
    for rule in &RULES {
        let answer = match (rule.ask)(facts, &mut draft) {
            Answer::Passed => ExplainedAnswer::Passed { why: how(rule, facts, &draft) },
            Answer::NotAsked => ExplainedAnswer::NotAsked,
            Answer::Denied(denied) => {
                let edit = if first { edit_for(&denied, facts, &draft) } else { None };
                first = false;
                ExplainedAnswer::Failed {
                    reason: denied.reason(),
                    why: denied.for_the_record(),
                    edit,
                }
            }
        };
        rules.push(RuleAnswer {
            number: rule.number,
            rule: rule.name,
            question: rule.question,
            answer,
        });
    }
    let allowed = rules.iter().all(|rule| matches!(rule.answer, ExplainedAnswer::Passed { .. }));
    Explanation {
        question,
        recorded: None,
        rules,
        granted: draft.granted.filter(|_| allowed).map(|scopes| scopes.to_string()),
        lifetime: draft.lifetime.filter(|_| allowed),
        allowed,
    }
}

/// Consent that nobody gave, since nobody has to.
fn how(rule: &Rule, facts: &Facts<'_>, draft: &Draft<'_>) -> Option<String> {
    let resource = draft.resource.filter(|_| rule.name == "consent")?;
    let (scopes, client) = (&draft.preauthorized, &facts.client.id);
    (!scopes.is_empty())
        .then(|| format!("{} has authorized {client} beforehand to do {scopes}", resource.id))
}
