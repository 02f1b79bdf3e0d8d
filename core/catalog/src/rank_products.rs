//! Rank products by what was sold.

use std::sync::Arc;

use jangbogo_kernel::{Store, StoreError, retried};

use crate::{RankingPeriod, Transaction, ViewDay};

/// Makes a ranking anew from the pieces that were sold on its days. Making it twice, or by two
/// hosts at once, is making it once.
pub struct RankProducts {
    store: Arc<dyn Store<dyn Transaction>>,
}

impl RankProducts {
    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>) -> Self {
        Self { store }
    }

    /// Makes the ranking of a time, seen from `today`; tells how many products it has.
    pub async fn run(&self, period: RankingPeriod, today: ViewDay) -> Result<u64, StoreError> {
        retried(|| self.once(period, today)).await
    }

    async fn once(&self, period: RankingPeriod, today: ViewDay) -> Result<u64, StoreError> {
        let mut tx = self.store.begin().await?;
        let ranked = tx.rankings().rank(period, period.seen_from(today)).await?;
        tx.commit().await?;
        Ok(ranked)
    }
}
