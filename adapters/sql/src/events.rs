//! Outbox, inbox, idempotency keys and the history of states.

use async_trait::async_trait;
use jangbogo_kernel::{
    Event, EventKind, Fingerprint, HistoryRepository, Id, IdempotencyKey, IdempotencyRepository,
    Inbox, Outbox, Recorded, StoreError, Timestamp, Transition,
};
use uuid::Uuid;

use crate::backend::Backend;
use crate::statement::{Insert, Record, Rows, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> Outbox for SqlTransaction<DB> {
    async fn append(&mut self, events: Vec<Event>) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(
            "outbox (event_id, name, aggregate_id, aggregate_seq, occurred_at, payload, state, \
             attempts, due_at)",
        );
        for event in events {
            insert.row(|row| {
                row.bind(event.id.uuid())
                    .bind(event.name)
                    .bind(event.aggregate)
                    .bind(event.sequence)
                    .bind(event.occurred_at.as_micros())
                    .bind(event.payload)
                    .bind("pending")
                    .bind(0_i64)
                    .bind(event.occurred_at.as_micros())
            });
        }
        insert.execute(self.on(), "append events").await
    }
}

#[async_trait]
impl<DB: Backend> Inbox for SqlTransaction<DB> {
    async fn record(
        &mut self,
        consumer: &str,
        event: Id<EventKind>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let new = sql::<DB>(
            "INSERT INTO inbox (consumer, event_id, handled_at) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
        )
        .bind(consumer.to_owned())
        .bind(event.uuid())
        .bind(now.as_micros())
        .execute(self.on(), "record a handled event")
        .await?;
        Ok(new == 1)
    }
}

#[async_trait]
impl<DB: Backend> IdempotencyRepository for SqlTransaction<DB> {
    async fn find(&mut self, keys: &[IdempotencyKey]) -> Result<Vec<Option<Recorded>>, StoreError> {
        let mut asked = Rows::<DB>::of("place, principal, operation, idem_key");
        for (place, key) in (0_i64..).zip(keys) {
            asked.row(|row| {
                row.bind(place).bind(key.principal).bind(key.operation).bind(key.key.clone())
            });
        }
        let select = "SELECT n.place, i.fingerprint, i.effect_id FROM n JOIN idempotency i \
             ON i.principal = n.principal AND i.operation = n.operation \
                AND i.idem_key = n.idem_key";
        let rows = asked.select(self.on(), select, "find idempotency keys").await?;
        let mut found = vec![None; keys.len()];
        for row in &rows {
            let place = usize::try_from(row.get::<i64>("place")?).ok();
            if let Some(found) = place.and_then(|place| found.get_mut(place)) {
                *found = Some(recorded(row)?);
            }
        }
        Ok(found)
    }

    async fn record(
        &mut self,
        effects: &[(IdempotencyKey, Uuid)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(
            "idempotency (principal, operation, idem_key, fingerprint, effect_id, created_at)",
        );
        for (key, effect) in effects {
            insert.row(|row| {
                row.bind(key.principal)
                    .bind(key.operation)
                    .bind(key.key.clone())
                    .bind(key.fingerprint.0.to_vec())
                    .bind(*effect)
                    .bind(now.as_micros())
            });
        }
        insert.execute(self.on(), "record idempotency keys").await
    }
}

fn recorded<DB: Backend>(row: &Record<DB>) -> Result<Recorded, StoreError> {
    let bytes = <[u8; 32]>::try_from(row.get::<Vec<u8>>("fingerprint")?);
    let bytes = bytes.map_err(|_| row.impossible("a fingerprint is 32 bytes"))?;
    Ok(Recorded { fingerprint: Fingerprint(bytes), effect: row.get("effect_id")? })
}

#[async_trait]
impl<DB: Backend> HistoryRepository for SqlTransaction<DB> {
    async fn add(&mut self, transitions: Vec<Transition>) -> Result<(), StoreError> {
        let mut insert = Insert::<DB>::into(
            "state_history (entity, entity_id, version, from_state, to_state, reason, at)",
        );
        for step in transitions {
            insert.row(|row| {
                row.bind(step.entity)
                    .bind(step.entity_id)
                    .bind(step.version)
                    .bind(step.from)
                    .bind(step.to)
                    .bind(step.reason)
                    .bind(step.at.as_micros())
            });
        }
        insert.execute(self.on(), "append to the history").await
    }
}
