//! Applications, and the names that only one of them may have.

use super::Handle;
use crate::people::{application, attempt, audience, client, commit, put_application, put_user};
use std::sync::Arc;
use stead_core::commit::{Change, Conflict};

fn taken(by: &str) -> Result<stead_core::commit::Receipt, Conflict> {
    Err(Conflict::AudienceTaken { by: client(by) })
}

pub(crate) async fn an_application_is_found_by_id_by_audience_and_by_its_id_as_audience(
    store: &Handle,
    _: &Handle,
) {
    commit(&**store, vec![put_application("reports-api", Some("api://reports"))]).await;
    let found = Some(Arc::new(application("reports-api", Some("api://reports"))));
    assert_eq!(store.application(&client("reports-api")).await.unwrap(), found);
    assert_eq!(store.resource(&audience("api://reports")).await.unwrap(), found);
    assert_eq!(store.resource(&audience("reports-api")).await.unwrap(), found);

    commit(&**store, vec![Change::DeleteApplication(client("reports-api"))]).await;
    assert_eq!(store.application(&client("reports-api")).await.unwrap(), None);
    assert_eq!(store.resource(&audience("api://reports")).await.unwrap(), None);
}

pub(crate) async fn an_application_is_addressed_byte_by_byte(store: &Handle, _: &Handle) {
    commit(&**store, vec![put_application("reports-api", Some("api://reports"))]).await;
    for name in ["api://Reports", "api://reports/", "Reports-API", "api://report"] {
        assert_eq!(store.resource(&audience(name)).await.unwrap(), None, "{name}");
    }
}

pub(crate) async fn applications_are_listed_by_id(store: &Handle, _: &Handle) {
    assert_eq!(store.applications().await.unwrap(), Vec::new());
    commit(&**store, vec![put_application("b", None), put_application("a", None)]).await;
    assert_eq!(
        store.applications().await.unwrap(),
        vec![application("a", None), application("b", None)]
    );
}

pub(crate) async fn an_application_put_again_is_replaced_and_its_old_audience_is_free(
    store: &Handle,
    _: &Handle,
) {
    commit(&**store, vec![put_application("a", Some("api://old"))]).await;
    commit(&**store, vec![put_application("a", Some("api://new"))]).await;
    assert_eq!(store.resource(&audience("api://old")).await.unwrap(), None);
    commit(&**store, vec![put_application("b", Some("api://old"))]).await;
    let found = store.resource(&audience("api://old")).await.unwrap();
    assert_eq!(found, Some(Arc::new(application("b", Some("api://old")))));
}

pub(crate) async fn an_audience_that_is_anothers_audience_or_id_is_refused(
    store: &Handle,
    _: &Handle,
) {
    commit(&**store, vec![put_application("a", Some("api://a"))]).await;
    for name in ["api://a", "a"] {
        let refused = attempt(&**store, vec![put_application("b", Some(name))]).await;
        assert_eq!(refused, taken("a"), "{name}");
    }
    assert!(attempt(&**store, vec![put_application("b", Some("api://b"))]).await.is_ok());
}

pub(crate) async fn an_id_that_is_anothers_audience_is_refused(store: &Handle, _: &Handle) {
    commit(&**store, vec![put_application("a", Some("api://a"))]).await;
    let refused = attempt(&**store, vec![put_application("api://a", None)]).await;
    assert_eq!(refused, taken("a"));
}

pub(crate) async fn an_audience_that_only_looks_different_is_refused(store: &Handle, _: &Handle) {
    commit(&**store, vec![put_application("a", Some("api://a"))]).await;
    for name in ["api://a/", "API://A", "Api://A/", "A", "A/"] {
        let refused = attempt(&**store, vec![put_application("b", Some(name))]).await;
        assert_eq!(refused, taken("a"), "{name}");
    }
    assert_eq!(attempt(&**store, vec![put_application("API://a/", None)]).await, taken("a"));
}

pub(crate) async fn an_application_may_be_named_like_its_own_audience(store: &Handle, _: &Handle) {
    commit(&**store, vec![put_application("api://a", Some("api://a"))]).await;
    commit(&**store, vec![put_application("b", Some("B/"))]).await;
    assert_eq!(
        store.resource(&audience("api://a")).await.unwrap(),
        Some(Arc::new(application("api://a", Some("api://a"))))
    );
}

pub(crate) async fn a_name_freed_earlier_in_the_same_commit_can_be_taken(
    store: &Handle,
    _: &Handle,
) {
    commit(&**store, vec![put_application("a", Some("api://x"))]).await;
    let (gone, next) =
        (Change::DeleteApplication(client("a")), put_application("b", Some("api://x")));
    assert_eq!(attempt(&**store, vec![next.clone(), gone.clone()]).await, taken("a"));
    assert!(attempt(&**store, vec![gone, next]).await.is_ok());
}

pub(crate) async fn an_id_that_is_a_users_is_refused_and_the_other_way_round(
    store: &Handle,
    _: &Handle,
) {
    commit(&**store, vec![put_user("alice", "alice"), put_application("api", None)]).await;
    let as_user = attempt(&**store, vec![put_application("alice", None)]).await;
    assert_eq!(as_user, Err(Conflict::IdTaken));
    assert_eq!(attempt(&**store, vec![put_user("api", "bob")]).await, Err(Conflict::IdTaken));
    assert!(attempt(&**store, vec![put_user("bob", "bob")]).await.is_ok());
}
