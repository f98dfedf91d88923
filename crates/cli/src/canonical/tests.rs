//! What is exported is what was loaded.

use super::*;
use crate::mistake::Mistakes;
use crate::resources::{self, Input};
use stead_core::admin::Desired;
use stead_core::model::application::Credential;
use stead_core::model::managed::Managed;
use stead_core::model::tenant::Tenant;
use stead_server::admin::types::{ApplicationView, ConsentView, GroupView, UserView};

const EXAMPLE: &str = include_str!("tests/everything.toml");

fn read(text: &str) -> Desired {
    let folder = tempfile::tempdir().unwrap();
    let tenant = Tenant {
        id: "7d0c8a39-0000-8000-8000-000000000001".parse().unwrap(),
        name: "acme".parse().unwrap(),
    };
    let mut mistakes = Mistakes::default();
    let desired =
        resources::load(&tenant, &[Input::new("a.toml", text, folder.path())], &mut mistakes);
    assert_eq!(mistakes, Mistakes::default(), "{mistakes}");
    desired
}

/// As the admin API shows it.
fn shown(desired: &Desired) -> Tenancy {
    fn all<T: Clone, V: From<T> + serde::Serialize>(items: &[T]) -> Vec<Value> {
        items.iter().cloned().map(|item| serde_json::to_value(V::from(item)).unwrap()).collect()
    }
    let users: Vec<_> = desired.users.iter().map(|wanted| wanted.user.clone()).collect();
    Tenancy {
        groups: all::<_, GroupView>(&desired.groups),
        users: all::<_, UserView>(&users),
        applications: all::<_, ApplicationView>(&desired.applications),
        consents: all::<_, ConsentView>(&desired.consents),
    }
}

/// Without the places, which differ from file to file.
fn placeless(mut desired: Desired) -> Desired {
    desired.applications.iter_mut().for_each(|it| it.managed = Managed::Api);
    desired.users.iter_mut().for_each(|it| it.user.managed = Managed::Api);
    desired.groups.iter_mut().for_each(|it| it.managed = Managed::Api);
    desired.consents.iter_mut().for_each(|it| it.managed = Managed::Api);
    desired.applications.sort_by(|a, b| a.id.cmp(&b.id));
    desired
}

#[test]
fn what_is_exported_loads_to_the_same() {
    let before = placeless(read(EXAMPLE));
    let exported = toml(&shown(&before));
    let after = placeless(read(&exported));
    assert_eq!(after.applications, before.applications);
    assert_eq!(after.groups, before.groups);
    assert_eq!(after.consents, before.consents);
    let users =
        |desired: &Desired| desired.users.iter().map(|it| it.user.clone()).collect::<Vec<_>>();
    assert_eq!(users(&after), users(&before));
    assert_eq!(toml(&shown(&after)), exported, "exporting again changes nothing");
}

#[test]
fn an_export_reads_like_a_file_written_by_hand() {
    insta::assert_snapshot!(toml(&shown(&read(EXAMPLE))));
}

#[test]
fn a_secret_is_remarked_on_and_not_written() {
    let mut desired = read(EXAMPLE);
    let secret = stead_proto::secret::ClientSecret::new("hush");
    desired.applications[0]
        .credentials
        .push(Credential::Secret { hash: secret.hash(), expires: None });
    let exported = toml(&shown(&desired));
    assert!(
        exported.contains("is not exported: add { secret_file = … } to credentials"),
        "{exported}"
    );
    assert!(!exported.contains(&secret.hash().0.to_string()));
}
