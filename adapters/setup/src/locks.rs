//! The shop's locks: first among the tasks of this process, then among the processes.
//!
//! Those who wait inside of a process wait in a queue and not at Redis: however many they are, each
//! process asks for a key with one voice.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{Clock, LockGuard, LockService, LockTimes, StoreError};
use jangbogo_redis::{RedisConnection, RedisLocks};
use jangbogo_runtime::ProcessLocks;
use tokio::time::Instant;

/// The locks of one process of the shop, counted.
pub struct ShopLocks {
    process: ProcessLocks,
    shared: Option<RedisLocks>,
}

struct Held {
    process: Box<dyn LockGuard>,
    shared: Option<Box<dyn LockGuard>>,
}

impl ShopLocks {
    /// Locks among all processes on this Redis, or, without one, inside of this process.
    pub fn new(clock: Arc<dyn Clock>, redis: Option<&RedisConnection>) -> Self {
        let shared = redis.map(|connection| RedisLocks::new(connection.clone()));
        Self { process: ProcessLocks::new(clock), shared }
    }

    async fn both(
        &self,
        keys: &[String],
        times: LockTimes,
    ) -> Result<Option<Box<dyn LockGuard>>, StoreError> {
        let deadline = Instant::now() + times.wait;
        // The way to the front of the queue, the wait at Redis and the lease.
        let lease = times.wait + times.lease;
        let inside = LockTimes { lease: lease + Duration::from_secs(1), ..times };
        let inside = if self.shared.is_some() { inside } else { times };
        let Some(process) = self.process.acquire(keys, inside).await? else { return Ok(None) };
        let Some(service) = &self.shared else {
            return Ok(Some(Box::new(Held { process, shared: None })));
        };
        let wait = deadline.saturating_duration_since(Instant::now());
        let shared = service.acquire(keys, LockTimes { wait, ..times }).await?;
        Ok(shared.map(|shared| Box::new(Held { process, shared: Some(shared) }) as _))
    }
}

#[async_trait]
impl LockService for ShopLocks {
    async fn acquire(
        &self,
        keys: &[String],
        times: LockTimes,
    ) -> Result<Option<Box<dyn LockGuard>>, StoreError> {
        let began = Instant::now();
        let acquired = self.both(keys, times).await;
        let outcome = match &acquired {
            Ok(Some(_)) => "acquired",
            Ok(None) => "refused",
            Err(_) => "unavailable",
        };
        metrics::counter!("locks_total", "outcome" => outcome).increment(1);
        metrics::histogram!("lock_wait_seconds").record(began.elapsed());
        acquired
    }
}

#[async_trait]
impl LockGuard for Held {
    fn fence(&self) -> i64 {
        self.shared.as_ref().unwrap_or(&self.process).fence()
    }

    async fn release(self: Box<Self>) -> Result<bool, StoreError> {
        let Self { process, shared } = *self;
        // Redis first: the next one of this process then finds it free.
        let shared = match shared {
            Some(shared) => shared.release().await,
            None => Ok(true),
        };
        let kept = process.release().await? && shared?;
        if !kept {
            metrics::counter!("locks_total", "outcome" => "lost").increment(1);
        }
        Ok(kept)
    }
}
