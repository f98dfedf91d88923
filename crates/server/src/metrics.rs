//! What is counted, and the listener that shows it to Prometheus.
//!
//! Labels are few whatever is sent: a path's pattern, a status, a name out of a list, a tenant that is
//! configured. Never a user and never a client. `docs/reference/metrics.md` is held equal to what is said in here.

mod counted;
mod listener;

pub(crate) use listener::router;

use counted::{COUNTED, Consents, Logins, Refusals, Tokens};
use std::sync::LazyLock;
use std::time::Duration;
use stead_core::login::ConsentAnswer;
use stead_core::token::Issued;
use stead_telemetry::RequestCounter;

/// The route that is asked most often.
pub(crate) const TOKEN: &str = "/{tenant}/oauth2/v2.0/token";

/// How an attempt to sign in ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Login {
    /// It was right.
    Ok,
    /// It was wrong, or nobody is called so.
    Wrong,
    /// It was not looked at: too many attempts.
    Throttled,
    /// It was not looked at: too many people at once.
    Busy,
}

/// By what means somebody tried to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// A password.
    Password,
    /// A passkey.
    Passkey,
    /// A one-time code.
    Totp,
    /// A recovery code.
    Recovery,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Recovery => "recovery",
        }
    }
}

impl Login {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::Throttled => "throttled",
            Self::Busy => "busy",
        }
    }
}

/// What is counted most often, found by its labels once.
static TOKENS_GIVEN: LazyLock<RequestCounter> = LazyLock::new(|| COUNTED.requests.of(TOKEN, 200));

/// A request was answered.
pub(crate) fn answered(route: &str, status: u16, took: Duration) {
    if (route, status) == (TOKEN, 200) {
        return TOKENS_GIVEN.count(took);
    }
    COUNTED.requests.of(route, status).count(took);
}

/// A token was issued.
pub(crate) fn issued(issued: &Issued) {
    let grant = issued.grant.as_str();
    let kind = issued.client_kind.as_str();
    COUNTED.tokens.get_or_create(&Tokens { grant, client_kind: kind }).inc();
    if let Ok(actors @ 1..) = u32::try_from(issued.actors) {
        COUNTED.depth.observe(f64::from(actors));
    }
}

/// An exchange was refused.
pub(crate) fn exchange_denied(reason: &'static str) {
    COUNTED.denied.get_or_create(&Refusals { rule: reason }).inc();
}

/// An exchange took so long, however it ended.
pub(crate) fn exchange_took(took: Duration) {
    COUNTED.exchange.observe(took.as_secs_f64());
}

/// An API follows the revocation feed.
pub(crate) fn follower_came() {
    COUNTED.followers.inc();
}

/// It does no more.
pub(crate) fn follower_left() {
    COUNTED.followers.dec();
}

/// Somebody tried to sign in.
pub(crate) fn login(method: Method, outcome: Login) {
    let login = Logins { method: method.as_str(), outcome: outcome.as_str() };
    COUNTED.logins.get_or_create(&login).inc();
}

/// Somebody answered the question for consent.
pub(crate) fn consent(answer: &ConsentAnswer) {
    let outcome = match answer {
        ConsentAnswer::Allow { .. } => "allowed",
        ConsentAnswer::Deny => "denied",
    };
    COUNTED.consents.get_or_create(&Consents { outcome }).inc();
}
