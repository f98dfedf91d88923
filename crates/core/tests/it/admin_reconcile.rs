//! Reconciling: what is on file becomes what the files say, and nothing else does.

use crate::world::{World, application, audience, edge, permission, set, user};
use proptest::prelude::*;
use stead_core::admin::reconcile::{OnFile, plan};
use stead_core::admin::{
    Admin, AdminError, By, Desired, DesiredPassword, DesiredUser, check_world,
};
use stead_core::commit::Conflict;
use stead_core::model::application::{Application, Credential, Kind};
use stead_core::model::consent::{Consent, Given};
use stead_core::model::managed::Managed;
use stead_core::model::permission::Whom;
use stead_core::model::revocation::Ancestor;
use stead_core::model::user::{Group, PasswordHash, User};
use stead_core::ports::{Passwords, StoreError};
use stead_proto::digest::sha256;
use stead_proto::id::{ClientId, ConsentId, GroupId};
use stead_proto::secret::{ClientSecret, Password};

/// A hash that is quick to make, for tests that make many.
#[derive(Debug)]
struct Quick;

impl Passwords for Quick {
    fn hash(&self, password: &Password) -> Result<PasswordHash, StoreError> {
        Ok(PasswordHash::new(sha256(password.expose().as_bytes()).to_string()))
    }

    fn verify(&self, password: &Password, hash: &PasswordHash) -> bool {
        sha256(password.expose().as_bytes()).to_string() == hash.expose()
    }
}

fn in_a_file(line: usize) -> Managed {
    Managed::File { file: "stead.toml".into(), line }
}

/// An API `name` with an audience and one scope.
fn api(name: &str) -> Application {
    Application {
        audience: Some(audience(&format!("api://file/{name}"))),
        scopes: set("Use").iter().map(|scope| (scope.clone(), "Use it".to_owned())).collect(),
        credentials: vec![Credential::Secret {
            hash: ClientSecret::new(name).hash(),
            expires: None,
        }],
        managed: in_a_file(1),
        ..application(&format!("file-{name}"), Kind::WebApi)
    }
}

fn person(name: &str, password: &str) -> DesiredUser {
    DesiredUser {
        user: User { managed: in_a_file(2), password: None, ..user(name, &[]) },
        password: Some(DesiredPassword::Plain(Password::new(password))),
    }
}

fn group(name: &str) -> Group {
    Group { id: GroupId::parse(name).unwrap(), description: String::new(), managed: in_a_file(3) }
}

fn consent(client: &str, resource: &str) -> Consent {
    Consent {
        id: ConsentId::parse(format!("file-{client}-{resource}")).unwrap(),
        client: ClientId::parse(format!("file-{client}")).unwrap(),
        resource: audience(&format!("api://file/{resource}")),
        scopes: set("Use"),
        given: Given::ByAdmin(Whom::Everyone),
        at: stead_proto::time::Timestamp::from_secs(1),
        managed: in_a_file(4),
    }
}

async fn reconcile(world: &World, desired: &Desired) -> Result<Vec<String>, AdminError> {
    Admin::new(&world.sts, By::Files).reconcile(desired.clone(), &Quick, &world.moment()).await
}

fn small() -> Desired {
    let mut front = api("front");
    front.permissions = vec![permission("api://file/back", "Use")];
    front.may_act = vec![edge("api://file/back", "Use")];
    Desired {
        applications: vec![front, api("back")],
        users: vec![person("dora", "a password")],
        groups: vec![group("staff")],
        consents: vec![consent("front", "back")],
        trusted_issuers: vec![],
    }
}

