//! The same people everywhere: Alice, Bob, the dashboard, the reports API. And the commits they make.

use serde_json::{Value, json};
use stead_core::chain::{Break, Chain, ChainedRecord, End, verify};
use stead_core::commit::{Change, Commit, CommitError, Conflict, Receipt};
use stead_core::model::application::Application;
use stead_core::model::code::CodeGrant;
use stead_core::model::consent::{Consent, Given};
use stead_core::model::device::{DeviceGrant, DeviceState, INTERVAL};
use stead_core::model::key::StoredKey;
use stead_core::model::managed::Managed;
use stead_core::model::refresh::{Continues, RefreshGrant};
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_core::model::session::Session;
use stead_core::model::user::{Group, User};
use stead_core::ports::Store;
use stead_core::record::{Event, Outcome, Record, TokenEvent};
use stead_proto::acr::{Acr, Amr};
use stead_proto::device::UserCode;
use stead_proto::id::{
    Audience, ClientId, ConsentId, FamilyId, GroupId, KeyId, SessionId, Subject, TenantId, TraceId,
    Username,
};
use stead_proto::jwt::Algorithm;
use stead_proto::scope::ScopeSet;
use stead_proto::secret::{AuthorizationCode, DeviceCode, RefreshToken, SecretHash, SessionSecret};
use stead_proto::time::{Seconds, Timestamp};

pub(crate) const NOON: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const HOUR: Seconds = Seconds(3600);
pub(crate) const YEAR: Seconds = Seconds(365 * 86_400);

macro_rules! named {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(pub(crate) fn $name(text: &str) -> $type {
            <$type>::parse(text).unwrap()
        })*
    };
}

named! {
    client: ClientId, audience: Audience, subject: Subject, username: Username, group_id: GroupId,
    consent_id: ConsentId, session_id: SessionId, trace: TraceId, kid: KeyId,
}

pub(crate) fn t1() -> TenantId {
    TenantId::parse("11111111-1111-1111-1111-111111111111").unwrap()
}

pub(crate) fn t2() -> TenantId {
    TenantId::parse("22222222-2222-2222-2222-222222222222").unwrap()
}

pub(crate) fn application(id: &str, audience: Option<&str>) -> Application {
    from(json!({ "id": id, "name": id, "kind": "web-api", "audience": audience }))
}

pub(crate) fn user(id: &str, username: &str, groups: &[&str]) -> User {
    from(json!({ "id": id, "username": username, "name": id, "enabled": true, "groups": groups }))
}

pub(crate) fn group(id: &str) -> Group {
    Group { id: group_id(id), description: String::new(), managed: Managed::Api }
}

pub(crate) fn consent(id: &str, client_id: &str, resource: &str) -> Consent {
    Consent {
        id: consent_id(id),
        client: client(client_id),
        resource: audience(resource),
        scopes: ScopeSet::parse("Rows.Read").unwrap(),
        given: Given::ByUser(subject("alice")),
        at: NOON,
        managed: Managed::Api,
    }
}

pub(crate) fn cookie(text: &str) -> SecretHash {
    SessionSecret::new(text).hash()
}

pub(crate) fn session(id: &str, user: &str, started: Timestamp) -> Session {
    Session {
        id: session_id(id),
        user: subject(user),
        secret: cookie(id),
        started,
        auth_time: started,
        acr: Acr::Password,
        amr: vec![Amr::Pwd],
        expires: started + HOUR,
    }
}

pub(crate) fn code(text: &str) -> SecretHash {
    AuthorizationCode::new(text).hash()
}

pub(crate) fn code_grant(expires: Timestamp) -> CodeGrant {
    let at = NOON.millis();
    from(json!({
        "authorization": {
            "family": "f", "client": "dashboard", "subject": "alice", "session": "s",
            "session_expires": expires.millis(), "auth_time": at, "acr": "urn:stead:acr:password",
            "amr": ["pwd"], "resource": "api://reports", "scopes": ["Reports.Read"], "openid": [],
            "asked": [], "consents": [], "may_act": null, "since": at
        },
        "redirect_uri": null, "challenge": "c", "nonce": null, "expires": expires.millis()
    }))
}

pub(crate) fn device(text: &str) -> SecretHash {
    DeviceCode::new(text).hash()
}

pub(crate) fn user_code(text: &str) -> UserCode {
    UserCode::parse(text).unwrap()
}

