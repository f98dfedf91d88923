//! The decision: what is known in, what happens next out. No question is asked here, none is skipped.

use super::agreement::Agreement;
use super::second_factor::{Claimant, Who};
use super::session::SignedIn;
use super::{AccountChoice, Progress, WhySignIn};
use crate::denied::Denied;
use crate::model::factors::Factors;
use crate::model::session::Session;
use crate::model::user::User;
use crate::settings::SecondFactorRule;
use stead_proto::acr::{Acr, StepUp};
use stead_proto::authorize::{Prompt, SignInRequest};
use stead_proto::time::{Seconds, Timestamp};

/// How long a user may take for the pages after the sign-in, whatever age of it was demanded.
const READING: Seconds = Seconds(300);

/// What is owed where a second factor is.
const TWO_FACTORS: StepUp = StepUp { acr: Some(Acr::MultiFactor), max_age: None };

/// What is known when the question is asked.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// What the client asks.
    pub(super) request: &'a SignInRequest,
    /// Whether a device waits for the answer.
    pub(super) at_device: bool,
    /// What the user did for this request.
    pub(super) progress: &'a Progress,
    /// Whether the user has just agreed.
    pub(super) agreed: bool,
    /// When a second factor is asked for without a demand.
    pub(super) rule: SecondFactorRule,
    /// Whose password was right for this request, and no session stands on it yet.
    pub(super) halfway: Option<&'a Claimant>,
    /// Whom the client means.
    pub(super) meant: &'a Meant,
    /// Who is signed in.
    pub(super) present: Option<&'a Present>,
    /// Now.
    pub(super) now: Timestamp,
}

/// Whom an earlier ID token names.
#[derive(Debug)]
pub(super) enum Meant {
    /// None was sent.
    Anybody,
    /// This user.
    User(Box<User>),
    /// What was sent is no ID token of ours, or its user is gone.
    Unreadable,
}

/// Who is signed in, and what they would give.
#[derive(Debug)]
pub(super) struct Present {
    pub(super) signed_in: SignedIn,
    /// What they can prove beside their password.
    pub(super) factors: Factors,
    /// What would be granted and who still has to agree; or why nothing can be.
    pub(super) agreement: Result<Agreement, Denied>,
}

/// What happens next.
#[derive(Debug)]
pub(super) enum Next<'a> {
    /// The client is told why not.
    Refuse(Denied),
    /// Somebody signs in.
    SignIn(WhySignIn),
    /// The user proves a second factor.
    SecondFactor(Who<'a>),
    /// The user, who proved their password, has no second factor and adds one.
    Enrol(Who<'a>),
    /// The user says whether this account is meant.
    ChooseAccount(&'a SignedIn),
    /// The user says whether the device is theirs.
    ConfirmDevice(&'a SignedIn, &'a Agreement),
    /// The user is asked to agree.
    Consent(&'a SignedIn, &'a Agreement),
    /// The client gets its code.
    Grant(&'a SignedIn, &'a Agreement),
}

/// What happens next. Where nothing may be asked, the question becomes its refusal
/// (OpenID Connect Core §3.1.2.6).
pub(super) fn next<'a>(facts: &Facts<'a>) -> Next<'a> {
    let next = ask(facts);
    if !facts.silent() {
        return next;
    }
    match next {
        Next::SignIn(_) | Next::Enrol(_) => Next::Refuse(Denied::LoginRequired),
        Next::SecondFactor(_) => Next::Refuse(Denied::StepUpRequired(TWO_FACTORS)),
        Next::ChooseAccount(_) => Next::Refuse(Denied::InteractionRequired),
        Next::Consent(..) => Next::Refuse(Denied::ConsentRequired),
        settled @ (Next::Refuse(_) | Next::ConfirmDevice(..) | Next::Grant(..)) => settled,
    }
}

fn ask<'a>(facts: &Facts<'a>) -> Next<'a> {
    if facts.beyond_reach() {
        return Next::Refuse(Denied::AcrUnreachable);
    }
    if let Some(claimant) = facts.halfway {
        return claimant.who().owes();
    }
    let Some(present) = facts.present else { return Next::SignIn(WhySignIn::First) };
    let signed_in = &present.signed_in;
    who(facts, signed_in)
        .or_else(|| again(facts, present))
        .or_else(|| account(facts, signed_in))
        .unwrap_or_else(|| agreement(facts, present))
}

