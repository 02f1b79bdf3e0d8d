//! What is kept for a while and then let go of.

use async_trait::async_trait;

use crate::{StoreError, Timestamp};

/// Lets go of what has served its time, a bounded number of rows in each transaction.
#[async_trait]
pub trait Retention: Send + Sync {
    /// Forgets up to `limit` idempotency keys that were recorded before; tells how many.
    async fn forget_keys(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Forgets up to `limit` events that were delivered before, with what their consumers have
    /// recorded; tells how many.
    ///
    /// # Guarantees
    /// An event that is not finished, or that some consumer could not handle, is kept, and so are
    /// all later ones of its aggregate: what is kept of an aggregate is without gaps.
    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
