//! Argon2id password hashing behind a bulkhead: slow on purpose, a few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{Error, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jangbogo_member::{CredentialError, Password, PasswordHash, PasswordHasher};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hashes with Argon2id on blocking threads.
///
/// At most `parallel` hashes run and at most `queue_max` callers wait; further ones are refused at
/// once, so that a flood of log-ins can take neither the memory nor the cores of the rest.
pub struct Argon2Hasher {
    /// One permit for everybody who runs or waits.
    admission: Arc<Semaphore>,
    /// One permit for everybody who runs.
    running: Arc<Semaphore>,
    /// Verified in place of the hash of an account that does not exist.
    dummy: PasswordHash,
}

// The smallest of the settings that OWASP gives as equally strong: many log-ins at once need many
// times this memory.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Held by a hash while it runs, whether or not its caller still waits.
struct Admitted {
    _admission: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Argon2Hasher {
    /// A hasher of `parallel` hashes at a time (at least one) with `queue_max` callers waiting.
    pub fn new(parallel: usize, queue_max: usize) -> Self {
        let parallel = parallel.clamp(1, Semaphore::MAX_PERMITS);
        let admitted = parallel.saturating_add(queue_max);
        Self {
            admission: Arc::new(Semaphore::new(admitted.min(Semaphore::MAX_PERMITS))),
            running: Arc::new(Semaphore::new(parallel)),
            dummy: random_hash(),
        }
    }

    async fn admit(&self) -> Result<Admitted, CredentialError> {
        let admission =
            Arc::clone(&self.admission).try_acquire_owned().map_err(|_| CredentialError::Busy)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(failed)?;
        Ok(Admitted { _admission: admission, _running: running })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, CredentialError> + Send + 'static,
    ) -> Result<T, CredentialError> {
        let admitted = self.admit().await?;
        let hashing = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(admitted);
            result
        });
        hashing.await.map_err(failed)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, CredentialError> {
        let password = password.clone();
        self.run(move || hash(&password)).await
    }

    async fn verify(
        &self,
        password: &Password,
        hash: Option<PasswordHash>,
    ) -> Result<bool, CredentialError> {
        let password = password.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.dummy.clone());
        let matches = self.run(move || verify(&password, &hash)).await?;
        Ok(matches && known)
    }
}

fn hash(password: &Password) -> Result<PasswordHash, CredentialError> {
    let hash: Phc = argon2()?.hash_password(password.expose().as_bytes()).map_err(failed)?;
    Ok(PasswordHash::new(hash.to_string()))
}

fn verify(password: &Password, hash: &PasswordHash) -> Result<bool, CredentialError> {
    let hash = Phc::new(hash.as_str()).map_err(failed)?;
    match argon2()?.verify_password(password.expose().as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

fn argon2() -> Result<Argon2<'static>, CredentialError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A hash that no known password has. Verifying costs what the parameters say, whatever the
/// output, so random output does the work of a real hash.
fn random_hash() -> PasswordHash {
    let salt = STANDARD_NO_PAD.encode(rand::random::<[u8; 16]>());
    let output = STANDARD_NO_PAD.encode(rand::random::<[u8; 32]>());
    PasswordHash::new(format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${output}"))
}

fn failed(error: impl std::fmt::Display) -> CredentialError {
    CredentialError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    /// Everything of a PHC string before salt and output.
    fn parameters(hash: &PasswordHash) -> String {
        let parts: Vec<&str> = hash.as_str().split('$').collect();
        assert_eq!(parts.len(), 6, "algorithm, version, parameters, salt, hash");
        parts[1..4].join("$")
    }

    #[tokio::test]
    async fn a_hash_verifies_its_own_password_alone() {
        let hasher = Argon2Hasher::new(1, 8);
        let hash = hasher.hash(&password("정말 긴 비밀번호")).await.unwrap();
        assert_eq!(parameters(&hash), "argon2id$v=19$m=19456,t=2,p=1");
        for (typed, expected) in [("정말 긴 비밀번호", true), ("정말 긴 비밀번호 ", false)]
        {
            let verified = hasher.verify(&password(typed), Some(hash.clone())).await;
            assert_eq!(verified.unwrap(), expected, "{typed}");
        }
    }

    #[tokio::test]
    async fn every_hash_has_its_own_salt() {
        let hasher = Argon2Hasher::new(1, 8);
        let first = hasher.hash(&password("same words")).await.unwrap();
        let second = hasher.hash(&password("same words")).await.unwrap();
        assert_ne!(first.as_str(), second.as_str());
    }

    #[tokio::test]
    async fn without_an_account_the_same_work_answers_no() {
        let hasher = Argon2Hasher::new(1, 8);
        let real = hasher.hash(&password("known words")).await.unwrap();
        assert_eq!(parameters(&hasher.dummy), parameters(&real));
        assert!(!hasher.verify(&password("any"), None).await.unwrap());

        let lucky = Argon2Hasher { dummy: real, ..Argon2Hasher::new(1, 8) };
        let verified = lucky.verify(&password("known words"), None).await;
        assert!(!verified.unwrap(), "even the dummy's own password");
    }

    #[tokio::test]
    async fn a_broken_hash_is_a_defect_and_not_a_wrong_password() {
        let hasher = Argon2Hasher::new(1, 8);
        for bad in ["", "plain", "$2b$10$abc"] {
            let hash = Some(PasswordHash::new(bad.to_owned()));
            let verified = hasher.verify(&password("any"), hash).await;
            assert!(matches!(verified, Err(CredentialError::Failed(_))), "{bad}");
        }
    }

    #[tokio::test]
    async fn who_comes_when_the_queue_is_full_is_refused() {
        let hasher = Argon2Hasher::new(1, 1);
        let running = hasher.admit().await.unwrap();
        let any = password("any");
        let (queued, refused) = tokio::join!(hasher.verify(&any, None), async {
            let refused = tokio::select! {
                biased;
                refused = hasher.verify(&any, None) => refused,
                () = std::future::ready(()) => panic!("it waits instead of being refused"),
            };
            drop(running);
            refused
        });
        assert!(matches!(refused, Err(CredentialError::Busy)));
        assert!(!queued.unwrap(), "who waited was served");
        assert!(!hasher.verify(&any, None).await.unwrap(), "all places are free again");
    }
}
