//! Passwords: argon2id, slow on purpose, so in a pool of its own that is never allowed to grow.

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use std::fmt;
use std::sync::Arc;
use stead_core::model::user::PasswordHash;
use stead_core::ports::{Passwords, StoreError};
use stead_proto::secret::Password;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Memory in KiB, passes and lanes: what OWASP asks for at least.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// A hash at that cost which was thrown as dice: it is nobody's, whatever they type. Written down, since to
/// make one takes 20 ms and 19 MiB that a server would have to spend before it is ready.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bkmT+DmizinG7I/OQHEPLA$Pww92Wm8ceSvgE33COMO1VWIe7RRaCmoqYBkdei7jmE";

/// How many passwords are checked at once: each takes a core and 19 MiB.
const AT_ONCE: usize = 4;

/// How many may wait beside them; the next is asked to try again.
const WAITING: usize = 64;

/// argon2id with our cost. What was hashed with another cost still verifies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Argon2Passwords;

impl Argon2Passwords {
    fn argon2() -> Result<Argon2<'static>, StoreError> {
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, None).map_err(|e| broken(&e.into()))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

fn broken(error: &password_hash::Error) -> StoreError {
    StoreError::Broken(format!("a password cannot be hashed: {error}"))
}

impl Passwords for Argon2Passwords {
    fn hash(&self, password: &Password) -> Result<PasswordHash, StoreError> {
        let hash: phc::PasswordHash =
            Self::argon2()?.hash_password(password.expose().as_bytes()).map_err(|e| broken(&e))?;
        Ok(PasswordHash::new(hash.to_string()))
    }

    fn verify(&self, password: &Password, hash: &PasswordHash) -> bool {
        let Ok(hash) = phc::PasswordHash::new(hash.expose()) else { return false };
        // The cost stands in the hash.
        Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
    }
}

/// Too many passwords are being checked: try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many passwords are being checked")
    }
}

impl std::error::Error for Busy {}

/// Checks passwords on threads of their own, few at once.
#[derive(Debug)]
pub struct PasswordPool {
    passwords: Arc<dyn Passwords>,
    waiting: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl PasswordPool {
    /// A pool over a way to hash.
    #[must_use]
    pub fn new(passwords: Arc<dyn Passwords>) -> Self {
        Self {
            passwords,
            waiting: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            running: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// How passwords become hashes, for callers that have a thread to spare.
    #[must_use]
    pub fn hasher(&self) -> Arc<dyn Passwords> {
        Arc::clone(&self.passwords)
    }

    /// Whether this is the password. Where there is no hash the same work is done for nothing, so that
    /// nobody learns from the time it takes who has an account.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<bool, Busy> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| PasswordHash::new(NOBODYS));
        let passwords = self.hasher();
        let fits = self.run(move || passwords.verify(&password, &hash)).await?;
        Ok(fits && known)
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: Password) -> Result<Result<PasswordHash, StoreError>, Busy> {
        let passwords = self.hasher();
        self.run(move || passwords.hash(&password)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Busy)?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| Busy)?;
        // The thread holds both until it is done: who hangs up meanwhile stops waiting, not the work.
        let done = spawn_blocking(move || {
            let (_turn, _place) = (turn, place);
            work()
        });
        done.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};
    use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

    fn pool() -> PasswordPool {
        PasswordPool::new(Arc::new(Argon2Passwords))
    }

    #[tokio::test]
    async fn the_right_password_fits_and_another_does_not() {
        let pool = pool();
        let hash = pool.hash(Password::new("correct horse")).await.unwrap().unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(pool.verify(Password::new("correct horse"), Some(hash.clone())).await, Ok(true));
        assert_eq!(pool.verify(Password::new("Correct horse"), Some(hash)).await, Ok(false));
    }

    #[tokio::test]
    async fn where_there_is_no_password_the_work_is_that_of_a_new_one_and_nobody_signs_in() {
        let pool = pool();
        let work = |hash: &str| {
            let hash = phc::PasswordHash::new(hash).unwrap();
            (
                hash.algorithm,
                hash.version,
                hash.params,
                hash.salt.unwrap().len(),
                hash.hash.unwrap().len(),
            )
        };
        let new = pool.hash(Password::new("correct horse")).await.unwrap().unwrap();
        assert_eq!(work(NOBODYS), work(new.expose()));
        assert_eq!(pool.verify(Password::new("correct horse"), None).await, Ok(false));
    }

    /// A password takes until the test lets go.
    #[derive(Debug)]
    struct Slow {
        begun: UnboundedSender<()>,
        end: Mutex<Receiver<()>>,
    }

    impl Passwords for Slow {
        fn hash(&self, _: &Password) -> Result<PasswordHash, StoreError> {
            Ok(PasswordHash::new("of nobody"))
        }

        fn verify(&self, _: &Password, _: &PasswordHash) -> bool {
            self.begun.send(()).unwrap();
            self.end.lock().unwrap().recv().is_ok()
        }
    }

    #[tokio::test]
    async fn who_hangs_up_makes_no_room_while_their_password_is_still_being_checked() {
        let (begun, mut begins) = unbounded_channel();
        let (end, ends) = channel();
        let slow = Slow { begun, end: Mutex::new(ends) };
        let pool = PasswordPool::new(Arc::new(slow));
        for _ in 0..AT_ONCE {
            let mut hanging_up = Box::pin(pool.verify(Password::new("x"), None));
            tokio::select! {
                verdict = &mut hanging_up => panic!("{verdict:?}"),
                begun = begins.recv() => begun.unwrap(),
            }
        }
        let free = || (pool.running.available_permits(), pool.waiting.available_permits());
        assert_eq!(free(), (0, WAITING));

        drop(end);
        let all = u32::try_from(AT_ONCE).unwrap();
        drop(pool.running.acquire_many(all).await.unwrap());
        assert_eq!(free(), (AT_ONCE, AT_ONCE + WAITING));
    }

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_is_asked_to_try_again() {
        let pool = pool();
        let _all = pool.waiting.try_acquire_many(68).unwrap();
        assert_eq!(pool.verify(Password::new("x"), None).await, Err(Busy));
    }
}
