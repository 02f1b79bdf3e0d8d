//! Locks over names, across tasks and, with the right adapter, across processes.

use std::time::Duration;

use async_trait::async_trait;

use crate::StoreError;

/// Lets one at a time do something. It saves work that would be done twice and is never what
/// makes an answer right: a holder that was paused does not notice that its lease is over. Whoever
/// changes something under a lock hands the [fence](LockGuard::fence) to the database, which
/// refuses one lower than it has seen.
#[async_trait]
pub trait LockService: Send + Sync {
    /// Locks all keys, or none; `None` when somebody held one of them for all of `times.wait`.
    ///
    /// # Guarantees
    /// * Until the guard is released or dropped, or `times.lease` is over, nobody else is given any
    ///   of the keys.
    /// * The fence is higher than that of every guard given before for any of the keys, even when
    ///   the service has forgotten everything since.
    /// * Callers that want the same keys in other orders do not end in a deadlock.
    /// * Giving up waiting (dropping the future) leaves nothing locked.
    ///
    /// # Errors
    /// Retryable when the service cannot be asked.
    async fn acquire(
        &self,
        keys: &[String],
        times: LockTimes,
    ) -> Result<Option<Box<dyn LockGuard>>, StoreError>;
}

/// How long a lock is waited for, and how long it is held at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockTimes {
    /// The longest wait; zero tries once.
    pub wait: Duration,
    /// Then the lock is free again, whatever its holder does.
    pub lease: Duration,
}

/// A held lock. Dropping it releases it soon, at the latest when the lease is over.
#[async_trait]
pub trait LockGuard: Send + Sync {
    /// Orders the holders of a key: a later one has a higher number.
    fn fence(&self) -> i64;

    /// Releases the keys; `false` when one of them was no longer this guard's, because the lease
    /// was over or the service forgot it.
    ///
    /// # Guarantees
    /// Whoever holds the keys by now keeps them.
    ///
    /// # Errors
    /// Retryable when the service cannot be asked; the lease ends the lock.
    async fn release(self: Box<Self>) -> Result<bool, StoreError>;
}
