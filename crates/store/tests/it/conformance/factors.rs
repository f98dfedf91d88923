//! Second factors: one document a user, and whose each passkey is.

use super::Handle;
use crate::people::{NOON, attempt, commit, put_user, subject};
use std::sync::Arc;
use stead_core::commit::{Change, Conflict, Expected};
use stead_core::model::factors::{Factors, Passkey, RecoveryCode, Sealed, Totp};
use stead_proto::id::CredentialId;
use stead_proto::secret::RecoveryPhrase;

fn passkey(id: &str) -> CredentialId {
    CredentialId::parse(id).unwrap()
}

fn factors(passkeys: &[&str]) -> Factors {
    let passkeys = passkeys.iter().map(|id| Passkey {
        id: passkey(id),
        name: "Laptop".into(),
        credential: "{}".into(),
        enrolled: NOON,
        last_used: None,
    });
    Factors {
        totp: Some(Totp {
            name: "Phone".into(),
            secret: Sealed::new(vec![1, 2, 3]),
            enrolled: NOON,
            last_step: 100,
        }),
        passkeys: passkeys.collect(),
        recovery: vec![RecoveryCode { hash: RecoveryPhrase::new("a").hash(), used: None }],
    }
}

fn put(user: &str, factors: Factors) -> Change {
    Change::PutFactors(subject(user), Box::new(factors))
}

fn expect(user: &str, factors: Factors) -> Change {
    Change::Expect(Box::new(Expected::Factors(subject(user), factors)))
}

pub(crate) async fn factors_are_a_users_own_and_replaced_as_a_whole(
    store: &Handle,
    other: &Handle,
) {
    let alice = subject("alice");
    assert_eq!(store.factors(&alice).await.unwrap(), Factors::default());
    commit(&**store, vec![put_user("alice", "alice"), put_user("bob", "bob")]).await;
    commit(&**store, vec![put("alice", factors(&["k1", "k2"]))]).await;
    assert_eq!(store.factors(&alice).await.unwrap(), factors(&["k1", "k2"]));
    assert_eq!(store.factors(&subject("bob")).await.unwrap(), Factors::default());
    assert_eq!(other.factors(&alice).await.unwrap(), Factors::default());

    commit(&**store, vec![put("alice", factors(&["k2", "k3"]))]).await;
    assert_eq!(store.factors(&alice).await.unwrap(), factors(&["k2", "k3"]));
    for (id, owner) in [("k1", None), ("k2", Some(&alice)), ("k3", Some(&alice))] {
        assert_eq!(store.passkey_owner(&passkey(id)).await.unwrap().as_ref(), owner, "{id}");
    }
    assert_eq!(other.passkey_owner(&passkey("k2")).await.unwrap(), None);
}

pub(crate) async fn factors_stay_when_the_entry_changes_and_go_with_the_user(
    store: &Handle,
    _: &Handle,
) {
    let alice = subject("alice");
    commit(&**store, vec![put_user("alice", "alice"), put("alice", factors(&["k1"]))]).await;
    commit(&**store, vec![put_user("alice", "alice.new")]).await;
    assert_eq!(store.factors(&alice).await.unwrap(), factors(&["k1"]));

    commit(&**store, vec![Change::DeleteUser(alice.clone())]).await;
    commit(&**store, vec![put_user("alice", "alice")]).await;
    assert_eq!(store.factors(&alice).await.unwrap(), Factors::default());
    assert_eq!(store.passkey_owner(&passkey("k1")).await.unwrap(), None);
}

pub(crate) async fn nobody_has_factors_who_is_not_there(store: &Handle, _: &Handle) {
    commit(&**store, vec![put_user("bob", "bob")]).await;
    let refused = attempt(&**store, vec![put("alice", factors(&[]))]).await;
    assert_eq!(refused, Err(Conflict::Changed));
}

pub(crate) async fn a_passkey_is_one_users_until_it_is_given_up(store: &Handle, _: &Handle) {
    commit(&**store, vec![put_user("alice", "alice"), put_user("bob", "bob")]).await;
    commit(&**store, vec![put("alice", factors(&["k1"]))]).await;
    let stolen = attempt(&**store, vec![put("bob", factors(&["k2", "k1"]))]).await;
    assert_eq!(stolen, Err(Conflict::PasskeyTaken));
    assert_eq!(store.passkey_owner(&passkey("k2")).await.unwrap(), None);
    assert_eq!(store.factors(&subject("bob")).await.unwrap(), Factors::default());

    commit(&**store, vec![put("alice", Factors::default()), put("bob", factors(&["k1"]))]).await;
    assert_eq!(store.passkey_owner(&passkey("k1")).await.unwrap(), Some(subject("bob")));
}

pub(crate) async fn of_twenty_uses_of_one_code_at_once_one_counts(store: &Handle, _: &Handle) {
    let before = factors(&["k1"]);
    commit(&**store, vec![expect("alice", Factors::default())]).await;
    commit(&**store, vec![put_user("alice", "alice"), put("alice", before.clone())]).await;
    let after = before.using_totp(101).unwrap();
    let uses: Vec<_> = (0..20)
        .map(|_| {
            let store = Arc::clone(store);
            let changes = vec![expect("alice", before.clone()), put("alice", after.clone())];
            tokio::spawn(async move { attempt(&*store, changes).await })
        })
        .collect();
    let mut counted = 0;
    for used in uses {
        match used.await.unwrap() {
            Ok(_) => counted += 1,
            Err(conflict) => assert_eq!(conflict, Conflict::Changed),
        }
    }
    assert_eq!(counted, 1);
    assert_eq!(store.factors(&subject("alice")).await.unwrap(), after);
}
