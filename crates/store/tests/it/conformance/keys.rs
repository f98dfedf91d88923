//! Signing keys, and other issuers.

use super::Handle;
use crate::people::{HOUR, NOON, attempt, audience, commit, key};
use std::sync::Arc;
use stead_core::commit::{Change, Conflict, Expected, Receipt};
use stead_core::model::key::StoredKey;
use stead_core::model::tenant::TrustedIssuer;
use stead_proto::id::Issuer;
use stead_proto::jwt::JwkSet;

pub(crate) async fn keys_are_listed_oldest_first_and_can_be_replaced(store: &Handle, _: &Handle) {
    let (old, new) = (key("b", NOON), key("a", NOON + HOUR));
    let put = [&new, &old].map(|key| Change::PutKey(key.clone()));
    commit(&**store, put.into()).await;
    assert_eq!(store.keys().await.unwrap(), vec![old.clone(), new.clone()]);

    let without = StoredKey { sealed: None, ..old };
    commit(&**store, vec![Change::PutKey(without.clone())]).await;
    assert_eq!(store.keys().await.unwrap(), vec![without, new]);
}

/// Makes the next key, from what was on file when it was looked.
async fn next(
    store: &Handle,
    expected: &[StoredKey],
    made: &StoredKey,
) -> Result<Receipt, Conflict> {
    let expected = Change::Expect(Box::new(Expected::Keys(expected.to_vec())));
    attempt(&**store, vec![expected, Change::PutKey(made.clone())]).await
}

pub(crate) async fn of_several_nodes_that_make_the_next_key_at_once_one_does(
    store: &Handle,
    other: &Handle,
) {
    commit(&**other, vec![Change::PutKey(key("elsewhere", NOON))]).await;
    for (round, made) in [("first", NOON), ("second", NOON + HOUR)] {
        let seen = store.keys().await.unwrap();
        let made: Vec<StoredKey> = (0..8).map(|n| key(&format!("{round}-{n}"), made)).collect();
        let nodes: Vec<_> = made
            .into_iter()
            .map(|key| {
                let (store, seen) = (Arc::clone(store), seen.clone());
                tokio::spawn(async move { (next(&store, &seen, &key).await, key) })
            })
            .collect();
        let mut expected = seen.clone();
        for node in nodes {
            match node.await.unwrap() {
                (Ok(_), key) => expected.push(key),
                (Err(conflict), _) => assert_eq!(conflict, Conflict::Changed),
            }
        }
        assert_eq!(expected.len(), seen.len() + 1);
        assert_eq!(store.keys().await.unwrap(), expected);
    }
}

pub(crate) async fn a_key_that_is_expected_is_expected_as_it_is(store: &Handle, _: &Handle) {
    let (old, new) = (key("b", NOON), key("a", NOON + HOUR));
    commit(&**store, vec![Change::PutKey(old.clone())]).await;
    let sealed_anew = StoredKey { sealed: Some(vec![9]), ..old.clone() };
    for unlike in [vec![], vec![sealed_anew], vec![old.clone(), new.clone()]] {
        assert_eq!(next(store, &unlike, &new).await, Err(Conflict::Changed));
    }
    assert_eq!(store.keys().await.unwrap(), vec![old.clone()]);
    next(store, std::slice::from_ref(&old), &new).await.unwrap();
    // Oldest first, as they are listed: the order is part of it.
    assert_eq!(next(store, &[new.clone(), old.clone()], &new).await, Err(Conflict::Changed));
    assert!(next(store, &[old, new.clone()], &new).await.is_ok());
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
