//! What is measured by looking, not by counting: pools and the outbox.

use std::time::Duration;

use jangbogo_sql::{Backend, PoolStatus, SqlStore};
use metrics::gauge;

use crate::Shop;

/// A database that does not answer for so long is not asked any further.
const LONGEST: Duration = Duration::from_secs(1);

/// Pools of connections that can be looked at.
pub trait Pools: Send + Sync {
    /// What each is doing now.
    fn pools(&self) -> Vec<PoolStatus>;
}

impl<DB: Backend> Pools for SqlStore<DB> {
    fn pools(&self) -> Vec<PoolStatus> {
        Self::pools(self)
    }
}

impl Shop {
    /// Sets every gauge that nobody sets in passing; to be called before they are read.
    pub async fn measure(&self) {
        for pool in self.pools.pools() {
            let name = pool.name;
            gauge!("database_pool_max", "pool" => name).set(pool.max);
            gauge!("database_pool_open", "pool" => name).set(pool.open);
            gauge!("database_pool_idle", "pool" => name).set(pool.idle);
            gauge!("database_pool_in_use", "pool" => name).set(pool.open - pool.idle);
            gauge!("database_pool_waiting", "pool" => name).set(small(pool.waiting));
        }
        let backlog = tokio::time::timeout(LONGEST, self.publications.backlog()).await;
        // A database that is away shows in the pools; the last known backlog stays.
        if let Ok(Ok(backlog)) = backlog {
            let age = backlog.oldest.map(|at| self.clock.now().since(at));
            gauge!("outbox_waiting_events").set(small(backlog.waiting));
            gauge!("outbox_oldest_age_seconds").set(age.unwrap_or_default());
        }
    }
}

/// Gauges are floats, which hold every u32 exactly.
fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
