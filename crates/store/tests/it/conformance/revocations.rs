//! Revocation facts.

use super::Handle;
use crate::people::{
    HOUR, NOON, attempt, client, code, commit, fact, put_application, session_id, subject,
};
use stead_core::commit::{Change, Conflict, Expected};
use stead_core::liveness::Descent;
use stead_core::model::revocation::{Ancestor, Revocation};

fn alice() -> Ancestor {
    Ancestor::User(subject("alice"))
}

fn session() -> Ancestor {
    Ancestor::Session(session_id("s"))
}

async fn learn(store: &Handle, facts: &[Revocation]) {
    for fact in facts {
        commit(&**store, vec![Change::Revoke(fact.clone())]).await;
    }
}

pub(crate) async fn a_fact_is_known_once_committed_and_others_are_not(store: &Handle, _: &Handle) {
    learn(store, &[fact(alice(), NOON)]).await;
    let asked = [session(), alice(), Ancestor::Client(client("alice"))];
    assert_eq!(store.revocations(&asked).await.unwrap(), vec![fact(alice(), NOON)]);
    assert_eq!(store.revocations(&[session()]).await.unwrap(), Vec::new());
    assert_eq!(store.revocations(&[]).await.unwrap(), Vec::new());
}

pub(crate) async fn of_what_never_comes_back_the_first_revocation_counts(
    store: &Handle,
    _: &Handle,
) {
    let facts = [NOON + HOUR, NOON, NOON + HOUR].map(|at| fact(session(), at));
    learn(store, &facts).await;
    assert_eq!(store.revocations(&[session()]).await.unwrap(), vec![fact(session(), NOON)]);
}

pub(crate) async fn of_a_user_or_a_client_the_last_revocation_counts(store: &Handle, _: &Handle) {
    for about in [alice(), Ancestor::Client(client("spa"))] {
        let facts = [NOON, NOON + HOUR, NOON].map(|at| fact(about.clone(), at));
        learn(store, &facts).await;
        let known = store.revocations(std::slice::from_ref(&about)).await.unwrap();
        assert_eq!(known, vec![fact(about, NOON + HOUR)]);
    }
}

pub(crate) async fn all_facts_are_listed_newest_first(store: &Handle, _: &Handle) {
    let (old, new) = (fact(session(), NOON), fact(alice(), NOON + HOUR));
    learn(store, &[old.clone(), new.clone()]).await;
    assert_eq!(store.all_revocations(9).await.unwrap(), vec![new.clone(), old]);
    assert_eq!(store.all_revocations(1).await.unwrap(), vec![new]);
}

pub(crate) async fn a_fact_of_a_commit_that_conflicts_is_not_known(store: &Handle, _: &Handle) {
    let changes =
        vec![Change::Revoke(fact(alice(), NOON)), Change::SpendCode(code("unknown"), NOON)];
    assert_eq!(attempt(&**store, changes).await, Err(Conflict::CodeSpent));
    assert_eq!(store.revocations(&[alice()]).await.unwrap(), Vec::new());
    assert_eq!(store.all_revocations(9).await.unwrap(), Vec::new());
}

pub(crate) async fn what_descends_from_something_ended_is_not_written(store: &Handle, _: &Handle) {
    let of = |session| {
        let ancestors = vec![alice(), Ancestor::Session(session_id(session))];
        Change::Expect(Box::new(Expected::Alive(Descent { ancestors, auth: NOON, since: NOON })))
    };
    let keep = |name| put_application(name, None);
    commit(&**store, vec![of("s"), keep("before")]).await;
    learn(store, &[fact(session(), NOON + HOUR)]).await;
    let refused = attempt(&**store, vec![of("s"), keep("after")]).await;
    assert_eq!(refused, Err(Conflict::Ended(session())));
    commit(&**store, vec![of("another"), keep("other")]).await;
    let kept = store.applications().await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.id.as_str()).collect::<Vec<_>>(), ["before", "other"]);
}

pub(crate) async fn facts_are_told_in_the_order_in_which_they_were_learned(
    store: &Handle,
    _: &Handle,
) {
    let after = async |number, limit| store.revocations_after(number, limit).await.unwrap();
    assert_eq!(after(0, 9).await, []);
    let (late, early) = (fact(alice(), NOON + HOUR), fact(session(), NOON));
    learn(store, &[late.clone(), early.clone(), late.clone()]).await;
    let all = after(0, 9).await;
    assert_eq!(all.iter().map(|(_, fact)| fact).collect::<Vec<_>>(), [&late, &early]);
    assert_eq!(after(0, 1).await, all[..1]);
    assert_eq!(after(all[0].0, 9).await, all[1..]);
    assert_eq!(after(all[1].0, 9).await, []);

    let later = fact(alice(), NOON + HOUR + HOUR);
    learn(store, std::slice::from_ref(&later)).await;
    let news = after(all[1].0, 9).await;
    assert_eq!(news.iter().map(|(_, fact)| fact).collect::<Vec<_>>(), [&later]);
    assert_eq!(after(0, 9).await, [&all[1..], &news[..]].concat());
}
