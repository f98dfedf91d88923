//! Faults on purpose, as the admin API of an emulator takes and shows them.

use serde::{Deserialize, Serialize};
use stead_core::faults::{Fault, FaultKind};
use stead_proto::time::Seconds;
use utoipa::ToSchema;

/// What is to go wrong, and for whom; for everybody where nobody is said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultBody {
    /// What.
    pub kind: FaultForm,
    /// Tokens for this user only, by user name or id.
    pub user: Option<String>,
    /// Tokens asked for by this application only, by id or name.
    pub client: Option<String>,
    /// Tokens for this application only, by audience, id or name.
    pub resource: Option<String>,
    /// How many times; until it is cleared if absent.
    pub times: Option<u32>,
    /// Of `slow`: by how many milliseconds; 2000 if absent, a minute at most.
    pub delay_ms: Option<u32>,
    /// Of `overloaded`: what `Retry-After` says, in seconds; 5 if absent.
    pub retry_after: Option<u32>,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultForm {
    /// Nobody agreed: `consent_required`.
    ConsentRequired,
    /// The user has to prove anew who they are; strikes until they have.
    StepUpRequired,
    /// The tenant's policy blocks the user: 53003, `message_only`.
    Blocked,
    /// The user is switched off.
    UserDisabled,
    /// The user's token has expired; strikes exchanges alone.
    AssertionExpired,
    /// This user, client or resource is asked for too often: 400 without `Retry-After`.
    Throttled,
    /// The whole server is: 429 with `Retry-After`.
    Overloaded,
    /// The answer is late.
    Slow,
    /// 500.
    ServerError,
    /// 503.
    ServerUnavailable,
    /// New signing keys at once. It is done when it is set, and is not kept.
    KeyRotated,
}

/// A fault that is set.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultView {
    /// Its number; none where it was done at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// What goes wrong.
    pub kind: FaultForm,
    /// For which user, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// For which client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// For which resource, by audience.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// How many more times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// By how many milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u32>,
    /// What `Retry-After` says, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl FaultBody {
    /// The kind with what belongs to it; nothing for what is done at once, a sentence for what does not fit.
    pub(crate) fn kind(&self) -> Result<Option<FaultKind>, &'static str> {
        if self.delay_ms.is_some() && self.kind != FaultForm::Slow {
            return Err("delay_ms belongs to the kind slow");
        }
        if self.retry_after.is_some() && self.kind != FaultForm::Overloaded {
            return Err("retry_after belongs to the kind overloaded");
        }
        if self.times == Some(0) {
            return Err("a fault that strikes no time is none: leave times out, or say 1 or more");
        }
        let delay_ms = self.delay_ms.unwrap_or(2000);
        if delay_ms > 60_000 {
            return Err("a minute is the longest delay");
        }
        let retry_after = Seconds(self.retry_after.unwrap_or(5));
        Ok(Some(match self.kind {
            FaultForm::ConsentRequired => FaultKind::ConsentRequired,
            FaultForm::StepUpRequired => FaultKind::StepUpRequired,
            FaultForm::Blocked => FaultKind::Blocked,
            FaultForm::UserDisabled => FaultKind::UserDisabled,
            FaultForm::AssertionExpired => FaultKind::AssertionExpired,
            FaultForm::Throttled => FaultKind::Throttled,
            FaultForm::Overloaded => FaultKind::Overloaded { retry_after },
            FaultForm::Slow => FaultKind::Slow { delay_ms },
            FaultForm::ServerError => FaultKind::ServerError,
            FaultForm::ServerUnavailable => FaultKind::ServerUnavailable,
            FaultForm::KeyRotated => return Ok(None),
        }))
    }
}

impl FaultView {
    /// What was done at once.
    pub(crate) fn done(kind: FaultForm) -> Self {
        Self {
            id: None,
            kind,
            user: None,
            client: None,
            resource: None,
            times: None,
            delay_ms: None,
            retry_after: None,
        }
    }
}

impl From<(u32, Fault)> for FaultView {
    fn from((id, fault): (u32, Fault)) -> Self {
        let mut view = Self {
            id: Some(id),
            user: fault.scope.user.map(|user| user.to_string()),
            client: fault.scope.client.map(|client| client.to_string()),
            resource: fault.scope.resource.map(|resource| resource.to_string()),
            times: fault.times,
            ..Self::done(form(fault.kind))
        };
        match fault.kind {
            FaultKind::Slow { delay_ms } => view.delay_ms = Some(delay_ms),
            FaultKind::Overloaded { retry_after } => view.retry_after = Some(retry_after.0),
            _ => {}
        }
        view
    }
}

fn form(kind: FaultKind) -> FaultForm {
    match kind {
        FaultKind::ConsentRequired => FaultForm::ConsentRequired,
        FaultKind::StepUpRequired => FaultForm::StepUpRequired,
        FaultKind::Blocked => FaultForm::Blocked,
        FaultKind::UserDisabled => FaultForm::UserDisabled,
        FaultKind::AssertionExpired => FaultForm::AssertionExpired,
        FaultKind::Throttled => FaultForm::Throttled,
        FaultKind::Overloaded { .. } => FaultForm::Overloaded,
        FaultKind::Slow { .. } => FaultForm::Slow,
        FaultKind::ServerError => FaultForm::ServerError,
        FaultKind::ServerUnavailable => FaultForm::ServerUnavailable,
    }
}
