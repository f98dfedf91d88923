//! Consents.

use super::Handle;
use crate::people::{audience, client, commit, consent, consent_id, subject};
use std::sync::Arc;
use stead_core::commit::Change;
use stead_core::model::consent::{Consent, Given};
use stead_core::model::permission::Whom;

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

pub(crate) async fn who_is_asked_for_a_user_are_the_user_and_the_administrators(
    store: &Handle,
    _: &Handle,
) {
    let of = |id, given| Consent { given, ..consent(id, "dashboard", "api://data") };
    let alices = of("1", Given::ByUser(subject("alice")));
    let bobs = of("2", Given::ByUser(subject("bob")));
    let admins = of("3", Given::ByAdmin(Whom::Everyone));
    let elsewhere = consent("4", "dashboard", "api://reports");
    let all = [alices.clone(), bobs.clone(), admins.clone(), elsewhere];
    commit(&**store, all.map(Change::PutConsent).into()).await;

    let (dashboard, data) = (client("dashboard"), audience("api://data"));
    for (user, own) in [("alice", vec![alices]), ("bob", vec![bobs]), ("carol", vec![])] {
        let found = store.consents_for(&dashboard, &data, &subject(user)).await.unwrap();
        assert_eq!(
            found,
            own.into_iter().chain([admins.clone()]).map(Arc::new).collect::<Vec<_>>(),
            "{user}"
        );
    }
    let others = store.consents_for(&client("else"), &data, &subject("alice")).await.unwrap();
    assert_eq!(others, Vec::new());
}

pub(crate) async fn a_withdrawn_consent_is_gone(store: &Handle, _: &Handle) {
    commit(&**store, vec![Change::PutConsent(consent("1", "dashboard", "api://data"))]).await;
    commit(&**store, vec![Change::DeleteConsent(consent_id("1"))]).await;
    assert_eq!(store.consent(&consent_id("1")).await.unwrap(), None);
    assert_eq!(store.consents(Some(&client("dashboard")), None).await.unwrap(), Vec::new());
}