#[tokio::test]
async fn the_first_time_says_what_was_added_and_the_second_time_nothing() {
    let world = World::new().await;
    let said = reconcile(&world, &small()).await.unwrap();
    assert_eq!(
        said,
        [
            "group staff: added",
            "user dora: added as \"dora Example\"",
            "application file-front: added as web-api \"The file-front\"",
            "application file-front: may_act added towards api://file/back (Use) for everyone",
            "application file-back: added as web-api \"The file-back\"",
            "consent to file-front towards api://file/back (Use) for everyone: given",
        ]
    );
    let head = world.sts.store.heads().await.unwrap();
    assert_eq!(reconcile(&world, &small()).await.unwrap(), Vec::<String>::new());
    assert_eq!(world.sts.store.heads().await.unwrap(), head);
}

#[tokio::test]
async fn what_is_gone_from_the_files_is_removed_and_what_the_api_made_is_left_alone() {
    let world = World::new().await;
    reconcile(&world, &small()).await.unwrap();
    let said = reconcile(&world, &Desired::default()).await.unwrap();
    assert_eq!(
        said,
        [
            "consent to file-front towards api://file/back (Use) for everyone: withdrawn",
            "application file-back: removed",
            "application file-front: removed",
            "user dora: removed",
            "group staff: removed",
        ]
    );
    let applications = world.sts.store.applications().await.unwrap();
    let ids: Vec<&str> = applications.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["dashboard", "data", "reports"]);
    let facts = world.sts.store.all_revocations(10).await.unwrap();
    let mut kinds: Vec<&str> = facts.iter().map(|fact| fact.about.kind()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["client", "client", "consent", "user"]);
}

