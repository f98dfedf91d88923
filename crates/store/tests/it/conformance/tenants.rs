//! Tenants know nothing of one another.

use super::Handle;
use crate::people::{
    HOUR, NOON, application, audience, client, code, code_grant, commit, consent, consent_id,
    cookie, end_of, fact, group, key, put_application, put_user, refresh, refresh_grant, session,
    session_id, subject, trace, username, walk,
};
use std::sync::Arc;
use stead_core::chain::{Chain, RecordQuery};
use stead_core::commit::Change;
use stead_core::model::revocation::Ancestor;
use stead_core::ports::Store;

/// One of everything.
fn everything() -> Vec<Change> {
    vec![
        put_application("api", Some("api://api")),
        put_user("alice", "alice"),
        Change::PutGroup(group("staff")),
        Change::PutConsent(consent("c1", "api", "api://data")),
        Change::PutSession(session("s1", "alice", NOON)),
        Change::PutCode(code("code"), Box::new(code_grant(NOON + HOUR))),
        Change::PutRefresh(refresh("token"), Box::new(refresh_grant(NOON + HOUR))),
        Change::Revoke(fact(Ancestor::User(subject("alice")), NOON)),
        Change::PutKey(key("k1", NOON)),
    ]
}

async fn assert_empty(store: &dyn Store) {
    assert_eq!(store.application(&client("api")).await.unwrap(), None);
    assert_eq!(store.resource(&audience("api://api")).await.unwrap(), None);
    assert_eq!(store.applications().await.unwrap(), Vec::new());
    assert_eq!(store.user(&subject("alice")).await.unwrap(), None);
    assert_eq!(store.user_named(&username("alice")).await.unwrap(), None);
    assert_eq!(store.users(None, 9).await.unwrap(), Vec::new());
    assert_eq!(store.groups().await.unwrap(), Vec::new());
    assert_eq!(store.consent(&consent_id("c1")).await.unwrap(), None);
    assert_eq!(store.consents(None, None).await.unwrap(), Vec::new());
    assert_eq!(store.session(&session_id("s1")).await.unwrap(), None);
    assert_eq!(store.session_by_secret(&cookie("s1")).await.unwrap(), None);
    assert_eq!(store.sessions(None, 9).await.unwrap(), Vec::new());
    assert_eq!(store.code(&code("code")).await.unwrap(), None);
    assert_eq!(store.refresh(&refresh("token")).await.unwrap(), None);
    assert_eq!(store.all_revocations(9).await.unwrap(), Vec::new());
    assert_eq!(store.revocations(&[Ancestor::User(subject("alice"))]).await.unwrap(), Vec::new());
    assert_eq!(store.keys().await.unwrap(), Vec::new());
}

pub(crate) async fn a_handle_sees_nothing_of_another_tenant(store: &Handle, other: &Handle) {
    commit(&**store, everything()).await;
    assert_empty(&**other).await;
    let query = RecordQuery { limit: 9, ..RecordQuery::default() };
    assert_eq!(other.records(&query).await.unwrap(), Vec::new());
    assert_eq!(end_of(&**other).await, None);

    // A tenant that has something on file of its own sees that and no more.
    commit(&**other, Vec::new()).await;
    assert_empty(&**other).await;
    assert_eq!(other.records(&query).await.unwrap().len(), 1);
    let by_trace = RecordQuery { trace_id: Some(trace("trace")), ..query };
    assert_eq!(other.records(&by_trace).await.unwrap().len(), 1);
}

pub(crate) async fn tenants_have_chains_of_their_own(store: &Handle, other: &Handle) {
    for _ in 0..3 {
        commit(&**store, Vec::new()).await;
        commit(&**other, Vec::new()).await;
    }
    let query = RecordQuery::all_of(Chain::FIRST, 9);
    for store in [store, other] {
        let kept = store.records(&query).await.unwrap();
        let head = end_of(&**store).await.unwrap();
        assert_eq!((kept.len(), head.seq), (3, 3));
        assert_eq!(walk(&kept), Ok(head));
    }
}

pub(crate) async fn names_taken_in_one_tenant_are_free_in_another(store: &Handle, other: &Handle) {
    commit(&**store, everything()).await;
    let alike = vec![
        put_application("another", Some("api://api")),
        put_user("u2", "alice"),
        put_user("api", "bob"),
    ];
    commit(&**other, alike).await;
    assert_eq!(
        other.resource(&audience("api://api")).await.unwrap(),
        Some(Arc::new(application("another", Some("api://api"))))
    );
}
