//! The relay's side of the outbox.

use async_trait::async_trait;
use jangbogo_kernel::{
    Backlog, DeadLetter, Event, EventKind, Id, Publication, PublicationQueue, StoreError, Timestamp,
};

use crate::backend::Backend;
use crate::statement::{Insert, Record, assembled, composed, sql};
use crate::store::{SqlStore, SqlTransaction};

#[async_trait]
impl<DB: Backend> PublicationQueue for SqlStore<DB> {
    async fn subscribe(&self, consumer: &str, names: &[&str]) -> Result<(), StoreError> {
        let mut tx = self.transaction().await?;
        for name in names {
            sql::<DB>(
                "INSERT INTO event_subscription (consumer, event_name) VALUES ($1, $2) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(consumer.to_owned())
            .bind((*name).to_owned())
            .execute(tx.on(), "subscribe a consumer")
            .await?;
        }
        jangbogo_kernel::Transaction::commit(Box::new(tx)).await
    }

    async fn claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Publication>, StoreError> {
        // By state, oldest first, and only the first unfinished event of each aggregate.
        // `publishing` with its time over is a claim whose holder is gone.
        // The claim is its own table: PostgreSQL may run a subquery with LIMIT more than once.
        let text = format!(
            "WITH due AS ( \
                 SELECT o.event_id FROM outbox o \
                 WHERE o.state IN ('pending', 'publishing', 'retryable') AND o.due_at <= $2 \
                   AND NOT EXISTS ( \
                       SELECT 1 FROM outbox earlier \
                       WHERE earlier.aggregate_id = o.aggregate_id \
                         AND earlier.aggregate_seq < o.aggregate_seq \
                         AND earlier.state IN ('pending', 'publishing', 'retryable')) \
                 ORDER BY o.due_at, o.event_id LIMIT $3{}) \
             UPDATE outbox SET state = 'publishing', attempts = attempts + 1, due_at = $1 \
             WHERE event_id IN (SELECT event_id FROM due) \
             RETURNING event_id, name, aggregate_id, aggregate_seq, occurred_at, payload, attempts",
            DB::SKIP_LOCKED
        );
        let mut on = self.write().await?;
        let rows = assembled::<DB>(text)
            .bind(lease_until.as_micros())
            .bind(now.as_micros())
            .bind(i64::from(limit))
            .rows(&mut on, "claim events")
            .await?;
        let mut claimed = rows.iter().map(publication).collect::<Result<Vec<_>, _>>()?;
        claimed.sort_by_key(|publication| (publication.event.occurred_at, publication.event.id));
        Ok(claimed)
    }

    async fn published(&self, events: &[Id<EventKind>], now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.transaction().await?;
        finish(&mut tx, events, "published", now).await?;
        jangbogo_kernel::Transaction::commit(Box::new(tx)).await
    }

    async fn retry(&self, event: Id<EventKind>, at: Timestamp) -> Result<(), StoreError> {
        let mut on = self.write().await?;
        sql::<DB>(
            "UPDATE outbox SET state = 'retryable', due_at = $1 \
             WHERE event_id = $2 AND state = 'publishing'",
        )
        .bind(at.as_micros())
        .bind(event.uuid())
        .execute(&mut on, "put an event back")
        .await?;
        Ok(())
    }

    async fn discard(
        &self,
        event: Id<EventKind>,
        dead: &[DeadLetter],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.transaction().await?;
        if finish(&mut tx, &[event], "discarded", now).await? == 1 {
            bury(&mut tx, event, dead, now).await?;
        }
        jangbogo_kernel::Transaction::commit(Box::new(tx)).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let mut on = self.read().await?;
        let row = sql::<DB>(
            "SELECT COUNT(*) AS waiting, MIN(occurred_at) AS oldest FROM outbox \
             WHERE state IN ('pending', 'publishing', 'retryable')",
        )
        .row(&mut on, "count waiting events")
        .await?;
        let Some(row) = row else {
            return Ok(Backlog { waiting: 0, oldest: None });
        };
        let waiting = u64::try_from(row.get::<i64>("waiting")?).unwrap_or(0);
        Ok(Backlog { waiting, oldest: row.maybe_time("oldest")? })
    }
}

/// Finishes what is not finished yet, and tells how many events that were.
async fn finish<DB: Backend>(
    tx: &mut SqlTransaction<DB>,
    events: &[Id<EventKind>],
    state: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    composed::<DB>("UPDATE outbox SET state = ")
        .bind(state.to_owned())
        .text(", finished_at = ")
        .bind(now.as_micros())
        .text(" WHERE state IN ('pending', 'publishing', 'retryable') AND event_id")
        .any_of(events)
        .finish()
        .execute(tx.on(), "finish events")
        .await
}

async fn bury<DB: Backend>(
    tx: &mut SqlTransaction<DB>,
    event: Id<EventKind>,
    dead: &[DeadLetter],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut insert = Insert::<DB>::into("dead_letter (consumer, event_id, cause, died_at)");
    for letter in dead {
        insert.row(|row| {
            row.bind(letter.consumer.clone())
                .bind(event.uuid())
                .bind(letter.cause.clone())
                .bind(now.as_micros())
        });
    }
    insert.execute(tx.on(), "keep dead letters").await
}

fn publication<DB: Backend>(row: &Record<DB>) -> Result<Publication, StoreError> {
    let event = Event {
        id: row.id("event_id")?,
        name: row.get("name")?,
        aggregate: row.get("aggregate_id")?,
        sequence: row.get("aggregate_seq")?,
        occurred_at: row.time("occurred_at")?,
        payload: row.get("payload")?,
    };
    let attempts = u32::try_from(row.get::<i64>("attempts")?).unwrap_or(u32::MAX);
    Ok(Publication { event, attempts })
}