#[tokio::test]
async fn a_consent_that_is_taken_out_and_put_back_is_another_consent_and_alive() {
    let world = World::new().await;
    reconcile(&world, &small()).await.unwrap();
    let without = Desired { consents: vec![], ..small() };
    reconcile(&world, &without).await.unwrap();
    world.pass(1);
    reconcile(&world, &small()).await.unwrap();
    let given = world.sts.store.consents(None, None).await.unwrap();
    assert_eq!(given.len(), 1);
    let facts = world.sts.store.revocations(&[Ancestor::Consent(given[0].id.clone())]).await;
    assert_eq!(facts.unwrap(), []);
    assert_eq!(reconcile(&world, &small()).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn of_two_nodes_that_read_the_same_files_one_writes_and_the_other_finds_it_done() {
    let world = World::new().await;
    let admin = Admin::new(&world.sts, By::Files);
    let planned = async |desired: &Desired| {
        let on_file = OnFile::read(&world.sts, desired).await.unwrap();
        plan(desired, &on_file, &Quick, &world.moment()).unwrap()
    };
    let changed = Desired { users: vec![person("dora", "another password")], ..small() };
    for desired in [&small(), &changed, &Desired::default()] {
        let (one, other) = (planned(desired).await, planned(desired).await);
        admin.apply(one, &world.moment()).await.unwrap();
        world.pass(1);
        let late = admin.apply(other, &world.moment()).await;
        assert!(matches!(late, Err(AdminError::Conflict(Conflict::Changed))), "{late:?}");
        assert!(planned(desired).await.is_empty());
    }
    // What the first ended was not ended once more, later.
    let facts = world.sts.store.all_revocations(10).await.unwrap();
    assert!(facts.iter().all(|fact| fact.at < world.now()), "{facts:?}");
}

#[tokio::test]
async fn two_nodes_that_give_a_withdrawn_consent_again_give_one() {
    let world = World::new().await;
    let admin = Admin::new(&world.sts, By::Files);
    for _ in 0..3 {
        reconcile(&world, &small()).await.unwrap();
        reconcile(&world, &Desired { consents: vec![], ..small() }).await.unwrap();
    }
    let on_file = OnFile::read(&world.sts, &small()).await.unwrap();
    for _ in 0..2 {
        world.pass(1);
        let planned = plan(&small(), &on_file, &Quick, &world.moment()).unwrap();
        admin.apply(planned, &world.moment()).await.unwrap();
    }
    let given = world.sts.store.consents(None, None).await.unwrap();
    assert_eq!(given.len(), 1, "{given:?}");
    let facts = world.sts.store.revocations(&[Ancestor::Consent(given[0].id.clone())]).await;
    assert_eq!(facts.unwrap(), []);
}

#[tokio::test]
async fn a_file_does_not_take_over_what_the_api_made() {
    let world = World::new().await;
    let taken = Application { managed: in_a_file(9), ..application("reports", Kind::WebApi) };
    let desired = Desired { applications: vec![taken], ..Desired::default() };
    let error = reconcile(&world, &desired).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "stead.toml:9: application reports, id: application reports was made through the admin API: \
         delete it there first, or give this one another id"
    );
}

#[tokio::test]
async fn what_ends_with_a_plan_ends_when_it_is_carried_out_however_long_planning_took() {
    let world = World::new().await;
    let admin = Admin::new(&world.sts, By::Files);
    let with = |password| Desired { users: vec![person("dora", password)], ..Desired::default() };
    admin.reconcile(with("a password"), &Quick, &world.moment()).await.unwrap();
    let changed = with("another password");
    let on_file = OnFile::read(&world.sts, &changed).await.unwrap();
    let planned = plan(&changed, &on_file, &Quick, &world.moment()).unwrap();
    world.pass(60);
    admin.apply(planned, &world.moment()).await.unwrap();
    let dora = Ancestor::User(user("dora", &[]).id);
    let facts = world.sts.store.revocations(&[dora]).await.unwrap();
    assert_eq!(facts.iter().map(|fact| fact.at).collect::<Vec<_>>(), [world.now()]);
}

#[tokio::test]
async fn a_changed_password_shuts_the_user_out_and_the_same_one_does_not() {
    let world = World::new().await;
    let with = |password| Desired { users: vec![person("dora", password)], ..Desired::default() };
    reconcile(&world, &with("first one")).await.unwrap();
    reconcile(&world, &with("first one")).await.unwrap();
    assert_eq!(world.sts.store.all_revocations(10).await.unwrap(), []);
    let said = reconcile(&world, &with("second one")).await.unwrap();
    assert_eq!(said, ["user dora: password changed"]);
    let facts = world.sts.store.all_revocations(10).await.unwrap();
    assert_eq!(facts[0].about, Ancestor::User(person("dora", "").user.id));
}

#[tokio::test]
async fn names_may_change_hands_in_one_go() {
    let world = World::new().await;
    let desired = |first: &str, second: &str| {
        let mut applications = vec![api("one"), api("two")];
        applications[0].audience = Some(audience(first));
        applications[1].audience = Some(audience(second));
        Desired { applications, ..Desired::default() }
    };
    reconcile(&world, &desired("api://x", "api://y")).await.unwrap();
    let said = reconcile(&world, &desired("api://y", "api://x")).await.unwrap();
    assert_eq!(
        said,
        [
            "application file-one: audience is now api://y",
            "application file-two: audience is now api://x"
        ]
    );
    let owner = world.sts.store.resource(&audience("api://x")).await.unwrap().unwrap();
    assert_eq!(owner.id.as_str(), "file-two");
}

#[tokio::test]
async fn an_object_that_only_moved_in_its_file_is_said_so() {
    let world = World::new().await;
    reconcile(&world, &small()).await.unwrap();
    let mut moved = small();
    moved.groups[0].managed = in_a_file(40);
    moved.consents[0].managed = in_a_file(41);
    let said = reconcile(&world, &moved).await.unwrap();
    assert_eq!(said, ["2 objects moved within the resource files"]);
    let groups = world.sts.store.groups().await.unwrap();
    assert!(groups.contains(&moved.groups[0]));
}

#[test]
fn the_files_by_themselves_are_checked_for_every_mistake_at_once() {
    assert_eq!(check_world(&small()), []);
    let mut wrong = small();
    wrong.applications[0].credentials = vec![];
    wrong.applications[0].may_act[0].via = vec![ClientId::parse("file-frnot").unwrap()];
    wrong.applications[1].audience = Some(audience("api://file/front/"));
    wrong.users[0].user.groups = [GroupId::parse("stuff").unwrap()].into();
    wrong.groups.push(group("staff"));
    let found: Vec<String> = check_world(&wrong).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "stead.toml:1: application file-front, permission[0].towards: no application has the audience \
             api://file/back",
            "stead.toml:1: application file-front, may_act[0].towards: no application has the audience \
             api://file/back",
            "stead.toml:1: application file-front, may_act[0].via: there is no application file-frnot",
            "stead.toml:1: application file-front, credentials: it asks for tokens but has nothing to prove \
             itself with: add a secret_file, a jwks_file or a federated issuer, or make it a spa or native \
             application",
            "stead.toml:1: application file-back, audience: api://file/front/ is, but for case or slashes \
             at its end, a name of application file-front",
            "stead.toml:2: user dora, groups: there is no group stuff",
            "stead.toml:3: group staff, id: there is another group of this id",
            "stead.toml:4: consent file-front, resource: no application has the audience api://file/back",
        ]
    );
}

