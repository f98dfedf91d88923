//! The thirteen rules of the exchange, in the order asked. Each has one question and few reasons.

use crate::denied::Denied;
use crate::model::application::Application;
use crate::model::consent::Consent;
use crate::model::permission::{BoundedBy, ConsentRule, Edge, Whom};
use crate::model::subject::SubjectFacts;
use crate::model::user::User;
use crate::policy::beforehand::authorized_by_edge;
use crate::policy::{Answer, Draft, Facts};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use stead_proto::grants::GrantKind;
use stead_proto::scope::{ScopeSet, Wanted};
use stead_proto::time::{Seconds, Timestamp};

/// One rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its place, from 1.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// What it asks.
    pub question: &'static str,
    pub(crate) ask: for<'a> fn(&Facts<'a>, &mut Draft<'a>) -> Answer,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({} {})", self.number, self.name)
    }
}

macro_rules! rules {
    ($($number:literal $name:ident $question:literal),+ $(,)?) => {
        /// All rules, in the order asked.
        pub const RULES: [Rule; 13] = [$(Rule {
            number: $number,
            name: stringify!($name),
            question: $question,
            ask: $name,
        }),+];
    };
}

rules! {
    1 client "is the client confidential, enabled and allowed to act on behalf of users",
    2 subject_token "is the subject token a genuine access token of a user",
    3 audience "is the subject token addressed to this client",
    4 liveness "is everything alive that the subject token descends from",
    5 proof "does a bound subject token come with proof of its key",
    6 target "is there exactly one target, known and enabled",
    7 edge "does an edge lead from the client to the resource for this user",
    8 may_act "may this client be the actor",
    9 chain "is there room in the chain of actors",
    10 scopes "may all scopes asked for be granted",
    11 consent "has somebody consented who can",
    12 sign_in "was the user's sign-in strong and recent enough",
    13 lifetime "is anything left of the subject token and the session",
}

fn client<'a>(facts: &Facts<'a>, _: &mut Draft<'a>) -> Answer {
    if !facts.client.enabled {
        return Answer::Denied(Denied::ClientDisabled);
    }
    if !facts.client.is_confidential() {
        return Answer::Denied(Denied::ClientNotConfidential);
    }
    if !facts.client.may_use(GrantKind::OnBehalfOf) {
        return Answer::Denied(Denied::GrantNotAllowed);
    }
    Answer::Passed
}

fn subject_token<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    match facts.subject {
        Err(denied) => Answer::Denied(denied.clone()),
        Ok(subject) if subject.app_only => Answer::Denied(Denied::SubjectTokenAppOnly),
        Ok(subject) => {
            draft.subject = Some(subject);
            Answer::Passed
        }
    }
}

fn audience<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let Some(subject) = draft.subject else { return Answer::NotAsked };
    if !facts.client.is_addressed_by(&subject.audience) {
        return Answer::Denied(Denied::SubjectTokenNotForClient);
    }
    Answer::Passed
}

fn liveness<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let Some(subject) = draft.subject else { return Answer::NotAsked };
    let Some(user) = facts.user else { return Answer::Denied(Denied::UserUnknown) };
    draft.user = Some(user);
    if !user.enabled {
        return Answer::Denied(Denied::UserDisabled);
    }
    // What is issued would descend from its actor too: a token that is dead at birth is not issued.
    if let Err(ancestor) = subject.descent().and_client(&facts.client.id).alive(facts.revocations) {
        return Answer::Denied(Denied::SubjectTokenRevoked(ancestor));
    }
    let off = |(_, on_file): &(_, Option<Arc<Application>>)| {
        on_file.as_ref().is_none_or(|app| !app.enabled)
    };
    if facts.through.iter().any(off) {
        return Answer::Denied(Denied::ChainClientDisabled);
    }
    Answer::Passed
}

fn proof<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let Some(subject) = draft.subject else { return Answer::NotAsked };
    match &subject.cnf {
        Some(bound) if facts.proof != Some(bound) => Answer::Denied(Denied::ProofMissing),
        _ => Answer::Passed,
    }
}

fn target<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    if facts.target.resource.is_none() {
        return Answer::Denied(Denied::TargetMissing);
    }
    match facts.resource {
        Some(resource) if resource.enabled && resource.audience.is_some() => {
            draft.resource = Some(resource);
            Answer::Passed
        }
        _ => Answer::Denied(Denied::TargetUnknown),
    }
}

fn edge<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let Some(resource) = draft.resource else { return Answer::NotAsked };
    let (Some(subject), Some(user)) = (draft.subject, draft.user) else { return Answer::NotAsked };
    if resource.id == facts.client.id {
        draft.edge = Some(Cow::Owned(to_itself(subject)));
        return Answer::Passed;
    }
    match find_edge(facts, resource, subject, user) {
        Ok(edge) => {
            draft.edge = Some(Cow::Borrowed(edge));
            Answer::Passed
        }
        Err(denied) => Answer::Denied(denied),
    }
}

