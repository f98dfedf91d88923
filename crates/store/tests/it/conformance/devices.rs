//! Devices whose users sign in elsewhere.

use super::Handle;
use crate::people::{
    HOUR, NOON, YEAR, attempt, attempt_at, code_grant, commit, commit_at, device, device_grant,
    go_on, user_code,
};
use std::sync::Arc;
use stead_core::commit::{Change, Conflict};
use stead_core::model::device::{DeviceChange, DeviceGrant, DeviceState};
use stead_proto::time::{Seconds, Timestamp};

fn put(name: &str, called: &str) -> Change {
    Change::PutDevice(device(name), Box::new(device_grant(called, NOON + HOUR)))
}

fn change(name: &str, change: DeviceChange) -> Change {
    Change::Device(device(name), change)
}

fn granted() -> DeviceChange {
    DeviceChange::Granted(Box::new(code_grant(NOON + YEAR).authorization))
}

async fn on_file(store: &Handle, name: &str) -> DeviceGrant {
    store.device(&device(name)).await.unwrap().unwrap()
}

pub(crate) async fn a_device_is_found_by_both_its_codes(store: &Handle, _: &Handle) {
    commit(&**store, vec![put("d", "BBBBBBBB")]).await;
    let grant = device_grant("BBBBBBBB", NOON + HOUR);
    assert_eq!(on_file(store, "d").await, grant);
    let called = store.device_called(&user_code("BBBBBBBB")).await.unwrap();
    assert_eq!(called, Some((device("d"), grant)));
    assert_eq!(store.device(&device("e")).await.unwrap(), None);
    assert_eq!(store.device_called(&user_code("CCCCCCCC")).await.unwrap(), None);
}

pub(crate) async fn a_user_code_names_one_device_until_that_expires(store: &Handle, _: &Handle) {
    commit(&**store, vec![put("d", "BBBBBBBB")]).await;
    let taken = attempt(&**store, vec![put("e", "BBBBBBBB")]).await;
    assert_eq!(taken, Err(Conflict::UserCodeTaken));
    assert_eq!(store.device(&device("e")).await.unwrap(), None);

    let later = NOON + HOUR;
    let again = device_grant("BBBBBBBB", later + HOUR);
    let put_again = Change::PutDevice(device("e"), Box::new(again.clone()));
    commit_at(&**store, later, vec![put_again]).await;
    let called = store.device_called(&user_code("BBBBBBBB")).await.unwrap();
    assert_eq!(called, Some((device("e"), again)));
    assert_eq!(on_file(store, "d").await.expires, NOON + HOUR, "it still hears that it expired");
}

pub(crate) async fn a_device_is_answered_once_and_spent_once(store: &Handle, _: &Handle) {
    commit(&**store, vec![put("d", "BBBBBBBB")]).await;
    let early = attempt(&**store, vec![change("d", DeviceChange::Spent)]).await;
    assert_eq!(early, Err(Conflict::DeviceSettled));
    commit(&**store, vec![change("d", granted())]).await;
    for late in [granted(), DeviceChange::Refused] {
        let answered = attempt(&**store, vec![change("d", late)]).await;
        assert_eq!(answered, Err(Conflict::DeviceSettled));
    }
    commit(&**store, vec![change("d", DeviceChange::Spent)]).await;
    let again = attempt(&**store, vec![change("d", DeviceChange::Spent)]).await;
    assert_eq!(again, Err(Conflict::DeviceSettled));
    let authorization = code_grant(NOON + YEAR).authorization;
    let spent = DeviceState::Spent {
        family: authorization.family,
        session_expires: authorization.session_expires,
    };
    assert_eq!(on_file(store, "d").await.state, spent);

    commit(&**store, vec![put("e", "CCCCCCCC"), change("e", DeviceChange::Refused)]).await;
    let after = attempt(&**store, vec![change("e", granted())]).await;
    assert_eq!(after, Err(Conflict::DeviceSettled));
    let unknown = attempt(&**store, vec![change("f", granted())]).await;
    assert_eq!(unknown, Err(Conflict::DeviceSettled));
}

pub(crate) async fn fifty_polls_at_once_spend_a_device_once(store: &Handle, _: &Handle) {
    commit(&**store, vec![put("d", "BBBBBBBB"), change("d", granted())]).await;
    let polls: Vec<_> = (0..50)
        .map(|_| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                attempt(&*store, vec![change("d", DeviceChange::Spent)]).await.is_ok()
            })
        })
        .collect();
    let mut succeeded = 0;
    for poll in polls {
        succeeded += usize::from(poll.await.unwrap());
    }
    assert_eq!(succeeded, 1);
}

pub(crate) async fn a_poll_before_its_time_makes_the_next_ones_wait_longer(
    store: &Handle,
    _: &Handle,
) {
    commit(&**store, vec![put("d", "BBBBBBBB")]).await;
    let mut intervals = Vec::new();
    for at in [0, 5, 9, 19, 20, 1000] {
        let polled = change("d", DeviceChange::Polled(NOON + Seconds(at)));
        commit(&**store, vec![polled]).await;
        intervals.push(on_file(store, "d").await.interval);
    }
    assert_eq!(intervals, [5, 5, 10, 10, 15, 15].map(Seconds));
    assert_eq!(on_file(store, "d").await.polled, Some(NOON + Seconds(1000)));
    let early = Timestamp::from_millis((NOON + Seconds(1015)).millis() - 500);
    commit(&**store, vec![change("d", DeviceChange::Polled(early))]).await;
    assert_eq!(on_file(store, "d").await.interval, Seconds(15), "the network may be early");
}

pub(crate) async fn a_device_leaves_in_passing_once_nobody_can_use_what_came_of_it(
    store: &Handle,
    _: &Handle,
) {
    let long = vec![put("used", "CCCCCCCC"), change("used", granted())];
    commit(&**store, vec![put("left", "BBBBBBBB")]).await;
    commit(&**store, long).await;
    commit(&**store, vec![change("used", DeviceChange::Spent)]).await;
    for _ in 0..10 {
        go_on(&**store, NOON + YEAR).await;
    }
    assert_eq!(store.device(&device("left")).await.unwrap(), None);
    assert_eq!(store.device_called(&user_code("BBBBBBBB")).await.unwrap(), None);
    assert!(store.device(&device("used")).await.unwrap().is_some());
    let free = device_grant("BBBBBBBB", NOON + YEAR + HOUR);
    let put = Change::PutDevice(device("next"), Box::new(free));
    assert!(attempt_at(&**store, NOON + YEAR, vec![put]).await.is_ok());
}
