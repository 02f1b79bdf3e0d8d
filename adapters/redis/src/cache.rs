//! The shared cache.

use std::time::Duration;

use async_trait::async_trait;
use jangbogo_kernel::{SharedCache, SharedCacheError};

use crate::RedisConnection;

/// Values in Redis, each with its life.
pub struct RedisCache {
    redis: RedisConnection,
}

impl RedisCache {
    /// A cache over this connection.
    pub fn new(redis: RedisConnection) -> Self {
        Self { redis }
    }
}

#[async_trait]
impl SharedCache for RedisCache {
    async fn get_many(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, SharedCacheError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("MGET");
        for key in keys {
            command.arg(self.redis.key(key));
        }
        let values = self.redis.query(&command).await;
        values.map_err(|error| SharedCacheError::new("get values", error))
    }

    async fn set(&self, key: &str, value: &[u8], life: Duration) -> Result<(), SharedCacheError> {
        // Redis refuses a life of nothing, and longer ones than this are meant as for ever.
        let life = u64::try_from(life.as_millis()).unwrap_or(u64::MAX).clamp(1, LIFE_MAX_MS);
        let mut command = redis::cmd("SET");
        command.arg(self.redis.key(key)).arg(value).arg("PX").arg(life);
        let set = self.redis.query::<()>(&command).await;
        set.map_err(|error| SharedCacheError::new("set a value", error))
    }

    async fn remove(&self, key: &str) -> Result<(), SharedCacheError> {
        let mut command = redis::cmd("UNLINK");
        command.arg(self.redis.key(key));
        let removed = self.redis.query::<()>(&command).await;
        removed.map_err(|error| SharedCacheError::new("remove a value", error))
    }
}

/// A year; Redis adds lives to its clock and refuses what does not fit.
const LIFE_MAX_MS: u64 = 365 * 24 * 3_600_000;
