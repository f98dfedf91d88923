//! Signing in: an authorization request on its way through the pages, as pure steps.
//!
//! | file | what it does |
//! |---|---|
//! | `authorize` | gathers what is known, answers with the next [`Step`] |
//! | `asking` | reads the request; refuses it, on a page or by redirect |
//! | `redirect` | which redirect URIs are the client's |
//! | `target` | what is asked for: one resource and scopes there |
//! | `agreement` | what would be granted, and what somebody still has to agree to |
//! | `next` | the decision: facts in, what happens next out |
//! | `consent` | the agreeing |
//! | `admin_consent` | an administrator agrees for everybody |
//! | `device` | a request that is answered at a device: found by its user code, and answered |
//! | `device_request` | how such a request begins (RFC 8628) |
//! | `code` | what was agreed to, at the end: the authorization code |
//! | `session` | the browser's session: found, begun, renewed |
//! | `second_factor` | the proof beside the password: asked for, and taken |
//! | `own_factors` | a user's own factors: added, removed, their recovery codes made anew |
//! | `passkey` | signing in with a passkey, which needs no password |
//! | `security` | the page where users look after them |
//! | `hint` | an earlier ID token: whom a request means |
//! | `logout` | signing out (RP-initiated) |
//!
//! Nothing is remembered between two pages here: the server carries the request and the [`Progress`],
//! and every step starts again from what is on file. A step that was skipped is asked for again.

mod admin_consent;
mod agreement;
mod asking;
mod authorize;
mod code;
mod consent;
mod device;
mod device_request;
mod hint;
mod logout;
mod next;
mod own_factors;
mod passkey;
pub(crate) mod redirect;
mod second_factor;
mod security;
mod session;
mod target;

pub use consent::ConsentAnswer;
pub use logout::{LogoutPage, LogoutStep};
pub use own_factors::{NewFactor, Owner};
pub use passkey::{Holder, PasskeyProof};
pub use second_factor::{Challenged, Entry, Halfway, Proved, SecondFactorPage};
pub use security::SecurityPage;
pub use session::NewSession;

use crate::commit::{Change, Commit, CommitError, Conflict};
use crate::denied::Denied;
use crate::model::factors::Sealed;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome, Record};
use crate::sts::Sts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use stead_proto::authorize::AuthorizeResponse;
use stead_proto::device::UserCode;
use stead_proto::error::Trace;
use stead_proto::form::Form;
use stead_proto::id::{Audience, SessionId, TenantName, Username};
use stead_proto::scope::{OpenIdScope, Scope};
use stead_proto::secret::SessionSecret;

/// What the browser brings.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// The value of its session cookie.
    pub session: Option<SessionSecret>,
}

/// What the user did since this authorization request began. The server carries it, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The session that was begun or renewed for this request.
    pub signed_in: Option<SessionId>,
    /// What the user said when asked which account is meant.
    #[serde(default)]
    pub account: AccountChoice,
    /// The session in which the user said that the device which waits is theirs.
    #[serde(default)]
    pub confirmed: Option<SessionId>,
    /// Whose password was right, where a second factor has to follow before a session stands on it.
    #[serde(default)]
    pub halfway: Option<Halfway>,
    /// The secret that was offered to the user's app and is not confirmed yet.
    #[serde(default)]
    pub offered: Option<Sealed>,
}

/// What the user said when asked which account is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountChoice {
    /// Nothing yet.
    #[default]
    Open,
    /// The one signed in with this session.
    This(SessionId),
    /// Another one, which has to sign in.
    Another,
}

/// What is to be answered.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// An authorization request, as it came: answered by redirect.
    Form(&'a Form),
    /// What the device asked for whose code the user typed: answered there (RFC 8628).
    Device(&'a UserCode),
    /// The page where users look after their own factors.
    Security,
    /// A request for an administrator's consent for everybody: answered by redirect.
    ForEveryone(&'a Form),
}

/// One request on its way through the pages.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// The request.
    pub asked: Asked<'a>,
    /// The browser it is in.
    pub browser: &'a Browser,
    /// How far it got.
    pub progress: &'a Progress,
}

/// What happens next.
#[derive(Debug, Clone)]
pub enum Step {
    /// A page says why not; nothing is redirected anywhere.
    ErrorPage(Denied, Trace),
    /// The user signs in.
    SignIn(SignInPage),
    /// The user proves a second factor.
    SecondFactor(SecondFactorPage),
    /// The user adds a factor: none is there yet, or another is wanted.
    Enrol(EnrolPage),
    /// The user looks after their own factors.
    Security(SecurityPage),
    /// The user says which account is meant.
    ChooseAccount(AccountPage),
    /// The user says whether the device is theirs.
    ConfirmDevice(DevicePage),
    /// The user agrees, or not.
    Consent(ConsentPage),
    /// An administrator agrees for everybody, or not.
    AdminConsent(AdminConsentPage),
    /// The answer, already on record: a code or a refusal.
    Answer(AuthorizeResponse),
    /// No device waits for the code that was typed, or none any more.
    UserCodeUnknown,
    /// The device will hear the answer, which is on record; the user can close the page.
    DeviceAnswered(DeviceEnd),
}

/// What the sign-in page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInPage {
    /// The application that asks.
    pub client_name: String,
    /// The resource it wants to use.
    pub resource_name: Option<String>,
    /// Who will probably sign in.
    pub login_hint: Option<String>,
    /// Why it is shown.
    pub why: WhySignIn,
}

