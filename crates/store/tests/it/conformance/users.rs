//! Users and groups.

use super::Handle;
use crate::people::{
    application, attempt, client, commit, group, group_id, put_user, subject, user, username,
};
use stead_core::commit::{Change, Conflict, Expected};
use stead_core::model::managed::Managed;
use stead_core::model::user::User;

pub(crate) async fn a_user_is_found_by_id_and_by_name_in_any_case(store: &Handle, _: &Handle) {
    commit(&**store, vec![put_user("u1", "Alice@Example")]).await;
    let alice = Some(user("u1", "Alice@Example", &[]));
    assert_eq!(store.user(&subject("u1")).await.unwrap().as_deref(), alice.as_ref());
    for name in ["Alice@Example", "alice@example", "ALICE@EXAMPLE"] {
        assert_eq!(store.user_named(&username(name)).await.unwrap(), alice, "{name}");
    }
    assert_eq!(store.user_named(&username("alice")).await.unwrap(), None);

    commit(&**store, vec![Change::DeleteUser(subject("u1"))]).await;
    assert_eq!(store.user(&subject("u1")).await.unwrap(), None);
    assert_eq!(store.user_named(&username("alice@example")).await.unwrap(), None);
}

pub(crate) async fn a_user_name_that_is_anothers_in_any_case_is_refused(
    store: &Handle,
    _: &Handle,
) {
    commit(&**store, vec![put_user("u1", "alice")]).await;
    let taken = Err(Conflict::UsernameTaken { by: subject("u1") });
    for name in ["alice", "ALICE"] {
        assert_eq!(attempt(&**store, vec![put_user("u2", name)]).await, taken, "{name}");
    }
    assert!(attempt(&**store, vec![put_user("u2", "bob")]).await.is_ok());
}

pub(crate) async fn a_user_may_change_the_case_of_their_name(store: &Handle, _: &Handle) {
    commit(&**store, vec![put_user("u1", "alice")]).await;
    commit(&**store, vec![put_user("u1", "Alice")]).await;
    let found = store.user_named(&username("ALICE")).await.unwrap();
    assert_eq!(found, Some(user("u1", "Alice", &[])));
}

pub(crate) async fn a_freed_user_name_can_be_taken_in_the_same_commit(store: &Handle, _: &Handle) {
    commit(&**store, vec![put_user("u1", "alice")]).await;
    commit(&**store, vec![put_user("u1", "alice.old"), put_user("u2", "alice")]).await;
    commit(&**store, vec![Change::DeleteUser(subject("u2")), put_user("u3", "alice")]).await;
    let found = store.user_named(&username("alice")).await.unwrap();
    assert_eq!(found, Some(user("u3", "alice", &[])));
}

pub(crate) async fn users_are_listed_in_pages_by_id(store: &Handle, _: &Handle) {
    commit(&**store, ["c", "a", "b"].map(|id| put_user(id, id)).into()).await;
    let listed = |ids: &[&str]| ids.iter().map(|id| user(id, id, &[])).collect::<Vec<_>>();
    assert_eq!(store.users(None, 2).await.unwrap(), listed(&["a", "b"]));
    assert_eq!(store.users(Some(&subject("b")), 2).await.unwrap(), listed(&["c"]));
    assert_eq!(store.users(None, 0).await.unwrap(), Vec::new());
}

pub(crate) async fn a_group_that_goes_ends_its_memberships(store: &Handle, _: &Handle) {
    let put = |id, groups: &[&str]| Change::PutUser(Box::new(user(id, id, groups)));
    commit(
        &**store,
        vec![
            Change::PutGroup(group("staff")),
            Change::PutGroup(group("admins")),
            put("alice", &["staff", "admins"]),
            put("bob", &["staff"]),
        ],
    )
    .await;
    assert_eq!(store.groups().await.unwrap(), vec![group("admins"), group("staff")]);

    commit(&**store, vec![Change::DeleteGroup(group_id("staff"))]).await;
    assert_eq!(store.groups().await.unwrap(), vec![group("admins")]);
    let left = vec![user("alice", "alice", &["admins"]), user("bob", "bob", &[])];
    assert_eq!(store.users(None, 9).await.unwrap(), left);
}

pub(crate) async fn what_is_expected_has_to_be_there_or_nothing_is_written(
    store: &Handle,
    other: &Handle,
) {
    let expect = |expected| Change::Expect(Box::new(expected));
    let (alice, staff) = (user("u1", "alice", &[]), group("staff"));
    let reports = application("reports", None);
    let there = vec![
        expect(Expected::User(alice.id.clone(), Some(alice.clone()))),
        expect(Expected::Group(staff.id.clone(), Some(staff.clone()))),
        expect(Expected::Application(reports.id.clone(), Some(reports.clone()))),
    ];
    let absent = vec![
        expect(Expected::User(subject("u1"), None)),
        expect(Expected::Group(group_id("staff"), None)),
        expect(Expected::Application(client("reports"), None)),
    ];
    let put = vec![
        Change::PutUser(Box::new(alice.clone())),
        Change::PutGroup(staff),
        Change::PutApplication(Box::new(reports)),
    ];
    assert_eq!(attempt(&**store, there.clone()).await, Err(Conflict::Changed));
    commit(&**store, [absent.clone(), put].concat()).await;
    commit(&**store, there.clone()).await;
    commit(&**other, absent.clone()).await;
    for one in absent {
        let taken_back = vec![put_user("u2", "bob"), one];
        assert_eq!(attempt(&**store, taken_back).await, Err(Conflict::Changed));
    }
    assert_eq!(store.user(&subject("u2")).await.unwrap(), None);

    commit(&**store, vec![put_user("u1", "alice.new")]).await;
    assert_eq!(attempt(&**store, there).await, Err(Conflict::Changed));
    let twice = vec![
        Change::Expect(Box::new(Expected::User(alice.id.clone(), Some(alice)))),
        put_user("u1", "alice"),
    ];
    commit(&**store, vec![put_user("u1", "alice")]).await;
    commit(&**store, twice).await;
}

pub(crate) async fn the_users_of_files_are_found_among_all_others(store: &Handle, _: &Handle) {
    let managed = Managed::File { file: "people.toml".into(), line: 3 };
    let of_file = User { managed, ..user("u2", "bob", &[]) };
    let only_looks_so = User { name: r#"","managed":{"file":"#.into(), ..user("u3", "eve", &[]) };
    let put = |user: &User| Change::PutUser(Box::new(user.clone()));
    commit(&**store, vec![put_user("u1", "alice"), put(&of_file), put(&only_looks_so)]).await;
    assert_eq!(store.users_of_files().await.unwrap(), std::slice::from_ref(&of_file));

    let given_up = User { managed: Managed::Api, ..of_file };
    commit(&**store, vec![put(&given_up)]).await;
    assert_eq!(store.users_of_files().await.unwrap(), Vec::new());
}
