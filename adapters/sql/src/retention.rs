//! Letting go of what has served its time.

use async_trait::async_trait;
use jangbogo_kernel::{EventKind, Id, Retention, StoreError, Timestamp};

use crate::backend::Backend;
use crate::statement::{composed, sql};
use crate::store::SqlStore;

#[async_trait]
impl<DB: Backend> Retention for SqlStore<DB> {
    async fn forget_keys(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let forget = sql::<DB>(
            "DELETE FROM idempotency WHERE (principal, operation, idem_key) IN ( \
                 SELECT principal, operation, idem_key FROM idempotency \
                 WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
        );
        let forget = forget.bind(before.as_micros()).bind(i64::from(limit));
        forget.execute(&mut *self.write().await?, "forget idempotency keys").await
    }

    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut tx = self.transaction().await?;
        // Only the first one that is kept of each aggregate, so that no gap can come about however
        // the batches fall.
        let old = sql::<DB>(
            "SELECT o.event_id FROM outbox o \
             WHERE o.state = 'published' AND o.finished_at < $1 AND NOT EXISTS ( \
                 SELECT 1 FROM outbox earlier \
                 WHERE earlier.aggregate_id = o.aggregate_id \
                   AND earlier.aggregate_seq < o.aggregate_seq) \
             ORDER BY o.finished_at, o.event_id LIMIT $2",
        );
        let old = old.bind(before.as_micros()).bind(i64::from(limit));
        let rows = old.rows(tx.on(), "find old events").await?;
        let ids = rows.iter().map(|row| row.id("event_id"));
        let ids: Vec<Id<EventKind>> = ids.collect::<Result<_, _>>()?;
        if ids.is_empty() {
            return Ok(0);
        }
        let inbox = composed::<DB>("DELETE FROM inbox WHERE event_id").any_of(&ids).finish();
        inbox.execute(tx.on(), "forget handled events").await?;
        let outbox = composed::<DB>("DELETE FROM outbox WHERE event_id").any_of(&ids).finish();
        let forgotten = outbox.execute(tx.on(), "forget old events").await?;
        // From now on an aggregate need not begin with its first event.
        sql::<DB>(
            "INSERT INTO event_horizon (id, forgotten_before) VALUES (1, $1) \
             ON CONFLICT (id) DO UPDATE SET forgotten_before = excluded.forgotten_before \
             WHERE excluded.forgotten_before > event_horizon.forgotten_before",
        )
        .bind(before.as_micros())
        .execute(tx.on(), "keep how far events are forgotten")
        .await?;
        jangbogo_kernel::Transaction::commit(Box::new(tx)).await?;
        Ok(forgotten)
    }
}
