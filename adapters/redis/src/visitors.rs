//! Unique visitors in Redis: one HyperLogLog for each product and day, shared by all processes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jangbogo_catalog::{
    ChangedViews, ProductId, Sketched, StoredViews, ViewDay, ViewsOf, Visitor, VisitorSketch,
};
use jangbogo_kernel::{Id, StoreError, Uuid};
use redis::Script;

use crate::{RedisConnection, RedisError};

/// Visitors in Redis. While it is away they wait in memory; what it has lost comes back from what
/// is stored.
pub struct RedisVisitors {
    redis: RedisConnection,
    waiting: Mutex<VecDeque<(ViewsOf, Visitor)>>,
    record: Script,
    settle: Script,
    unite: Script,
}

/// Most visitors that wait for Redis to come back; further ones are not counted.
const WAITING_MAX: usize = 100_000;
/// Most of them that are told at once.
const TOLD_MAX: usize = 500;
/// How long Redis keeps a day: it is flushed within seconds, unless nobody flushes.
const KEPT_S: u64 = 3 * 24 * 3_600;
/// The hash of what has changed.
const CHANGED: &str = "views:changed";
/// The kind of sketch that the bytes are; Redis's own begin with `HYLL` behind it.
const KIND: u8 = b'R';

/// The key gets its time when it is made, never before; who is known already changes nothing.
const RECORD: &str = "
if redis.call('PFADD', KEYS[1], ARGV[1]) == 1 then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  redis.call('HINCRBY', KEYS[2], ARGV[3], 1)
end
return 1";

/// Only the state that was looked at is settled.
const SETTLE: &str = "
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 1";

/// What is stored is merged each time: how many Redis has counted does not tell whether it has lost
/// some and counted others since.
const UNITE: &str = "
if ARGV[1] ~= '' then
  redis.call('SET', KEYS[2], ARGV[1])
  redis.call('PFMERGE', KEYS[1], KEYS[2])
  redis.call('DEL', KEYS[2])
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return {redis.call('GET', KEYS[1]), redis.call('PFCOUNT', KEYS[1])}";

impl RedisVisitors {
    /// Visitors on this connection.
    pub fn new(redis: RedisConnection) -> Self {
        Self {
            redis,
            waiting: Mutex::default(),
            record: Script::new(RECORD),
            settle: Script::new(SETTLE),
            unite: Script::new(UNITE),
        }
    }

    /// The sketch's key. The braces keep a sketch and its copy on one node of a cluster.
    fn key(&self, views: ViewsOf) -> String {
        self.redis.key(&format!("views:{{{}}}", field(views)))
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<(ViewsOf, Visitor)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, views: ViewsOf, visitor: Visitor) {
        let mut waiting = self.waiting();
        if waiting.len() < WAITING_MAX {
            waiting.push_back((views, visitor));
        } else {
            metrics::counter!("views_dropped_total").increment(1);
        }
    }

    async fn tell(&self, views: ViewsOf, visitor: Visitor) -> Result<(), RedisError> {
        let mut call = self.record.prepare_invoke();
        call.key(self.key(views)).key(self.redis.key(CHANGED));
        call.arg(&visitor.hash()[..]).arg(KEPT_S).arg(field(views));
        self.redis.run(async move |mut on| call.invoke_async::<()>(&mut on).await).await
    }

    /// Tells Redis who came while it was away.
    async fn catch_up(&self) -> Result<(), RedisError> {
        for _ in 0..TOLD_MAX {
            let Some((views, visitor)) = self.waiting().pop_front() else { break };
            if let Err(error) = self.tell(views, visitor).await {
                self.waiting().push_front((views, visitor));
                return Err(error);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl VisitorSketch for RedisVisitors {
    async fn record(&self, views: ViewsOf, visitor: Visitor) -> Result<(), StoreError> {
        // Told twice is told once: whether a lost answer was a lost question does not matter.
        if self.tell(views, visitor).await.is_err() {
            self.wait(views, visitor);
        }
        Ok(())
    }

    async fn changed(&self, limit: usize) -> Result<Vec<ChangedViews>, StoreError> {
        let failed = |error| StoreError::retryable("look for new visitors", error);
        self.catch_up().await.map_err(failed)?;
        let mut ask = redis::cmd("HRANDFIELD");
        ask.arg(self.redis.key(CHANGED)).arg(limit).arg("WITHVALUES");
        let found: Vec<(String, u64)> = self.redis.query(&ask).await.map_err(failed)?;
        let found = found.into_iter();
        Ok(found
            .filter_map(|(name, mark)| Some(ChangedViews { views: parse(&name)?, mark }))
            .collect())
    }

    async fn united(&self, stored: &StoredViews) -> Result<Sketched, StoreError> {
        let failed = |error| StoreError::retryable("count visitors", error);
        let sketch = stored.sketch.as_deref().and_then(|bytes| bytes.strip_prefix(&[KIND]));
        let key = self.key(stored.views);
        let mut call = self.unite.prepare_invoke();
        call.key(&key).key(format!("{key}:stored"));
        call.arg(sketch.unwrap_or_default()).arg(KEPT_S);
        let asked = self.redis.run(async move |mut on| call.invoke_async(&mut on).await).await;
        let (bytes, visitors): (Option<Vec<u8>>, i64) = asked.map_err(failed)?;
        let mut whole = vec![KIND];
        whole.extend(bytes.unwrap_or_default());
        Ok(Sketched { bytes: whole, visitors })
    }

    async fn settled(&self, changed: &[ChangedViews]) -> Result<(), StoreError> {
        for changed in changed {
            let mut call = self.settle.prepare_invoke();
            call.key(self.redis.key(CHANGED)).arg(field(changed.views)).arg(changed.mark);
            let settled =
                self.redis.run(async move |mut on| call.invoke_async::<()>(&mut on).await).await;
            settled.map_err(|error| StoreError::retryable("settle visitors", error))?;
        }
        Ok(())
    }
}

/// `day:product`, the name under which both are found.
fn field(views: ViewsOf) -> String {
    format!("{}:{}", views.day.number(), views.product.uuid().as_simple())
}

fn parse(field: &str) -> Option<ViewsOf> {
    let (day, product) = field.split_once(':')?;
    let product: ProductId = Id::new(Uuid::parse_str(product).ok()?);
    Some(ViewsOf { product, day: ViewDay::from_number(day.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        let views = ViewsOf { product: Id::new(Uuid::from_u128(7)), day: ViewDay::from_number(-3) };
        assert_eq!(parse(&field(views)), Some(views));
        for name in ["", "1", "1:", ":x", "x:00000000000000000000000000000007"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
