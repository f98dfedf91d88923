//! What works once: codes, refresh tokens, assertions.

use super::Handle;
use crate::people::{
    HOUR, NOON, YEAR, attempt, attempt_at, code, code_grant, commit, end_of, go_on, refresh,
    refresh_grant,
};
use std::sync::Arc;
use stead_core::commit::{Change, Conflict, Once};
use stead_core::model::code::Use;
use stead_proto::digest::sha256;
use stead_proto::time::{Seconds, Timestamp};

fn put(name: &str, expires: Timestamp) -> Change {
    Change::PutCode(code(name), Box::new(code_grant(expires)))
}

fn put_refresh(name: &str, expires: Timestamp) -> Change {
    Change::PutRefresh(refresh(name), Box::new(refresh_grant(expires)))
}

fn spend_refresh(name: &str, at: Timestamp) -> Change {
    Change::SpendRefresh { token: refresh(name), at, grace: Seconds(0) }
}

fn once(name: &str, until: Timestamp) -> Change {
    Change::SpendOnce(Once { key: sha256(name.as_bytes()), until })
}

pub(crate) async fn a_code_works_once(store: &Handle, _: &Handle) {
    let grant = code_grant(NOON + HOUR);
    commit(&**store, vec![put("c", NOON + HOUR)]).await;
    assert_eq!(store.code(&code("c")).await.unwrap(), Some((grant.clone(), Use::Fresh)));
    assert_eq!(store.code(&code("d")).await.unwrap(), None);

    commit(&**store, vec![Change::SpendCode(code("c"), NOON)]).await;
    let again = attempt(&**store, vec![Change::SpendCode(code("c"), NOON + HOUR)]).await;
    assert_eq!(again, Err(Conflict::CodeSpent));
    assert_eq!(store.code(&code("c")).await.unwrap(), Some((grant, Use::Spent(NOON))));
}

pub(crate) async fn an_unknown_code_counts_as_spent(store: &Handle, _: &Handle) {
    let code = attempt(&**store, vec![Change::SpendCode(code("c"), NOON)]).await;
    assert_eq!(code, Err(Conflict::CodeSpent));
    let token = attempt(&**store, vec![spend_refresh("r", NOON)]).await;
    assert_eq!(token, Err(Conflict::RefreshSpent));
}

pub(crate) async fn fifty_uses_of_a_code_at_once_succeed_once(store: &Handle, _: &Handle) {
    commit(&**store, vec![put("c", NOON + HOUR)]).await;
    let uses: Vec<_> = (0..50)
        .map(|_| {
            let store = Arc::clone(store);
            tokio::spawn(
                async move { attempt(&*store, vec![Change::SpendCode(code("c"), NOON)]).await },
            )
        })
        .collect();
    let mut succeeded = 0;
    for used in uses {
        match used.await.unwrap() {
            Ok(_) => succeeded += 1,
            Err(conflict) => assert_eq!(conflict, Conflict::CodeSpent),
        }
    }
    assert_eq!(succeeded, 1);
    assert_eq!(end_of(&**store).await.unwrap().seq, 2, "one record of the code, one of its use");
}

pub(crate) async fn a_code_put_again_stays_spent(store: &Handle, _: &Handle) {
    let spent = vec![put("c", NOON + HOUR), Change::SpendCode(code("c"), NOON)];
    commit(&**store, spent).await;
    commit(&**store, vec![put("c", NOON + HOUR)]).await;
    let again = attempt(&**store, vec![Change::SpendCode(code("c"), NOON)]).await;
    assert_eq!(again, Err(Conflict::CodeSpent));
}

pub(crate) async fn a_refresh_token_works_once_and_stays_recognisable(store: &Handle, _: &Handle) {
    let grant = refresh_grant(NOON + YEAR);
    commit(&**store, vec![put_refresh("r1", NOON + YEAR)]).await;
    assert_eq!(store.refresh(&refresh("r1")).await.unwrap(), Some((grant.clone(), Use::Fresh)));

    let rotation = [spend_refresh("r1", NOON), put_refresh("r2", NOON + YEAR)];
    commit(&**store, rotation.clone().into()).await;
    assert_eq!(attempt(&**store, rotation.into()).await, Err(Conflict::RefreshSpent));
    let known = store.refresh(&refresh("r1")).await.unwrap();
    assert_eq!(known, Some((grant.clone(), Use::Spent(NOON))));
    assert_eq!(store.refresh(&refresh("r2")).await.unwrap(), Some((grant, Use::Fresh)));
}

pub(crate) async fn a_refresh_token_works_again_within_its_grace(store: &Handle, _: &Handle) {
    let grace = Seconds(10);
    let spend = |after| {
        let at = NOON + Seconds(after);
        vec![Change::SpendRefresh { token: refresh("r"), at, grace }]
    };
    commit(&**store, vec![put_refresh("r", NOON + YEAR)]).await;
    for after in [0, 0, 9] {
        assert!(attempt(&**store, spend(after)).await.is_ok(), "{after}");
    }
    // It is counted from the first use, and for whoever has a grace only.
    assert_eq!(attempt(&**store, spend(10)).await, Err(Conflict::RefreshSpent));
    let without = attempt(&**store, vec![spend_refresh("r", NOON)]).await;
    assert_eq!(without, Err(Conflict::RefreshSpent));
    let known = store.refresh(&refresh("r")).await.unwrap();
    assert_eq!(known, Some((refresh_grant(NOON + YEAR), Use::Spent(NOON))));
}

pub(crate) async fn an_assertion_works_once_until_it_expires(store: &Handle, _: &Handle) {
    commit(&**store, vec![once("a", NOON + HOUR)]).await;
    let again = || once("a", NOON + HOUR + HOUR);
    assert_eq!(attempt(&**store, vec![again()]).await, Err(Conflict::OnceSpent));
    let at_its_end = attempt_at(&**store, NOON + HOUR, vec![again()]).await;
    assert_eq!(at_its_end, Err(Conflict::OnceSpent));
    assert!(attempt(&**store, vec![once("b", NOON + HOUR)]).await.is_ok());

    let later = Timestamp::from_millis((NOON + HOUR).millis() + 1);
    assert!(attempt_at(&**store, later, vec![again()]).await.is_ok());
    assert_eq!(attempt_at(&**store, later, vec![again()]).await, Err(Conflict::OnceSpent));
}

pub(crate) async fn what_expired_long_ago_leaves_in_passing(store: &Handle, _: &Handle) {
    let began = vec![
        put("old", NOON + HOUR),
        put("new", NOON + YEAR + YEAR),
        put_refresh("old", NOON + HOUR),
        put_refresh("new", NOON + YEAR + YEAR),
    ];
    commit(&**store, began).await;
    for _ in 0..8 {
        go_on(&**store, NOON + YEAR).await;
    }
    assert_eq!(store.code(&code("old")).await.unwrap(), None);
    assert!(store.code(&code("new")).await.unwrap().is_some());
    assert_eq!(store.refresh(&refresh("old")).await.unwrap(), None);
    assert!(store.refresh(&refresh("new")).await.unwrap().is_some());
}

pub(crate) async fn a_spent_refresh_token_stays_while_its_family_can_live(
    store: &Handle,
    _: &Handle,
) {
    let spent = vec![put_refresh("r", NOON + YEAR), spend_refresh("r", NOON)];
    commit(&**store, spent).await;
    for _ in 0..8 {
        go_on(&**store, NOON + YEAR).await;
    }
    let known = store.refresh(&refresh("r")).await.unwrap();
    assert_eq!(known, Some((refresh_grant(NOON + YEAR), Use::Spent(NOON))));
}