pub(crate) fn device_grant(called: &str, expires: Timestamp) -> DeviceGrant {
    DeviceGrant {
        user_code: user_code(called),
        client: client("tv"),
        target: from(json!({
            "resource": null,
            "scope": { "words": ["openid"], "resource": null, "wanted": "default", "openid": ["openid"] }
        })),
        client_info: false,
        expires,
        interval: INTERVAL,
        polled: None,
        state: DeviceState::Pending,
    }
}

pub(crate) fn refresh(text: &str) -> SecretHash {
    RefreshToken::new(text).hash()
}

pub(crate) fn refresh_grant(expires: Timestamp) -> RefreshGrant {
    RefreshGrant {
        family: FamilyId::parse("f").unwrap(),
        client: client("dashboard"),
        continues: Continues::SignIn(Box::new(code_grant(expires).authorization)),
        issued: NOON,
        expires,
    }
}

pub(crate) fn key(id: &str, published: Timestamp) -> StoredKey {
    StoredKey {
        kid: kid(id),
        algorithm: Algorithm::Es256,
        sealed: Some(vec![1, 2, 3]),
        published,
        signs_from: published,
    }
}

pub(crate) fn fact(about: Ancestor, at: Timestamp) -> Revocation {
    Revocation { about, at, why: format!("at {at}") }
}

fn from<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// A record of an administrator's change.
pub(crate) fn record(at: Timestamp) -> Record {
    Record {
        at,
        trace_id: trace("trace"),
        correlation_id: None,
        event: Event::Change { by: "admin:test".into(), changes: Vec::new() },
        outcome: Outcome::Done,
    }
}

/// A record of a request for a token.
pub(crate) fn token_record(trace_id: &str, who: &str, whom: &str, outcome: Outcome) -> Record {
    let event = TokenEvent {
        client: Some(client(who)),
        subject: Some(subject(whom)),
        ..TokenEvent::default()
    };
    Record {
        trace_id: trace(trace_id),
        event: Event::Token(Box::new(event)),
        outcome,
        ..record(NOON)
    }
}

/// Commits at noon.
pub(crate) async fn commit(store: &dyn Store, changes: Vec<Change>) -> Receipt {
    commit_at(store, NOON, changes).await
}

pub(crate) async fn commit_at(store: &dyn Store, at: Timestamp, changes: Vec<Change>) -> Receipt {
    store.commit(Commit { changes, record: record(at) }).await.unwrap()
}

/// Commits some change at an instant, so that what expired before it may leave in passing.
pub(crate) async fn go_on(store: &dyn Store, at: Timestamp) {
    commit_at(store, at, vec![Change::PutGroup(group("staff"))]).await;
}

/// Commits nothing but a record.
pub(crate) async fn put_on_record(store: &dyn Store, record: Record) -> Receipt {
    store.commit(Commit { changes: Vec::new(), record }).await.unwrap()
}

/// Tries to commit at noon.
pub(crate) async fn attempt(store: &dyn Store, changes: Vec<Change>) -> Result<Receipt, Conflict> {
    attempt_at(store, NOON, changes).await
}

pub(crate) async fn attempt_at(
    store: &dyn Store,
    at: Timestamp,
    changes: Vec<Change>,
) -> Result<Receipt, Conflict> {
    match store.commit(Commit { changes, record: record(at) }).await {
        Ok(receipt) => Ok(receipt),
        Err(CommitError::Conflict(conflict)) => Err(conflict),
        Err(CommitError::Failed(error)) => panic!("{error}"),
    }
}

pub(crate) fn put_application(id: &str, audience: Option<&str>) -> Change {
    Change::PutApplication(Box::new(application(id, audience)))
}

pub(crate) fn put_user(id: &str, username: &str) -> Change {
    Change::PutUser(Box::new(user(id, username, &[])))
}

/// The end of the only chain there is, once there is one.
pub(crate) async fn end_of(store: &dyn Store) -> Option<End> {
    let chains = store.heads().await.unwrap();
    assert!(chains.len() < 2, "{chains:?}");
    chains.first().map(|ends| ends.head)
}

/// Walks the only chain there is.
pub(crate) fn walk(kept: &[ChainedRecord]) -> Result<End, Break> {
    verify(Chain::FIRST, Chain::FIRST.start(), kept)
}