/// Whether the one signed in is the one meant.
fn who<'a>(facts: &Facts<'a>, signed_in: &SignedIn) -> Option<Next<'a>> {
    let proved = facts.proved(&signed_in.session);
    match facts.meant {
        Meant::User(user) if user.id != signed_in.user.id && proved => {
            Some(Next::Refuse(Denied::LoginRequired))
        }
        Meant::User(user) if user.id != signed_in.user.id => Some(Next::SignIn(WhySignIn::First)),
        // Nobody can be asked, and whether this is the one meant cannot be known.
        Meant::Unreadable if facts.silent() => Some(Next::Refuse(Denied::LoginRequired)),
        _ if facts.progress.account == AccountChoice::Another && !proved => {
            Some(Next::SignIn(WhySignIn::First))
        }
        _ => None,
    }
}

/// Whether the proof of who they are is fresh and strong enough. One given for this request stays fresh
/// while the user reads what comes after it.
fn again<'a>(facts: &Facts<'a>, present: &'a Present) -> Option<Next<'a>> {
    let session = &present.signed_in.session;
    let proved = facts.proved(session);
    let too_old = facts.request.step_up.max_age.is_some_and(|age| {
        let age = if proved { age.max(READING) } else { age };
        age == Seconds(0) || session.auth_time + age < facts.now
    });
    let demanded = facts.request.step_up.acr;
    let needed = demanded.max(facts.rule.demands(&present.factors));
    if too_old || (facts.asks(Prompt::Login) && !proved) {
        return Some(Next::SignIn(WhySignIn::Again));
    }
    if needed <= Some(session.acr) {
        return None;
    }
    // A session is the first factor already. Who has no second one proves the first again before they
    // add one: a browser left open must not be enough for that.
    let who = Who { user: &present.signed_in.user, factors: &present.factors };
    match needed {
        Some(Acr::MultiFactor) if who.factors.enrolled() => Some(Next::SecondFactor(who)),
        Some(Acr::MultiFactor) => Some(Next::SignIn(WhySignIn::Again)),
        _ if proved => Some(Next::Refuse(Denied::AcrUnreachable)),
        _ => Some(Next::SignIn(WhySignIn::Again)),
    }
}

/// Whether the user has to say that this account is meant. Signing in just now says it.
fn account<'a>(facts: &Facts<'a>, signed_in: &'a SignedIn) -> Option<Next<'a>> {
    let session = &signed_in.session;
    let chosen = facts.progress.account == AccountChoice::This(session.id.clone());
    if chosen || facts.proved(session) {
        return None;
    }
    let hint = facts.request.login_hint.as_deref();
    let another = hint.is_some_and(|hint| !names(hint, &signed_in.user));
    (another || facts.asks(Prompt::SelectAccount)).then_some(Next::ChooseAccount(signed_in))
}

/// Whether all that is needed was agreed to. What only a middle tier would need later is asked of a
/// user who can be asked anyway; nobody is kept from signing in silently because of it.
fn agreement<'a>(facts: &Facts<'a>, present: &'a Present) -> Next<'a> {
    let agreement = match &present.agreement {
        Ok(agreement) => agreement,
        Err(denied) => return Next::Refuse(denied.clone()),
    };
    if facts.unconfirmed(&present.signed_in.session) {
        return Next::ConfirmDevice(&present.signed_in, agreement);
    }
    let open = if facts.silent() { agreement.client_lacks() } else { agreement.somebody_lacks() };
    let demanded = facts.asks(Prompt::Consent) && !facts.agreed;
    if open || demanded {
        Next::Consent(&present.signed_in, agreement)
    } else {
        Next::Grant(&present.signed_in, agreement)
    }
}

/// Whether a login hint means this user. A hint opens nothing; it only spares a question.
fn names(hint: &str, user: &User) -> bool {
    let email = user.email.as_deref().is_some_and(|email| hint.eq_ignore_ascii_case(email));
    email || hint.eq_ignore_ascii_case(user.username.as_str()) || hint == user.id.as_str()
}

impl Facts<'_> {
    fn asks(&self, prompt: Prompt) -> bool {
        self.request.prompt.contains(&prompt)
    }

    fn silent(&self) -> bool {
        self.asks(Prompt::None)
    }

    /// Whether no sign-in here is as strong: all that are known can be reached (RFC 9470 §5).
    fn beyond_reach(&self) -> bool {
        self.request.unknown_acr && self.request.step_up.acr.is_none()
    }

    /// Whether the one signed in has yet to say that the device is theirs: what they were sent may be
    /// somebody else's code (RFC 8628 §5.4).
    fn unconfirmed(&self, session: &Session) -> bool {
        self.at_device && self.progress.confirmed.as_ref() != Some(&session.id)
    }

    /// Whether the user proved who they are for this very request.
    fn proved(&self, session: &Session) -> bool {
        self.progress.signed_in.as_ref() == Some(&session.id)
    }
}

#[cfg(test)]
mod tests;
