//! Another master key for PostgreSQL: as for SQLite, while no server is at work on it.

use crate::master_key::{EVERYTHING, fill, on_record, write_key};
use crate::people::{NOON, commit, key, subject, t1, t2};
use crate::place;
use std::fs;
use std::path::PathBuf;
use stead_core::chain::{RecordQuery, verify};
use stead_core::commit::Change;
use stead_core::model::key::StoredKey;
use stead_core::ports::Store;
use stead_store::{Chance, MasterKey, Postgres, PostgresConfig, PostgresError, Resealed, Rotation};
use tempfile::TempDir;

/// A database with something of everything that is sealed, on which nobody is at work, and its key.
struct Place {
    dir: TempDir,
    config: PostgresConfig,
}

impl Place {
    async fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap(), config: place().await };
        let master = MasterKey::load_or_create(&place.key(), [1; 32]).unwrap();
        let postgres = Postgres::open(&place.config, &master).await.unwrap();
        fill(&*postgres.tenant(&t1()), &*postgres.tenant(&t2()), &master).await;
        postgres.close().await;
        place
    }

    fn key(&self) -> PathBuf {
        self.dir.path().join("master.key")
    }

    fn beside(&self) -> PathBuf {
        self.dir.path().join("master.key.next")
    }

    fn load(&self) -> MasterKey {
        MasterKey::load(&self.key()).unwrap()
    }

    /// Rotates to a key of these bytes.
    async fn rotate(&self, to: u8) -> Result<Rotation, PostgresError> {
        let mut thrown = to;
        let mut random = || {
            thrown = thrown.wrapping_add(1);
            [thrown; 32]
        };
        let chance = Chance { random: &mut random, record: &on_record };
        Postgres::rotate_master_key(&self.config, &self.load(), chance).await
    }

    /// Whether the database opens with the key in its file, and everything in it.
    async fn is_whole(&self) -> bool {
        let master = self.load();
        let postgres = Postgres::open(&self.config, &master).await.unwrap();
        let mut opened = Vec::new();
        for tenant in [t1(), t2()] {
            let keys = postgres.tenant(&tenant).keys().await.unwrap();
            let sealed = keys.into_iter().filter_map(|key| key.sealed);
            let open = |it: Vec<u8>| master.open(MasterKey::SIGNING_KEY, &it).unwrap().to_vec();
            opened.extend(sealed.map(open));
        }
        let totp = postgres.tenant(&t1()).factors(&subject("alice")).await.unwrap().totp.unwrap();
        assert_eq!(totp.last_step, 7);
        opened.push(master.open(MasterKey::TOTP, totp.secret.as_bytes()).unwrap().to_vec());
        postgres.close().await;
        opened == [b"a".to_vec(), b"b".to_vec(), b"c".to_vec(), b"alice's app".to_vec()]
    }
}

#[tokio::test]
async fn everything_is_sealed_anew_and_the_old_key_opens_nothing() {
    let place = Place::new().await;
    let old = place.load();

    assert_eq!(place.rotate(1).await.unwrap(), Rotation::Done(EVERYTHING));

    assert!(place.is_whole().await);
    assert!(!place.beside().exists());
    let refused = Postgres::open(&place.config, &old).await;
    assert!(matches!(refused, Err(PostgresError::WrongMasterKey { .. })));
    // And again.
    assert_eq!(place.rotate(100).await.unwrap(), Rotation::Done(EVERYTHING));
    assert!(place.is_whole().await);
}

#[tokio::test]
async fn each_tenant_has_a_record_of_it_and_its_chain_goes_on() {
    let place = Place::new().await;
    place.rotate(1).await.unwrap();
    let postgres = Postgres::open(&place.config, &place.load()).await.unwrap();
    for (tenant, keys, totp) in [(t1(), 2, 1), (t2(), 1, 0)] {
        let store = postgres.tenant(&tenant);
        let done = Resealed { signing_keys: keys, totp_secrets: totp };
        assert_eq!(on_its_chain(&*store, &done).await, 1);
        commit(&*store, Vec::new()).await;
        assert_eq!(on_its_chain(&*store, &done).await, 1);
    }
}

/// How often the only chain, which is whole, says so.
async fn on_its_chain(store: &dyn Store, done: &Resealed) -> usize {
    let heads = store.heads().await.unwrap();
    let [ends] = heads.as_slice() else { panic!("{heads:?}") };
    let kept = store.records(&RecordQuery::all_of(ends.chain, 10)).await.unwrap();
    assert_eq!(verify(ends.chain, ends.base, &kept), Ok(ends.head));
    kept.iter().filter(|it| it.record() == Some(on_record(done))).count()
}

#[tokio::test]
async fn interrupted_while_it_is_sealed_anew_nothing_has_changed() {
    let place = Place::new().await;
    // A secret that does not open stops it in the midst of the transaction.
    let put = async |sealed| {
        let postgres = Postgres::open(&place.config, &place.load()).await.unwrap();
        let spoilt = Change::PutKey(StoredKey { sealed, ..key("z", NOON) });
        commit(&*postgres.tenant(&t2()), vec![spoilt]).await;
        postgres.close().await;
    };
    put(Some(vec![0; 40])).await;
    let before = fs::read(place.key()).unwrap();

    let refused = place.rotate(1).await.unwrap_err().to_string();

    assert!(refused.contains("was not sealed by the master key"), "{refused}");
    assert_eq!(fs::read(place.key()).unwrap(), before);
    put(None).await;
    assert!(place.is_whole().await);
    assert_eq!(place.rotate(1).await.unwrap(), Rotation::Done(EVERYTHING));
    assert!(place.is_whole().await);
}

#[tokio::test]
async fn interrupted_before_the_new_key_got_its_name_the_next_start_or_rotation_gives_it_that() {
    for starts in [true, false] {
        let place = Place::new().await;
        let old = fs::read(place.key()).unwrap();
        place.rotate(1).await.unwrap();
        let new = fs::read(place.key()).unwrap();
        fs::rename(place.key(), place.beside()).unwrap();
        write_key(&place.key(), &old);

        if starts {
            assert!(place.is_whole().await);
        } else {
            assert_eq!(place.rotate(50).await.unwrap(), Rotation::Finished);
        }

        assert_eq!(fs::read(place.key()).unwrap(), new);
        assert!(!place.beside().exists());
        assert!(place.is_whole().await);
    }
}

#[tokio::test]
async fn a_database_at_work_or_empty_or_of_another_key_is_left_alone() {
    let place = Place::new().await;
    let postgres = Postgres::open(&place.config, &place.load()).await.unwrap();
    // It writes, so that it is seen to be at work.
    commit(&*postgres.tenant(&t1()), Vec::new()).await;
    assert!(matches!(place.rotate(1).await, Err(PostgresError::InUse { .. })));
    postgres.close().await;

    let elsewhere = Place { dir: tempfile::tempdir().unwrap(), config: crate::place().await };
    MasterKey::load_or_create(&elsewhere.key(), [8; 32]).unwrap();
    assert!(matches!(elsewhere.rotate(1).await, Err(PostgresError::Empty { .. })));

    let own = fs::read(place.key()).unwrap();
    fs::copy(elsewhere.key(), place.key()).unwrap();
    assert!(matches!(place.rotate(1).await, Err(PostgresError::WrongMasterKey { .. })));
    assert!(!place.beside().exists());
    write_key(&place.key(), &own);
    assert!(place.is_whole().await);
}