/// Why somebody has to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhySignIn {
    /// Nobody is signed in, or another is meant.
    First,
    /// The one who is signed in has to prove it again.
    Again,
}

/// What the page shows that adds a factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolPage {
    /// The name the user signs in with.
    pub username: Username,
    /// Whether the user wants it; otherwise the sign-in demands it.
    pub by_choice: bool,
}

/// What the page shows that asks which account is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPage {
    /// The application that asks.
    pub client_name: String,
    /// The name of who is signed in.
    pub name: String,
    /// The name they sign in with.
    pub username: Username,
    /// Their session, for [`AccountChoice::This`].
    pub session: SessionId,
}

/// What the page shows that asks whether a device is the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePage {
    /// The application on the device.
    pub client_name: String,
    /// The code that the device shows, as people read it.
    pub user_code: String,
    /// The name of who is asked.
    pub user_name: String,
    /// The name they sign in with.
    pub username: Username,
    /// Their session, for [`Progress::confirmed`].
    pub session: SessionId,
    /// What it would get, unless that is OpenID Connect alone.
    pub line: Option<ConsentLine>,
    /// What of OpenID Connect is asked.
    pub openid: BTreeSet<OpenIdScope>,
}

/// How a device was answered.
#[derive(Debug, Clone)]
pub enum DeviceEnd {
    /// It gets what it asked for.
    Granted {
        /// The application on it.
        client_name: String,
    },
    /// It gets nothing.
    Refused(Denied, Trace),
}

/// What the consent page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentPage {
    /// The application that asks.
    pub client_name: String,
    /// Where the answer goes: the host of its redirect URI, or the scheme if that has no host. Absent if a
    /// device waits for it.
    pub redirect_host: Option<String>,
    /// The name of who is asked.
    pub user_name: String,
    /// The name they sign in with.
    pub username: Username,
    /// What is to be agreed to, a line a resource.
    pub lines: Vec<ConsentLine>,
    /// What of OpenID Connect is asked.
    pub openid: BTreeSet<OpenIdScope>,
    /// Whether the application may go on after the user left, and that is to be agreed to.
    pub offline: bool,
    /// Names exactly this question to this user: comes back in [`ConsentAnswer::Allow`].
    pub shown: String,
}

/// What the page shows on which an administrator agrees for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminConsentPage {
    /// The application that asks.
    pub client_name: String,
    /// Whose users it is about.
    pub tenant: TenantName,
    /// Where the answer goes: the host of its redirect URI, or the scheme if that has no host.
    pub redirect_host: String,
    /// The name of who is asked.
    pub user_name: String,
    /// The name they sign in with.
    pub username: Username,
    /// What is to be agreed to, a line a client and resource.
    pub lines: Vec<ConsentLine>,
    /// Whether the application may go on after users left, and that is to be agreed to.
    pub offline: bool,
    /// Names exactly this question to this administrator: comes back in [`ConsentAnswer::Allow`].
    pub shown: String,
}

/// One resource on the consent page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentLine {
    /// Its name.
    pub resource_name: String,
    /// Its audience.
    pub audience: Audience,
    /// The middle tier that will use it for the user; the application that asks, if absent.
    pub through: Option<String>,
    /// The scopes, each with the resource's sentence about it.
    pub scopes: Vec<(Scope, String)>,
}

impl Sts {
    /// Commits what a step changes, and what it puts on record.
    async fn keep(
        &self,
        changes: Vec<Change>,
        event: Event,
        outcome: Outcome,
        moment: &Moment,
    ) -> Result<(), StoreError> {
        let kept = self.keep_unless(changes, (event, outcome), moment).await?;
        kept.map_err(unexpected)
    }

    /// The same, where something on file may stand against it.
    async fn keep_unless(
        &self,
        changes: Vec<Change>,
        (event, outcome): (Event, Outcome),
        moment: &Moment,
    ) -> Result<Result<(), Conflict>, StoreError> {
        let record = Record::new(event, outcome, moment);
        match self.store.commit(Commit { changes, record }).await {
            Ok(_) => Ok(Ok(())),
            Err(CommitError::Failed(error)) => Err(error),
            Err(CommitError::Conflict(conflict)) => Ok(Err(conflict)),
        }
    }
}

/// A conflict nobody here can help with. Ids, codes and secrets are fresh: nothing but a user who was
/// changed can stand against them.
fn unexpected(conflict: Conflict) -> StoreError {
    match conflict {
        Conflict::Changed => {
            StoreError::Unavailable("who signs in was changed meanwhile".to_owned())
        }
        conflict => StoreError::Broken(format!("signing in met a conflict: {conflict}")),
    }
}
