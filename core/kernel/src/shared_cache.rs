//! What the processes of one shop share beside the database, and may lose at any time.

use std::time::Duration;

use async_trait::async_trait;

/// Values that all processes share. It speeds up and decides nothing: whatever was kept may be gone
/// the next moment, and every answer is right without it.
#[async_trait]
pub trait SharedCache: Send + Sync {
    /// The values of these keys, in their order; `None` where there is none.
    ///
    /// # Guarantees
    /// All are of one moment.
    async fn get_many(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, SharedCacheError>;

    /// Keeps a value for at most so long, in the place of any before it.
    async fn set(&self, key: &str, value: &[u8], life: Duration) -> Result<(), SharedCacheError>;

    /// Forgets a value; what is not there is forgotten already.
    async fn remove(&self, key: &str) -> Result<(), SharedCacheError>;
}

/// Tells the other processes of the shop, now and without a memory.
#[async_trait]
pub trait Notices: Send + Sync {
    /// Tells every process that listens at this moment, this one too.
    ///
    /// # Guarantees
    /// None of delivery: a process that does not listen just now never hears of it.
    async fn publish(&self, notice: &str) -> Result<(), SharedCacheError>;
}

/// Is told what other processes publish.
#[async_trait]
pub trait NoticeListener: Send + Sync {
    /// A notice.
    async fn heard(&self, notice: &str);

    /// Notices may have been missed, for example while there was no connection.
    async fn missed(&self);
}

/// The shared cache, or the way to the other processes, did not answer as it should and in time.
#[derive(Debug, thiserror::Error)]
#[error("the shared cache failed to {operation}")]
pub struct SharedCacheError {
    operation: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl SharedCacheError {
    /// A failure of `operation`.
    pub fn new(
        operation: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { operation, source: source.into() }
    }
}
