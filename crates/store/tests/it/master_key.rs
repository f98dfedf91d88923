//! Another master key: everything is sealed anew, and whenever that is interrupted, the database opens.

use crate::people::{NOON, commit, end_of, key, put_user, record, subject, t1, t2, walk};
use std::fs;
use std::path::{Path, PathBuf};
use stead_core::chain::{Chain, RecordQuery};
use stead_core::commit::Change;
use stead_core::model::factors::{Factors, Sealed, Totp};
use stead_core::model::key::StoredKey;
use stead_core::ports::Store;
use stead_core::record::{Event, Outcome, Record};
use stead_store::{Chance, MasterKey, OpenError, Resealed, Rotation, Sqlite};
use tempfile::TempDir;

pub(crate) const EVERYTHING: Resealed = Resealed { signing_keys: 3, totp_secrets: 1 };

/// Puts something of everything that is sealed on file.
pub(crate) async fn fill(mine: &dyn Store, theirs: &dyn Store, master: &MasterKey) {
    let without = StoredKey { sealed: None, ..key("retired", NOON) };
    let keys = [sealed_key(master, "a"), sealed_key(master, "b"), without];
    commit(mine, keys.into_iter().map(Change::PutKey).collect()).await;
    commit(theirs, vec![Change::PutKey(sealed_key(master, "c"))]).await;
    let secret = Sealed::new(master.seal(MasterKey::TOTP, b"alice's app", [4; 12]).unwrap());
    let totp = Totp { name: "Phone".into(), secret, enrolled: NOON, last_step: 7 };
    let factors = Box::new(Factors { totp: Some(totp), ..Factors::default() });
    let alice = vec![put_user("alice", "alice"), Change::PutFactors(subject("alice"), factors)];
    commit(mine, alice).await;
}

/// A database with something of everything that is sealed, nobody has it open, and its key.
struct Place {
    dir: TempDir,
}

impl Place {
    async fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        let master = MasterKey::load_or_create(&place.key(), [1; 32]).unwrap();
        let sqlite = Sqlite::open(place.db(), &master).unwrap();
        fill(&*sqlite.tenant(&t1()), &*sqlite.tenant(&t2()), &master).await;
        sqlite.close().await;
        place
    }

    fn key(&self) -> PathBuf {
        self.dir.path().join("master.key")
    }

    fn beside(&self) -> PathBuf {
        self.dir.path().join("master.key.next")
    }

    fn db(&self) -> PathBuf {
        self.dir.path().join("stead.db")
    }

    fn load(&self) -> MasterKey {
        MasterKey::load(&self.key()).unwrap()
    }

    /// Rotates to a key of these bytes.
    fn rotate(&self, to: u8) -> Result<Rotation, OpenError> {
        let mut thrown = to;
        let mut random = || {
            thrown = thrown.wrapping_add(1);
            [thrown; 32]
        };
        let chance = Chance { random: &mut random, record: &on_record };
        Sqlite::rotate_master_key(&self.db(), &self.load(), chance)
    }

    /// Whether the database opens with the key in its file, and everything in it.
    async fn is_whole(&self) -> bool {
        let master = self.load();
        let sqlite = Sqlite::open(self.db(), &master).unwrap();
        let mut opened = Vec::new();
        for tenant in [t1(), t2()] {
            let keys = sqlite.tenant(&tenant).keys().await.unwrap();
            let sealed = keys.into_iter().filter_map(|key| key.sealed);
            let open = |it: Vec<u8>| master.open(MasterKey::SIGNING_KEY, &it).unwrap().to_vec();
            opened.extend(sealed.map(open));
        }
        let totp = sqlite.tenant(&t1()).factors(&subject("alice")).await.unwrap().totp.unwrap();
        assert_eq!(totp.last_step, 7);
        opened.push(master.open(MasterKey::TOTP, totp.secret.as_bytes()).unwrap().to_vec());
        sqlite.close().await;
        opened == [b"a".to_vec(), b"b".to_vec(), b"c".to_vec(), b"alice's app".to_vec()]
    }
}

pub(crate) fn sealed_key(master: &MasterKey, name: &str) -> StoredKey {
    let nonce = [name.as_bytes()[0]; 12];
    let sealed = master.seal(MasterKey::SIGNING_KEY, name.as_bytes(), nonce).unwrap();
    StoredKey { sealed: Some(sealed), ..key(name, NOON) }
}

pub(crate) fn on_record(done: &Resealed) -> Record {
    let event = Event::Change { by: "server".to_owned(), changes: vec![done.to_string()] };
    Record { event, outcome: Outcome::Done, ..record(NOON) }
}

fn holds(file: &Path, bytes: &[u8]) -> bool {
    fs::read(file).unwrap().windows(bytes.len()).any(|window| window == bytes)
}

#[tokio::test]
async fn everything_is_sealed_anew_and_the_old_key_opens_nothing() {
    let place = Place::new().await;
    let old = place.load();
    let file = fs::read_to_string(place.key()).unwrap();

    assert_eq!(place.rotate(1).unwrap(), Rotation::Done(EVERYTHING));

    assert!(place.is_whole().await);
    assert_ne!(fs::read_to_string(place.key()).unwrap(), file);
    assert!(!place.beside().exists());
    assert!(matches!(Sqlite::open(place.db(), &old), Err(OpenError::WrongMasterKey { .. })));
    // Also not what the file no longer uses: the old text is gone from it, and so is the log.
    assert!(!holds(&place.db(), &[4; 12]));
    assert!(!place.dir.path().join("stead.db-wal").exists());
    // And again.
    assert_eq!(place.rotate(100).unwrap(), Rotation::Done(EVERYTHING));
    assert!(place.is_whole().await);
}

