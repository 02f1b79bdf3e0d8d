//! Events: past-tense facts, appended in the transaction that made them true.

use async_trait::async_trait;
use serde::Serialize;
use uuid::Uuid;

use crate::{Id, IdGenerator, Kind, StoreError, Timestamp};

/// Marker: what an event's [`Id`] identifies.
#[derive(Debug)]
pub struct EventKind;
impl Kind for EventKind {
    const PREFIX: &'static str = "evt";
}

/// A fact of one aggregate, as published language: a versioned name and a serialisable body.
pub trait DomainEvent: Serialize {
    /// Stable name with version, for example `ordering.order_placed.v1`.
    const NAME: &'static str;

    /// The aggregate that the fact is about; events of one aggregate are delivered in order.
    fn aggregate(&self) -> Uuid;

    /// The aggregate's version that the fact made: 1, 2, 3 … without gaps.
    fn sequence(&self) -> i64;
}

/// A fact on its way into the [`Outbox`].
#[must_use = "an event that is not appended to the outbox is lost"]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The event's own id; consumers deduplicate by it.
    pub id: Id<EventKind>,
    /// Stable name with version.
    pub name: String,
    /// The aggregate that it is about.
    pub aggregate: Uuid,
    /// Its place among the aggregate's events: 1, 2, 3 …
    pub sequence: i64,
    /// When it became true.
    pub occurred_at: Timestamp,
    /// The body as JSON.
    pub payload: String,
}

impl Event {
    /// Wraps a fact that became true at `occurred_at`.
    pub fn of<E: DomainEvent>(
        fact: &E,
        ids: &dyn IdGenerator,
        occurred_at: Timestamp,
    ) -> Result<Self, StoreError> {
        let payload = serde_json::to_string(fact)
            .map_err(|source| StoreError::new("write an event as JSON", source))?;
        Ok(Self {
            id: ids.next(),
            name: E::NAME.to_owned(),
            aggregate: fact.aggregate(),
            sequence: fact.sequence(),
            occurred_at,
            payload,
        })
    }
}

/// Appends events inside the transaction that made them true.
#[async_trait]
pub trait Outbox: Send {
    /// Appends the events in the given order.
    ///
    /// # Guarantees
    /// They are delivered if and only if the transaction commits; per aggregate in `sequence`
    /// order; at least once to every consumer.
    ///
    /// # Errors
    /// A second event with the same aggregate and sequence is refused: two writers made the same
    /// version.
    async fn append(&mut self, events: Vec<Event>) -> Result<(), StoreError>;
}

/// Records what a consumer has handled, in the same transaction as the consumer's effect.
#[async_trait]
pub trait Inbox: Send {
    /// Records that `consumer` handles `event` now.
    ///
    /// # Guarantees
    /// `false` when it was recorded before: the caller must then change nothing.
    async fn record(
        &mut self,
        consumer: &str,
        event: Id<EventKind>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}
