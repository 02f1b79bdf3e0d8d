//! Locks across processes.
//!
//! Each key is a Redis key that holds its owner's random value and vanishes with the lease; one
//! script takes all keys or none, so that there is no order to wait in and no deadlock. The fence
//! is a counter that is never below the server's clock in microseconds: after a flush it goes on
//! above where it was. All keys live on one server; a cluster would need them in one slot.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{LockGuard, LockService, LockTimes, StoreError};
use rand::RngExt as _;
use redis::Script;
use tokio::time::{Instant, sleep};

use crate::{RedisConnection, RedisError};

/// Locks that every process on the same Redis and key prefix sees.
#[derive(Clone)]
pub struct RedisLocks {
    connection: RedisConnection,
}

/// Keys that are held, or may be: dropping it releases them.
struct Held {
    connection: RedisConnection,
    keys: Vec<String>,
    owner: String,
    fence: i64,
}

/// Between two looks at a key that is held, milliseconds: short enough to lose little, and never
/// the same, so that those who wait do not look all at once.
const LOOK_AGAIN_MS: std::ops::RangeInclusive<u64> = 1..=5;

/// `KEYS`: the fence, then the keys. `ARGV`: owner, lease in milliseconds. The fence, or 0.
static ACQUIRE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        for i = 2, #KEYS do
            if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end
        end
        local time = redis.call('TIME')
        local fence = time[1] * 1000000 + time[2]
        local last = tonumber(redis.call('GET', KEYS[1]) or 0)
        if fence <= last then fence = last + 1 end
        redis.call('SET', KEYS[1], string.format('%.0f', fence))
        for i = 2, #KEYS do
            redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
        end
        return fence",
    )
});

/// `KEYS`: the keys. `ARGV`: owner. How many of them were the owner's.
static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local released = 0
        for i = 1, #KEYS do
            if redis.call('GET', KEYS[i]) == ARGV[1] then
                released = released + redis.call('DEL', KEYS[i])
            end
        end
        return released",
    )
});

impl RedisLocks {
    /// Locks on this connection.
    pub fn new(connection: RedisConnection) -> Self {
        Self { connection }
    }

    /// The Redis key of a lock.
    pub fn key(&self, name: &str) -> String {
        self.connection.key(&format!("lock:{name}"))
    }
}

#[async_trait]
impl LockService for RedisLocks {
    async fn acquire(
        &self,
        keys: &[String],
        times: LockTimes,
    ) -> Result<Option<Box<dyn LockGuard>>, StoreError> {
        let deadline = Instant::now() + times.wait;
        let mut keys: Vec<String> = keys.iter().map(|key| self.key(key)).collect();
        keys.sort_unstable();
        keys.dedup();
        let owner: u128 = rand::rng().random();
        let owner = format!("{owner:032x}");
        let mut held = Held { connection: self.connection.clone(), keys, owner, fence: 0 };
        let fence_key = self.connection.key("lock-fence");
        loop {
            let failed = |error| StoreError::retryable("acquire a lock", error);
            held.fence = held.ask_for(&fence_key, times.lease).await.map_err(failed)?;
            if held.fence > 0 {
                return Ok(Some(Box::new(held)));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                held.forget();
                return Ok(None);
            }
            let pause = rand::rng().random_range(LOOK_AGAIN_MS);
            sleep(Duration::from_millis(pause).min(left)).await;
        }
    }
}

impl Held {
    async fn ask_for(&self, fence_key: &str, lease: Duration) -> Result<i64, RedisError> {
        let mut question = ACQUIRE.key(fence_key);
        for key in &self.keys {
            question.key(key);
        }
        let lease_ms = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX).max(1);
        question.arg(&self.owner).arg(lease_ms);
        self.connection
            .run(async move |mut connection| question.invoke_async(&mut connection).await)
            .await
    }

    /// Nothing is held, and nothing has to be released.
    fn forget(&mut self) {
        self.keys.clear();
    }
}

async fn release(
    connection: &RedisConnection,
    keys: &[String],
    owner: &str,
) -> Result<bool, RedisError> {
    let mut question = RELEASE.prepare_invoke();
    for key in keys {
        question.key(key);
    }
    question.arg(owner);
    let released: usize = connection
        .run(async move |mut connection| question.invoke_async(&mut connection).await)
        .await?;
    Ok(released == keys.len())
}

#[async_trait]
impl LockGuard for Held {
    fn fence(&self) -> i64 {
        self.fence
    }

    async fn release(mut self: Box<Self>) -> Result<bool, StoreError> {
        let keys = std::mem::take(&mut self.keys);
        release(&self.connection, &keys, &self.owner)
            .await
            .map_err(|error| StoreError::retryable("release a lock", error))
    }
}

impl Drop for Held {
    /// Also when the wait was given up while the server was being asked: it may have said yes.
    fn drop(&mut self) {
        let (keys, owner) = (std::mem::take(&mut self.keys), std::mem::take(&mut self.owner));
        let connection = self.connection.clone();
        if keys.is_empty() || !connection.is_up() {
            return; // nothing to release, or nobody to tell: the lease ends it
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = release(&connection, &keys, &owner).await {
                    tracing::warn!(?error, "a lock is left to its lease");
                }
            });
        }
    }
}
