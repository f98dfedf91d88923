//! Sessions.

use super::Handle;
use crate::people::{
    HOUR, NOON, YEAR, commit, commit_at, cookie, go_on, session, session_id, subject,
};
use stead_core::commit::Change;
use stead_core::model::session::Session;

pub(crate) async fn a_session_is_found_by_id_and_by_secret(store: &Handle, _: &Handle) {
    commit(&**store, vec![Change::PutSession(session("s1", "alice", NOON))]).await;
    let found = Some(session("s1", "alice", NOON));
    assert_eq!(store.session(&session_id("s1")).await.unwrap(), found);
    assert_eq!(store.session_by_secret(&cookie("s1")).await.unwrap(), found);
    assert_eq!(store.session_by_secret(&cookie("s2")).await.unwrap(), None);
}

pub(crate) async fn a_session_renewed_is_found_by_its_new_secret_only(store: &Handle, _: &Handle) {
    commit(&**store, vec![Change::PutSession(session("s1", "alice", NOON))]).await;
    let renewed = Session { secret: cookie("new"), ..session("s1", "alice", NOON) };
    commit(&**store, vec![Change::PutSession(renewed.clone())]).await;
    assert_eq!(store.session_by_secret(&cookie("s1")).await.unwrap(), None);
    assert_eq!(store.session_by_secret(&cookie("new")).await.unwrap(), Some(renewed));
}

pub(crate) async fn sessions_of_a_user_are_listed_newest_first_without_the_expired(
    store: &Handle,
    _: &Handle,
) {
    let old = session("s1", "alice", NOON);
    let new = session("s2", "alice", NOON + HOUR);
    let bobs = session("s3", "bob", NOON + HOUR);
    let all = [&old, &new, &bobs].map(|session| Change::PutSession(session.clone()));
    commit(&**store, all.into()).await;
    let alice = subject("alice");
    let listed = store.sessions(Some(&alice), 9).await.unwrap();
    assert_eq!(listed, vec![new.clone(), old.clone()]);
    // Also those that began by a clock that was ahead, however many there are.
    let listed = store.sessions(Some(&alice), usize::MAX).await.unwrap();
    assert_eq!(listed, vec![new.clone(), old]);
    assert_eq!(store.sessions(Some(&alice), 1).await.unwrap(), vec![new.clone()]);

    commit_at(&**store, NOON + HOUR, Vec::new()).await;
    assert_eq!(store.sessions(Some(&alice), 9).await.unwrap(), vec![new.clone()]);
    assert_eq!(store.sessions(None, 9).await.unwrap(), vec![new, bobs]);
}

pub(crate) async fn a_session_long_expired_leaves_in_passing(store: &Handle, _: &Handle) {
    let renewed = Session { expires: NOON + YEAR, ..session("s2", "alice", NOON) };
    let began = vec![
        Change::PutSession(session("s1", "alice", NOON)),
        Change::PutSession(session("s2", "alice", NOON)),
        Change::PutSession(renewed.clone()),
    ];
    commit(&**store, began).await;
    for _ in 0..8 {
        go_on(&**store, NOON + HOUR + HOUR).await;
    }
    assert!(store.session(&session_id("s1")).await.unwrap().is_some(), "it ended just now");

    let month = stead_proto::time::Seconds(30 * 86_400);
    for _ in 0..8 {
        go_on(&**store, NOON + month).await;
    }
    assert_eq!(store.session(&session_id("s1")).await.unwrap(), None);
    assert_eq!(store.session_by_secret(&cookie("s1")).await.unwrap(), None);
    assert_eq!(store.session(&session_id("s2")).await.unwrap(), Some(renewed));
}