#[tokio::test]
async fn each_chain_has_a_record_of_it_and_goes_on() {
    let place = Place::new().await;
    place.rotate(1).unwrap();
    let sqlite = Sqlite::open(place.db(), &place.load()).unwrap();
    for (tenant, keys, totp) in [(t1(), 2, 1), (t2(), 1, 0)] {
        let store = sqlite.tenant(&tenant);
        let kept = store.records(&RecordQuery::all_of(Chain::FIRST, 10)).await.unwrap();
        assert_eq!(Some(walk(&kept).unwrap()), end_of(&*store).await);
        let last = kept.last().unwrap().record().unwrap();
        let done = Resealed { signing_keys: keys, totp_secrets: totp };
        assert_eq!(last, on_record(&done));
        commit(&*store, Vec::new()).await;
        let kept = store.records(&RecordQuery::all_of(Chain::FIRST, 10)).await.unwrap();
        assert_eq!(Some(walk(&kept).unwrap()), end_of(&*store).await);
    }
}

#[tokio::test]
async fn interrupted_before_anything_was_sealed_anew_the_old_key_goes_on_and_it_can_be_done_again()
{
    let place = Place::new().await;
    // The new key was half written, or whole.
    fs::write(place.dir.path().join("master.key.part"), "half a ke").unwrap();
    assert!(place.is_whole().await);
    place.load_beside(9);
    let before = fs::read(place.key()).unwrap();
    assert!(place.is_whole().await);
    assert_eq!(fs::read(place.key()).unwrap(), before);

    assert_eq!(place.rotate(1).unwrap(), Rotation::Done(EVERYTHING));
    assert!(place.is_whole().await);
}

#[tokio::test]
async fn interrupted_while_it_is_sealed_anew_nothing_has_changed() {
    let place = Place::new().await;
    // A secret that does not open stops it in the midst of the transaction.
    let spoilt = StoredKey { sealed: Some(vec![0; 40]), ..key("z", NOON) };
    let sqlite = Sqlite::open(place.db(), &place.load()).unwrap();
    commit(&*sqlite.tenant(&t2()), vec![Change::PutKey(spoilt)]).await;
    sqlite.close().await;
    let before = fs::read(place.key()).unwrap();

    let refused = place.rotate(1).unwrap_err().to_string();

    assert!(refused.contains("was not sealed by the master key"), "{refused}");
    assert_eq!(fs::read(place.key()).unwrap(), before);
    let sqlite = Sqlite::open(place.db(), &place.load()).unwrap();
    let forgotten = StoredKey { sealed: None, ..key("z", NOON) };
    commit(&*sqlite.tenant(&t2()), vec![Change::PutKey(forgotten)]).await;
    sqlite.close().await;
    assert!(place.is_whole().await);
    assert_eq!(place.rotate(1).unwrap(), Rotation::Done(EVERYTHING));
    assert!(place.is_whole().await);
}

#[tokio::test]
async fn interrupted_before_the_new_key_got_its_name_the_next_start_gives_it_that() {
    for finish in [Finish::Start, Finish::Rotation] {
        let place = Place::new().await;
        let old = fs::read(place.key()).unwrap();
        place.rotate(1).unwrap();
        let new = fs::read(place.key()).unwrap();
        fs::rename(place.key(), place.beside()).unwrap();
        write_key(&place.key(), &old);

        match finish {
            Finish::Start => assert!(place.is_whole().await),
            Finish::Rotation => assert_eq!(place.rotate(50).unwrap(), Rotation::Finished),
        }

        assert_eq!(fs::read(place.key()).unwrap(), new);
        assert!(!place.beside().exists());
        assert!(place.is_whole().await);
    }
}

enum Finish {
    Start,
    Rotation,
}

#[tokio::test]
async fn a_database_that_is_open_or_not_there_or_of_another_key_is_left_alone() {
    let place = Place::new().await;
    let sqlite = Sqlite::open(place.db(), &place.load()).unwrap();
    assert!(matches!(place.rotate(1), Err(OpenError::InUse { .. })));
    sqlite.close().await;

    let elsewhere = Place { dir: tempfile::tempdir().unwrap() };
    MasterKey::load_or_create(&elsewhere.key(), [8; 32]).unwrap();
    assert!(matches!(elsewhere.rotate(1), Err(OpenError::Unreachable { .. })));
    assert_eq!(fs::read_dir(elsewhere.dir.path()).unwrap().count(), 1);

    let own = fs::read(place.key()).unwrap();
    fs::copy(elsewhere.key(), place.key()).unwrap();
    assert!(matches!(place.rotate(1), Err(OpenError::WrongMasterKey { .. })));
    assert!(!place.beside().exists());
    write_key(&place.key(), &own);
    assert!(place.is_whole().await);
}

impl Place {
    /// A key that a rotation left beside, before it came any further.
    fn load_beside(&self, seed: u8) {
        let aside = tempfile::tempdir().unwrap();
        let file = aside.path().join("master.key");
        MasterKey::load_or_create(&file, [seed; 32]).unwrap();
        write_key(&self.beside(), &fs::read(file).unwrap());
    }
}

/// In the place of what is there, so that its permissions stay.
pub(crate) fn write_key(file: &Path, text: &[u8]) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(file).unwrap();
    file.write_all(text).unwrap();
}