/// A client may narrow a token that was addressed to it; that is all it may do towards itself.
fn to_itself(subject: &SubjectFacts) -> Edge {
    let edge = Edge::new(subject.audience.clone(), subject.scopes.clone());
    Edge { consent: ConsentRule::None, ..edge }
}

/// The first edge, in the order written, that is for this user and this way and gives what is named;
/// if none gives that, the first that is for this user and this way, so that the scopes are refused.
fn find_edge<'a>(
    facts: &Facts<'a>,
    resource: &Application,
    subject: &SubjectFacts,
    user: &User,
) -> Result<&'a Edge, Denied> {
    let gives_all = |edge: &Edge| match &facts.target.scope.wanted {
        Wanted::Named(named) => named.is_subset(&edge.scopes),
        Wanted::Default => true,
    };
    let (mut usable, mut closest) = (None, Denied::EdgeMissing);
    for edge in facts.client.may_act.iter().filter(|edge| resource.is_addressed_by(&edge.towards)) {
        match leads_here(edge, subject, user) {
            Ok(()) if gives_all(edge) => return Ok(edge),
            Ok(()) => usable = usable.or(Some(edge)),
            Err(denied) => closest = further(closest, denied),
        }
    }
    usable.ok_or(closest)
}

fn leads_here(edge: &Edge, subject: &SubjectFacts, user: &User) -> Result<(), Denied> {
    if !edge.may_be_for(user) {
        return Err(Denied::EdgeNotForUser);
    }
    if !edge.via.is_empty() && !edge.via.contains(subject.first_client()) {
        return Err(Denied::EdgeNotVia);
    }
    refuse_missing(&edge.requires, &subject.scopes, Denied::EdgeRequires)
}

/// Of two reasons, that of the edge which came further.
fn further(a: Denied, b: Denied) -> Denied {
    let how_far = |denied: &Denied| match denied {
        Denied::EdgeMissing => 0,
        Denied::EdgeNotForUser => 1,
        Denied::EdgeNotVia => 2,
        _ => 3,
    };
    if how_far(&b) > how_far(&a) { b } else { a }
}

fn may_act<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let Some(subject) = draft.subject else { return Answer::NotAsked };
    if subject.may_act.as_ref().is_some_and(|may| !may.names(&facts.client.id, facts.issuer)) {
        return Answer::Denied(Denied::MayActMismatch);
    }
    match facts.actor {
        Some(Err(denied)) => Answer::Denied(denied.clone()),
        Some(Ok(actor)) if *actor != facts.client.id => {
            Answer::Denied(Denied::ActorTokenNotClients)
        }
        _ => Answer::Passed,
    }
}

fn chain<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let Some(subject) = draft.subject else { return Answer::NotAsked };
    let so_far = subject.act.as_ref().map_or(0, stead_proto::delegation::Actor::depth);
    if so_far >= facts.settings.max_chain {
        return Answer::Denied(Denied::ChainTooDeep);
    }
    Answer::Passed
}

fn scopes<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let (Some(resource), Some(user)) = (draft.resource, draft.user) else {
        return Answer::NotAsked;
    };
    let Some(edge) = draft.edge.as_deref() else { return Answer::NotAsked };
    match grantable(&facts.target.scope.wanted, resource, &edge.scopes, user) {
        Ok(granted) => {
            draft.granted = Some(granted);
            Answer::Passed
        }
        Err(denied) => Answer::Denied(denied),
    }
}

/// asked ∩ permitted ∩ offered ∩ assigned. What is asked by name is granted whole or refused.
pub(crate) fn grantable(
    wanted: &Wanted,
    resource: &Application,
    permitted: &ScopeSet,
    user: &User,
) -> Result<ScopeSet, Denied> {
    let offered = resource.offered();
    let assigned = assigned_to(user, resource);
    let granted = match wanted {
        Wanted::Default => permitted.intersection(&offered).intersection(&assigned),
        Wanted::Named(named) => {
            refuse_missing(named, &offered, Denied::ScopeUnknown)?;
            refuse_missing(named, permitted, Denied::ScopeNotPermitted)?;
            refuse_missing(named, &assigned, Denied::ScopeNotAssigned)?;
            named.clone()
        }
    };
    if granted.is_empty() { Err(Denied::ScopeEmpty) } else { Ok(granted) }
}

/// Refuses what is named and not allowed.
pub(crate) fn refuse_missing(
    named: &ScopeSet,
    allowed: &ScopeSet,
    reason: fn(ScopeSet) -> Denied,
) -> Result<(), Denied> {
    let missing = named.missing_from(allowed);
    if missing.is_empty() { Ok(()) } else { Err(reason(missing)) }
}

