//! Signing keys, and other issuers.

use super::Handle;
use crate::people::{HOUR, NOON, audience, commit, key};
use stead_core::commit::Change;
use stead_core::model::key::StoredKey;
use stead_core::model::tenant::TrustedIssuer;
use stead_proto::id::Issuer;
use stead_proto::jwt::JwkSet;

pub(crate) async fn keys_are_listed_oldest_first_and_can_be_retired(store: &Handle, _: &Handle) {
    let (old, new) = (key("b", NOON), key("a", NOON + HOUR));
    let put = [&new, &old].map(|key| Change::PutKey(key.clone()));
    commit(&**store, put.into()).await;
    assert_eq!(store.keys().await.unwrap(), vec![old.clone(), new.clone()]);

    let retired = StoredKey { retired: Some(NOON + HOUR), ..old };
    commit(&**store, vec![Change::PutKey(retired.clone())]).await;
    assert_eq!(store.keys().await.unwrap(), vec![retired, new]);
}

pub(crate) async fn a_trusted_issuer_is_known_until_it_is_removed(store: &Handle, _: &Handle) {
    let trusted = TrustedIssuer {
        issuer: Issuer::parse("https://else.example").unwrap(),
        audience: audience("https://here.example"),
        keys: JwkSet::default(),
        enabled: true,
    };
    commit(&**store, vec![Change::PutTrustedIssuer(trusted.clone())]).await;
    let issuer = trusted.issuer.clone();
    assert_eq!(store.trusted_issuer(&issuer).await.unwrap(), Some(trusted.clone()));
    assert_eq!(store.trusted_issuers().await.unwrap(), [trusted]);
    let alike = Issuer::parse("https://else.example/").unwrap();
    assert_eq!(store.trusted_issuer(&alike).await.unwrap(), None);

    commit(&**store, vec![Change::DeleteTrustedIssuer(issuer.clone())]).await;
    assert_eq!(store.trusted_issuer(&issuer).await.unwrap(), None);
    assert_eq!(store.trusted_issuers().await.unwrap(), []);
}