#[tokio::test]
async fn what_is_not_sound_changes_nothing() {
    let world = World::new().await;
    let head = world.sts.store.heads().await.unwrap();
    let mut wrong = small();
    wrong.applications[1].audience = None;
    assert!(matches!(reconcile(&world, &wrong).await, Err(AdminError::Invalid(_))));
    assert_eq!(world.sts.store.heads().await.unwrap(), head);
}

/// Some of five APIs, three people, three groups; every second API may act towards the first of all.
fn worlds() -> impl Strategy<Value = Desired> {
    let names = |all: &'static [&'static str]| proptest::sample::subsequence(all, 0..=all.len());
    (
        names(&["a", "b", "c", "d", "e"]),
        names(&["dora", "emil", "fred"]),
        names(&["red", "green", "blue"]),
        any::<bool>(),
    )
        .prop_map(|(apis, people, groups, enabled)| {
            let first = apis.first().copied().unwrap_or_default();
            let acting = |(place, name): (usize, &&str)| Application {
                may_act: if place % 2 == 1 {
                    vec![edge(&format!("api://file/{first}"), "Use")]
                } else {
                    vec![]
                },
                enabled: enabled || place == 0,
                ..api(name)
            };
            Desired {
                consents: apis.iter().skip(1).map(|name| consent(name, first)).collect(),
                applications: apis.iter().enumerate().map(acting).collect(),
                users: people.into_iter().map(|name| person(name, "pass word")).collect(),
                groups: groups.into_iter().map(group).collect(),
                trusted_issuers: vec![],
            }
        })
}

/// What the files manage, as one value.
async fn managed_by_file(world: &World) -> Vec<String> {
    let store = &world.sts.store;
    let mut all = Vec::new();
    for it in store.applications().await.unwrap() {
        all.extend(it.managed.by_file().then(|| format!("{it:?}")));
    }
    for it in store.users(None, 100).await.unwrap() {
        all.extend(it.managed.by_file().then(|| format!("{it:?}")));
    }
    for it in store.groups().await.unwrap() {
        all.extend(it.managed.by_file().then(|| format!("{it:?}")));
    }
    for it in store.consents(None, None).await.unwrap() {
        let said = (&it.client, &it.resource, &it.scopes, &it.given);
        all.extend(it.managed.by_file().then(|| format!("{said:?}")));
    }
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_was_there_before_the_files_leave_exactly_what_they_say(a in worlds(), b in worlds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (there, fresh) = (World::new().await, World::new().await);
            reconcile(&there, &a).await.unwrap();
            there.pass(1);
            reconcile(&there, &b).await.unwrap();
            reconcile(&fresh, &b).await.unwrap();
            assert_eq!(managed_by_file(&there).await, managed_by_file(&fresh).await);
            assert_eq!(reconcile(&there, &b).await.unwrap(), Vec::<String>::new());
        });
    }
}