/// What of a resource a user has themselves: everything, unless the resource assigns its scopes.
pub(crate) fn assigned_to(user: &User, resource: &Application) -> ScopeSet {
    if resource.assignments.is_empty() {
        return resource.offered();
    }
    let theirs = resource.assignments.iter().filter(|entry| entry.applies_to.includes(user));
    theirs.fold(ScopeSet::default(), |all, entry| all.union(&entry.scopes))
}

fn consent<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let (Some(user), Some(granted)) = (draft.user, &draft.granted) else { return Answer::NotAsked };
    let (Some(edge), Some(resource)) = (draft.edge.as_deref(), draft.resource) else {
        return Answer::NotAsked;
    };
    if edge.consent == ConsentRule::None && edge.applies_to != Whom::Consented {
        draft.consents = Some(Vec::new());
        return Answer::Passed;
    }
    let counts = counting(facts, edge, user);
    let beforehand = authorized_by_edge(&facts.client.id, edge, resource, granted);
    let agreed = agreed_to(edge, &counts).union(&beforehand);
    let missing = granted.missing_from(&agreed);
    let within = granted.intersection(&agreed);
    let by_name = matches!(facts.target.scope.wanted, Wanted::Named(_));
    if within.is_empty() || (by_name && !missing.is_empty()) {
        return Answer::Denied(Denied::ConsentMissing(missing));
    }
    let on_consent = within.missing_from(&beforehand);
    let rests_on = counts.iter().filter(|one| !one.scopes.intersection(&on_consent).is_empty());
    draft.consents = Some(rests_on.map(|one| one.id.clone()).collect());
    draft.preauthorized = beforehand;
    draft.granted = Some(within);
    Answer::Passed
}

/// The living consents that speak for this user and count for this edge.
fn counting<'a>(facts: &Facts<'a>, edge: &Edge, user: &User) -> Vec<&'a Consent> {
    let dead = |id: &_| facts.revocations.iter().any(|fact| fact.about.is_consent(id));
    let living =
        facts.consents.iter().map(AsRef::as_ref).filter(|consent: &&Consent| !dead(&consent.id));
    living
        .filter(|consent| consent.covers(user))
        .filter(|consent| match (&edge.applies_to, edge.consent) {
            (Whom::Consented, ConsentRule::Admin) => true,
            (Whom::Consented, _) => !consent.by_admin(),
            (_, ConsentRule::Admin) => consent.by_admin(),
            _ => true,
        })
        .collect()
}

/// What consents agree to, taken together.
fn agreed_to(edge: &Edge, counts: &[&Consent]) -> ScopeSet {
    match (&edge.applies_to, edge.consent) {
        // Both are needed: the user's word is not the administrator's, nor theirs the user's.
        (Whom::Consented, ConsentRule::Admin) => {
            let (admins, users): (Vec<_>, Vec<_>) = counts.iter().partition(|one| one.by_admin());
            all_scopes(&admins).intersection(&all_scopes(&users))
        }
        _ => all_scopes(counts),
    }
}

fn all_scopes(consents: &[&Consent]) -> ScopeSet {
    consents.iter().fold(ScopeSet::default(), |all, one| all.union(&one.scopes))
}

fn sign_in<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let Some(edge) = draft.edge.as_deref() else { return Answer::NotAsked };
    let Some(subject) = draft.subject else { return Answer::NotAsked };
    let strong = edge.acr.is_none_or(|needed| subject.acr.is_some_and(|acr| acr >= needed));
    if strong && is_recent(subject.auth_time, edge.max_age, facts.now) {
        return Answer::Passed;
    }
    Answer::Denied(Denied::StepUpRequired(edge.demands()))
}

fn is_recent(auth_time: Option<Timestamp>, max_age: Option<Seconds>, now: Timestamp) -> bool {
    max_age.is_none_or(|age| auth_time.is_some_and(|at| now <= at + age))
}

fn lifetime<'a>(facts: &Facts<'a>, draft: &mut Draft<'a>) -> Answer {
    let (Some(subject), Some(resource)) = (draft.subject, draft.resource) else {
        return Answer::NotAsked;
    };
    let Some(edge) = draft.edge.as_deref() else { return Answer::NotAsked };
    let most = resource.tokens.lifetime.unwrap_or(facts.settings.exchanged_token);
    let session = subject.lineage.until.map(|end| end.left_at(facts.now));
    let token = subject.expires.left_at(facts.now);
    let left = match (edge.bounded_by, session) {
        (BoundedBy::Session, Some(session)) => most.min(session),
        (_, session) => most.min(token).min(session.unwrap_or(token)),
    };
    if left == Seconds(0) {
        return Answer::Denied(Denied::NothingLeft);
    }
    draft.lifetime = Some(left);
    Answer::Passed
}
