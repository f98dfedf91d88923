//! Passwords of files, and starts at the same instant.

use super::*;
use crate::config::{InUrls, Trust};
use crate::foreign_keys::ForeignKeys;
use crate::moment::SystemMoments;
use std::sync::Mutex;
use std::thread::{self, ThreadId};
use stead_core::admin::{DesiredPassword, DesiredUser};
use stead_core::model::tenant::Tenant;
use stead_core::model::user::{PasswordHash, User};
use stead_core::moment::Dice;
use stead_core::settings::SecondFactorRule;
use stead_proto::id::TenantName;
use stead_proto::secret::Password;
use stead_proto::time::Timestamp;
use stead_store::PostgresConfig;

/// Hashes that can be read, and who was asked for them where.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<(&'static str, ThreadId)>>);

impl Told {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push((what, thread::current().id()));
    }

    /// What was done since the last time; nothing of it here.
    fn done(&self) -> Vec<&'static str> {
        let noted = std::mem::take(&mut *self.0.lock().unwrap());
        let here = thread::current().id();
        assert!(noted.iter().all(|(_, thread)| *thread != here), "{noted:?}");
        noted.into_iter().map(|(what, _)| what).collect()
    }
}

impl Passwords for Told {
    fn hash(&self, password: &Password) -> Result<PasswordHash, StoreError> {
        self.note("hash");
        Ok(PasswordHash::new(format!("hash of {}", password.expose())))
    }

    fn verify(&self, password: &Password, hash: &PasswordHash) -> bool {
        self.note("verify");
        hash.expose() == format!("hash of {}", password.expose())
    }
}

fn files(password: &str) -> Vec<TenantConfig> {
    let alice =
        serde_json::json!({ "id": "a1", "username": "alice", "name": "A", "enabled": true });
    let user: User = serde_json::from_value(alice).unwrap();
    let password = Some(DesiredPassword::Plain(Password::new(password)));
    vec![TenantConfig {
        tenant: Tenant {
            id: TenantId::parse("t1").unwrap(),
            name: TenantName::parse("corp").unwrap(),
        },
        in_urls: InUrls::Name,
        second_factor: SecondFactorRule::default(),
        administrators: None,
        desired: Desired { users: vec![DesiredUser { user, password }], ..Desired::default() },
    }]
}

fn foundation(stores: Stores, passwords: &Arc<Told>) -> Foundation {
    Foundation {
        stores,
        master: Arc::new(MasterKey::ephemeral([7; 32])),
        passwords: Arc::clone(passwords) as Arc<dyn Passwords>,
        public_url: "https://id.example".to_owned(),
        settings: Arc::default(),
        faults: None,
        proved: AllProved::default(),
        issuer_keys: Arc::new(
            ForeignKeys::new(&Trust::default(), None, Arc::new(SystemMoments)).unwrap(),
        ),
    }
}

fn moment() -> Moment {
    Moment::new(Timestamp::from_secs(1_795_435_200), Dice::default())
}

#[tokio::test]
async fn a_password_is_hashed_when_it_changes_and_never_on_the_thread_that_answers() {
    let told = Arc::new(Told::default());
    let foundation = foundation(Stores::Memory(Arc::new(Memory::new())), &told);
    for (password, changes, work) in [
        ("correct horse", 1, &["hash"][..]),
        ("correct horse", 0, &["verify"]),
        ("battery staple", 1, &["verify", "hash"]),
    ] {
        let (_, lines) = foundation.build(files(password), moment).await.unwrap();
        assert_eq!(lines.len(), changes, "{lines:?}");
        assert_eq!(told.done(), work);
    }
}

/// Two that start at the same instant with the same files: both start, one of them writes, and the other finds
/// it done.
async fn start_together(one: Stores, other: Stores) {
    let told = Arc::new(Told::default());
    let (one, other) = (foundation(one, &told), foundation(other, &told));
    let (a, b) = tokio::join!(
        one.build(files("correct horse"), moment),
        other.build(files("correct horse"), moment)
    );
    let ((tenants, first), (_, second)) = (a.unwrap(), b.unwrap());
    assert_eq!([first, second].concat().len(), 1);
    let store = &tenants.iter().next().unwrap().sts.store;
    assert_eq!(store.users(None, 9).await.unwrap().len(), 1);
    let complete = other.build(files("correct horse"), moment).await.unwrap();
    assert_eq!(complete.1, Vec::<String>::new());
}

#[tokio::test]
async fn two_that_start_at_the_same_instant_on_one_store_do_not_stand_in_each_others_way() {
    let memory = Stores::Memory(Arc::new(Memory::new()));
    start_together(memory.clone(), memory).await;
}

#[tokio::test]
async fn two_nodes_that_start_at_the_same_instant_on_an_empty_postgresql_both_start() {
    for _ in 0..5 {
        let place = private_postgres::shared().unwrap().place().await.unwrap();
        let config = PostgresConfig::new(place.parse().unwrap());
        let config = StoreConfig::Postgres(Box::new(config));
        let master = MasterKey::ephemeral([7; 32]);
        let (one, other) =
            tokio::join!(Stores::open(&config, &master), Stores::open(&config, &master));
        start_together(one.unwrap(), other.unwrap()).await;
    }
}
