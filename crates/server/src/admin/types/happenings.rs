//! Records, revocations and explanations as the admin API shows and takes them.

use crate::admin::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stead_core::admin::records::Verification;
use stead_core::chain::{Break, Chain, ChainEnds, ChainedRecord, Place};
use stead_core::explain::{ExplainQuery, ExplainSubject, ExplainedAnswer, Explanation, RuleAnswer};
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_proto::digest::Sha256;
use stead_proto::id::{Audience, BadName, ClientId, TraceId, Username};
use stead_proto::scope::ScopeSet;
use stead_proto::secret::Jwt;
use stead_proto::time::Seconds;
use utoipa::ToSchema;

/// How a tenant is doing.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// Its name.
    pub tenant: String,
    /// Its issuer.
    pub issuer: String,
    /// How many records there are; that the store could say so is the check.
    pub records: u64,
}

/// A record at its place in the chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordView {
    /// In which chain: every node that writes has its own.
    pub chain: u32,
    /// Its number there, from 1.
    pub seq: u64,
    /// Its hash, over the hash before it.
    #[schema(value_type = String)]
    pub hash: Sha256,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub at: Option<String>,
    /// What happened, as it was written.
    #[schema(value_type = Object)]
    pub record: Value,
}

impl From<ChainedRecord> for RecordView {
    fn from(chained: ChainedRecord) -> Self {
        Self {
            at: chained.record().map(|record| record.at.to_string()),
            // What is no JSON was tampered with; it is shown as the text it is.
            record: serde_json::from_str(&chained.json).unwrap_or(Value::String(chained.json)),
            chain: chained.chain.0,
            seq: chained.seq,
            hash: chained.hash,
        }
    }
}

/// The end of a chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeadView {
    /// Which chain.
    pub chain: u32,
    /// The number of the last record.
    pub seq: u64,
    /// Its hash.
    #[schema(value_type = String)]
    pub hash: Sha256,
}

/// What came of verifying the chains.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationView {
    /// Whether no record was edited or taken away.
    pub whole: bool,
    /// How many records are as they were written.
    pub verified: u64,
    /// The ends of the chains, as kept beside them.
    pub heads: Vec<HeadView>,
    /// Where one is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<BreakView>,
}

/// Where a chain is broken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum BreakView {
    /// A record is gone.
    Missing {
        /// In which chain.
        chain: u32,
        /// Its number there.
        seq: u64,
    },
    /// A record is not what was written.
    Edited {
        /// In which chain.
        chain: u32,
        /// Its number there.
        seq: u64,
    },
}

impl From<Verification> for VerificationView {
    fn from(it: Verification) -> Self {
        Self {
            whole: it.broken.is_none(),
            verified: it.verified,
            heads: it.chains.into_iter().map(HeadView::from).collect(),
            broken: it.broken.map(BreakView::from),
        }
    }
}

impl From<ChainEnds> for HeadView {
    fn from(ends: ChainEnds) -> Self {
        Self { chain: ends.chain.0, seq: ends.head.seq, hash: ends.head.hash }
    }
}

impl From<Break> for BreakView {
    fn from(found: Break) -> Self {
        let Place { chain: Chain(chain), seq } = found.place();
        match found {
            Break::Missing(_) => Self::Missing { chain, seq },
            Break::Edited(_) => Self::Edited { chain, seq },
        }
    }
}

/// What can be revoked.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevocationKind {
    /// Everything a user has open.
    User,
    /// One sign-in and what came of it.
    Session,
    /// Every token that an application had a part in.
    Client,
    /// A consent and what rests on it.
    Consent,
    /// One token and what came of it.
    Token,
    /// What came of one code or refresh token.
    Family,
    /// Everything that a key signed.
    Key,
}

/// What is to be revoked, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationBody {
    /// What sort of thing.
    pub kind: RevocationKind,
    /// Its id.
    pub id: String,
    /// Why, in a few words; the record keeps it.
    pub why: String,
}

impl RevocationBody {
    /// What is to be revoked.
    pub(crate) fn about(&self) -> Result<Ancestor, Refusal> {
        let id = &self.id;
        let about = match self.kind {
            RevocationKind::User => id.parse().map(Ancestor::User),
            RevocationKind::Session => id.parse().map(Ancestor::Session),
            RevocationKind::Client => id.parse().map(Ancestor::Client),
            RevocationKind::Consent => id.parse().map(Ancestor::Consent),
            RevocationKind::Token => id.parse().map(Ancestor::Token),
            RevocationKind::Family => id.parse().map(Ancestor::Family),
            RevocationKind::Key => id.parse().map(Ancestor::Key),
        };
        about.map_err(|bad: BadName| Refusal::Unfit(bad.to_string()))
    }
}

