//! Forget on which days was sold what, when no ranking asks for it any more.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Store, StoreError, retried};

use crate::{RankingPeriod, Transaction, ViewDay};

/// Forgets the pieces of days that are beyond every ranking; the products' counters stay.
pub struct ForgetSales {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
}

impl ForgetSales {
    /// Most rows forgotten in one transaction.
    pub const BATCH_MAX: u32 = 1_000;

    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Forgets one batch and tells how many rows there were.
    pub async fn run(&self) -> Result<u64, StoreError> {
        retried(|| self.once()).await
    }

    async fn once(&self) -> Result<u64, StoreError> {
        let before = ViewDay::of(self.clock.now().minus(RankingPeriod::KEEP));
        let mut tx = self.store.begin().await?;
        let forgotten = tx.rankings().forget(before, Self::BATCH_MAX).await?;
        if forgotten > 0 {
            tx.commit().await?;
        }
        Ok(forgotten)
    }
}
