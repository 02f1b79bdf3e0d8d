//! Forget runs that nobody will ask for.

use std::sync::Arc;
use std::time::Duration;

use jangbogo_kernel::{Clock, Store, StoreError, retried};

use crate::Transaction;

/// Forgets runs that ended long ago; never one that is open.
pub struct ForgetRuns {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    keep: Duration,
}

impl ForgetRuns {
    /// Most runs forgotten in one transaction.
    pub const BATCH_MAX: u32 = 200;

    /// Assembles the use case; runs are kept for so long.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        keep: Duration,
    ) -> Self {
        Self { store, clock, keep }
    }

    /// Forgets one batch and tells how many there were.
    pub async fn run(&self) -> Result<u64, StoreError> {
        retried(|| self.once()).await
    }

    async fn once(&self) -> Result<u64, StoreError> {
        let before = self.clock.now().minus(self.keep);
        let mut tx = self.store.begin().await?;
        let forgotten = tx.runs().forget(before, Self::BATCH_MAX).await?;
        if forgotten > 0 {
            tx.commit().await?;
        }
        Ok(forgotten)
    }
}
