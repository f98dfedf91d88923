//! Consents.

use super::Handle;
use crate::people::{audience, client, commit, consent, consent_id};
use stead_core::commit::Change;

pub(crate) async fn a_consent_is_found_by_id_by_client_and_by_resource(store: &Handle, _: &Handle) {
    let all = [
        consent("1", "dashboard", "api://reports"),
        consent("2", "dashboard", "api://data"),
        consent("3", "reports-api", "api://data"),
    ];
    commit(&**store, all.clone().map(Change::PutConsent).into()).await;
    let [first, second, third] = all;

    assert_eq!(store.consent(&consent_id("2")).await.unwrap(), Some(second.clone()));
    assert_eq!(store.consent(&consent_id("4")).await.unwrap(), None);
    let (dashboard, data) = (client("dashboard"), audience("api://data"));
    let found = |client, resource| store.consents(client, resource);
    let everything = vec![first.clone(), second.clone(), third.clone()];
    assert_eq!(found(None, None).await.unwrap(), everything);
    assert_eq!(found(Some(&dashboard), None).await.unwrap(), vec![first, second.clone()]);
    assert_eq!(found(Some(&dashboard), Some(&data)).await.unwrap(), vec![second.clone()]);
    assert_eq!(found(None, Some(&data)).await.unwrap(), vec![second, third]);
}

pub(crate) async fn a_withdrawn_consent_is_gone(store: &Handle, _: &Handle) {
    commit(&**store, vec![Change::PutConsent(consent("1", "dashboard", "api://data"))]).await;
    commit(&**store, vec![Change::DeleteConsent(consent_id("1"))]).await;
    assert_eq!(store.consent(&consent_id("1")).await.unwrap(), None);
    assert_eq!(store.consents(Some(&client("dashboard")), None).await.unwrap(), Vec::new());
}