/// Something that was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevocationView {
    /// What sort of thing.
    pub kind: RevocationKind,
    /// Its id.
    pub id: String,
    /// Since when.
    #[schema(format = DateTime)]
    pub at: String,
    /// Why.
    pub why: String,
}

impl From<Revocation> for RevocationView {
    fn from(fact: Revocation) -> Self {
        let kind = match &fact.about {
            Ancestor::User(_) => RevocationKind::User,
            Ancestor::Session(_) => RevocationKind::Session,
            Ancestor::Client(_) => RevocationKind::Client,
            Ancestor::Consent(_) => RevocationKind::Consent,
            Ancestor::Token(_) => RevocationKind::Token,
            Ancestor::Family(_) => RevocationKind::Family,
            Ancestor::Key(_) => RevocationKind::Key,
        };
        Self { kind, id: fact.about.id().to_owned(), at: fact.at.to_string(), why: fact.why }
    }
}

/// Which exchange is to be explained. One of `as`, `subject_token` and `trace_id` says whose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainBody {
    /// A user, by the name they sign in with, as if just signed in.
    #[serde(rename = "as")]
    #[schema(value_type = Option<String>)]
    username: Option<Username>,
    /// With `as`: the client that would have obtained the token.
    #[schema(value_type = Option<String>)]
    via: Option<ClientId>,
    /// With `as`: the scopes of the token, separated by spaces.
    holding: Option<String>,
    /// The holder of this token.
    #[schema(format = Password)]
    subject_token: Option<String>,
    /// The exchange of this record, asked again now.
    #[schema(value_type = Option<String>)]
    trace_id: Option<TraceId>,
    /// The client that would act.
    #[schema(value_type = Option<String>)]
    client: Option<ClientId>,
    /// The resource, by its audience.
    #[schema(value_type = Option<String>)]
    to: Option<Audience>,
    /// The scopes, separated by spaces; all that the edge gives if absent.
    #[serde(default)]
    scope: String,
}

impl std::fmt::Debug for ExplainBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExplainBody({:?} to {:?})", self.client, self.to)
    }
}

impl ExplainBody {
    /// The question it asks.
    pub(crate) fn query(self) -> Result<ExplainQuery, Refusal> {
        let holding = self.holding.as_deref().map(ScopeSet::parse).transpose();
        let holding = holding.map_err(|bad| Refusal::Unfit(format!("holding: {bad}")))?;
        let about_a_user = self.via.is_some() || holding.is_some();
        let subject = match (self.username, self.subject_token, self.trace_id) {
            (Some(username), None, None) => {
                ExplainSubject::User { username, via: self.via, holding }
            }
            (None, Some(token), None) if !about_a_user => ExplainSubject::Token(Jwt::new(token)),
            (None, None, Some(trace)) if !about_a_user => ExplainSubject::Trace(trace),
            _ => {
                let message = "exactly one of as, subject_token and trace_id says whose exchange it is, and \
                               via and holding go with as";
                return Err(Refusal::Unfit(message.to_owned()));
            }
        };
        Ok(ExplainQuery { subject, client: self.client, to: self.to, scope: self.scope })
    }
}

/// Every rule with its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationView {
    /// The exchange, as a sentence.
    pub question: String,
    /// What was on record, when asked by trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// The rules, in the order asked.
    pub rules: Vec<RuleView>,
    /// What would be granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted: Option<String>,
    /// For how many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub lifetime: Option<Seconds>,
    /// Whether the exchange is allowed.
    pub allowed: bool,
}

/// What a rule answers.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerForm {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// An earlier rule found nothing to ask it about.
    NotAsked,
}

/// One rule's answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    /// Its place, from 1.
    pub number: u8,
    /// Its name.
    pub rule: String,
    /// What it asks.
    pub question: String,
    /// What it answers.
    pub answer: AnswerForm,
    /// The reason's name, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The clause that says it; of a rule that holds, what is worth knowing about how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The one edit of a resource file that would make it hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<String>,
}

impl From<Explanation> for ExplanationView {
    fn from(it: Explanation) -> Self {
        Self {
            question: it.question,
            recorded: it.recorded,
            rules: it.rules.into_iter().map(RuleView::from).collect(),
            granted: it.granted,
            lifetime: it.lifetime,
            allowed: it.allowed,
        }
    }
}

impl From<RuleAnswer> for RuleView {
    fn from(it: RuleAnswer) -> Self {
        let (answer, reason, why, edit) = match it.answer {
            ExplainedAnswer::Passed { why } => (AnswerForm::Passed, None, why, None),
            ExplainedAnswer::NotAsked => (AnswerForm::NotAsked, None, None, None),
            ExplainedAnswer::Failed { reason, why, edit } => {
                (AnswerForm::Failed, Some(reason.to_owned()), Some(why), edit)
            }
        };
        let (rule, question) = (it.rule.to_owned(), it.question.to_owned());
        Self { number: it.number, rule, question, answer, reason, why, edit }
    }
}
