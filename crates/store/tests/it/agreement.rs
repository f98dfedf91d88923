//! Whatever is committed in whatever order, all stores answer alike.

use crate::people::{
    HOUR, NOON, YEAR, application, audience, client, code, code_grant, consent, consent_id, cookie,
    device, device_grant, fact, group, group_id, key, record, refresh, refresh_grant, session,
    session_id, subject, user, user_code, username,
};
use crate::{memory, postgres, sqlite};
use proptest::prelude::*;
use stead_core::chain::{Chain, RecordQuery};
use stead_core::commit::{Change, Commit, Expected, Once};
use stead_core::model::device::DeviceChange;
use stead_core::model::revocation::Ancestor;
use stead_core::model::session::Session;
use stead_core::ports::Store;
use stead_proto::digest::sha256;
use stead_proto::time::{Seconds, Timestamp};
use tokio::runtime::{Builder, Runtime};

/// Few names, so that they meet.
fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "A", "b", "api://a", "api://a/", "c"])
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (0..4_u32).prop_map(|hours| NOON + stead_proto::time::Seconds(HOUR.0 * hours))
}

fn of_people() -> impl Strategy<Value = Change> {
    prop_oneof![
        (name(), prop::option::of(name()))
            .prop_map(|(id, aud)| Change::PutApplication(Box::new(application(id, aud)))),
        name().prop_map(|id| Change::DeleteApplication(client(id))),
        (name(), name(), prop::collection::vec(name(), 0..2))
            .prop_map(|(id, called, groups)| Change::PutUser(Box::new(user(id, called, &groups)))),
        name().prop_map(|id| Change::DeleteUser(subject(id))),
        (name(), prop::option::of(name())).prop_map(|(id, called)| {
            let entry = called.map(|called| user(id, called, &[]));
            Change::Expect(Box::new(Expected::User(subject(id), entry)))
        }),
        name().prop_map(|id| Change::PutGroup(group(id))),
        name().prop_map(|id| Change::DeleteGroup(group_id(id))),
        (name(), name(), name()).prop_map(|(id, by, on)| Change::PutConsent(consent(id, by, on))),
        name().prop_map(|id| Change::DeleteConsent(consent_id(id))),
    ]
}

fn of_sign_ins() -> impl Strategy<Value = Change> {
    let far = NOON + YEAR;
    prop_oneof![
        (name(), name(), instant()).prop_map(|(id, who, at)| {
            // Secrets are drawn from 256 random bits: no two sessions share one.
            let secret = cookie(&format!("{id} {at}"));
            Change::PutSession(Session { secret, ..session(id, who, at) })
        }),
        name().prop_map(move |id| Change::PutCode(code(id), Box::new(code_grant(far)))),
        (name(), instant()).prop_map(|(id, at)| Change::SpendCode(code(id), at)),
        name().prop_map(move |id| Change::PutRefresh(refresh(id), Box::new(refresh_grant(far)))),
        (name(), instant(), 0..99_u32).prop_map(|(id, at, grace)| {
            Change::SpendRefresh { token: refresh(id), at, grace: Seconds(grace) }
        }),
        (name(), instant()).prop_map(|(id, until)| {
            Change::SpendOnce(Once { key: sha256(id.as_bytes()), until })
        }),
        (name(), instant())
            .prop_map(|(id, at)| Change::Revoke(fact(Ancestor::User(subject(id)), at))),
        (name(), instant())
            .prop_map(|(id, at)| Change::Revoke(fact(Ancestor::Session(session_id(id)), at))),
        (name(), instant()).prop_map(|(id, at)| Change::PutKey(key(id, at))),
    ]
}

fn of_devices() -> impl Strategy<Value = Change> {
    let called = || prop::sample::select(vec!["BBBBBBBB", "CCCCCCCC"]);
    let happens = prop_oneof![
        instant().prop_map(DeviceChange::Polled),
        Just(DeviceChange::Granted(Box::new(code_grant(NOON + YEAR).authorization))),
        Just(DeviceChange::Refused),
        Just(DeviceChange::Spent),
    ];
    prop_oneof![
        (name(), called(), instant()).prop_map(|(id, called, expires)| {
            Change::PutDevice(device(id), Box::new(device_grant(called, expires)))
        }),
        (name(), happens).prop_map(|(id, happens)| Change::Device(device(id), happens)),
    ]
}

pub(crate) fn commits() -> impl Strategy<Value = Vec<(Vec<Change>, Timestamp)>> {
    let changes =
        prop::collection::vec(prop_oneof![of_people(), of_sign_ins(), of_devices()], 0..4);
    prop::collection::vec((changes, instant()), 1..25)
}

/// Everything a store can be asked, as text.
pub(crate) async fn answers(store: &dyn Store) -> Vec<String> {
    let query = RecordQuery::all_of(Chain::FIRST, 1000);
    let mut said = vec![
        format!("{:?}", store.applications().await),
        format!("{:?}", store.users(None, 99).await),
        format!("{:?}", store.groups().await),
        format!("{:?}", store.consents(None, None).await),
        format!("{:?}", store.sessions(None, 99).await),
        format!("{:?}", store.keys().await),
        format!("{:?}", store.all_revocations(99).await),
        format!("{:?}", store.records(&query).await),
        format!("{:?}", store.heads().await),
    ];
    for called in ["BBBBBBBB", "CCCCCCCC"] {
        said.push(format!("{:?}", store.device_called(&user_code(called)).await));
    }
    for name in ["a", "A", "b", "api://a", "api://a/", "c"] {
        said.push(format!("{name}: {:?}", store.device(&device(name)).await));
        said.push(format!("{name}: {:?}", store.resource(&audience(name)).await));
        said.push(format!("{name}: {:?}", store.user_named(&username(name)).await));
        said.push(format!("{name}: {:?}", store.session(&session_id(name)).await));
        said.push(format!("{name}: {:?}", store.code(&code(name)).await));
        said.push(format!("{name}: {:?}", store.refresh(&refresh(name)).await));
        said.push(format!("{name}: {:?}", store.consents(Some(&client(name)), None).await));
    }
    said
}

async fn agree(other: &dyn Store, commits: Vec<(Vec<Change>, Timestamp)>) {
    let memory = memory().await;
    for (changes, at) in commits {
        let commit = Commit { changes, record: record(at) };
        let one = memory.t1.commit(commit.clone()).await;
        let two = other.commit(commit.clone()).await;
        assert_eq!(format!("{one:?}"), format!("{two:?}"), "{commit:?}");
    }
    assert_eq!(answers(&*memory.t1).await, answers(other).await);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_sqlite_answer_alike(commits in commits()) {
        runtime().block_on(async { agree(&*sqlite().await.t1, commits).await });
    }
}

proptest! {
    // Each case makes its tables anew.
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_postgresql_answer_alike(commits in commits()) {
        runtime().block_on(async { agree(&*postgres().await.t1, commits).await });
    }
}
