//! Lists, what they are asked with, and errors.

use crate::admin::refusal::Refusal;
use serde::{Deserialize, Serialize};
use stead_proto::id::{Audience, ClientId, Subject, TraceId, Username};
use utoipa::{IntoParams, ToSchema};

/// Most entries of a page.
const MAX_LIMIT: usize = 200;

/// Entries of a page if the query does not say.
const LIMIT: usize = 50;

/// What went wrong.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// `malformed`, `unauthorized`, `not_found`, `method_not_allowed`, `managed_by_file`, `conflict`,
    /// `changed`, `invalid` or `unavailable`.
    pub error: String,
    /// The clause that says it.
    pub message: String,
    /// Every mistake, when what was sent is not sound.
    pub details: Vec<Detail>,
}

/// One mistake in what was sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Detail {
    /// Of what: `application reports-api`.
    pub object: String,
    /// The field, as the resource files call it.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// The words that would have been known there.
    pub candidates: Vec<String>,
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// What to send as `after` for the next page; absent from the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageList {
    /// At most so many, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
    /// Only what comes after this id.
    pub after: Option<String>,
}

/// Which users are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserList {
    /// Whoever has this user name, in any case.
    #[param(value_type = Option<String>)]
    pub username: Option<Username>,
    /// At most so many, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
    /// Only what comes after this id.
    pub after: Option<String>,
}

/// How much of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LimitOnly {
    /// At most so many, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
}

/// Which consents are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConsentList {
    /// Those given to this client.
    #[param(value_type = Option<String>)]
    pub client: Option<ClientId>,
    /// Those towards this resource, by its audience.
    #[param(value_type = Option<String>)]
    pub resource: Option<Audience>,
    /// At most so many, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
    /// Only what comes after this id.
    pub after: Option<String>,
}

/// Which sessions are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionList {
    /// Those of this user, by id.
    #[param(value_type = Option<String>)]
    pub user: Option<Subject>,
    /// At most so many, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
}

/// Which records are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecordList {
    /// Those of this request.
    #[param(value_type = Option<String>)]
    pub trace_id: Option<TraceId>,
    /// Those about this user, by id.
    #[param(value_type = Option<String>)]
    pub subject: Option<Subject>,
    /// Those of this client.
    #[param(value_type = Option<String>)]
    pub client: Option<ClientId>,
    /// Refusals only.
    #[serde(default)]
    pub denied: bool,
    /// Those after this number of a chain, oldest first; without it, the newest first.
    pub after: Option<u64>,
    /// Which chain the number is of; the first if absent.
    pub chain: Option<u32>,
    /// At most so many, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
}

/// How many entries a page holds.
pub(crate) fn limit_of(asked: Option<usize>) -> Result<usize, Refusal> {
    match asked.unwrap_or(LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        _ => Err(Refusal::Unfit(format!("limit is 1 to {MAX_LIMIT}"))),
    }
}

/// The page of a whole list, ordered by id.
pub(crate) fn page_of<T, V: From<T>>(
    all: Vec<T>,
    asked: &PageList,
    id: impl Fn(&T) -> String,
) -> Result<Page<V>, Refusal> {
    let limit = limit_of(asked.limit)?;
    let after = asked.after.as_deref().unwrap_or_default();
    let mut left: Vec<T> = all.into_iter().filter(|item| id(item).as_str() > after).collect();
    left.sort_by_key(&id);
    let more = left.len() > limit;
    left.truncate(limit);
    let next = left.last().filter(|_| more).map(id);
    Ok(Page { items: left.into_iter().map(V::from).collect(), next })
}
