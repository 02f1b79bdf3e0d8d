//! The relay's side of the outbox: events on their way to their consumers.

use async_trait::async_trait;

use crate::{Event, EventKind, Id, StoreError, Timestamp};

/// An event that was claimed for delivery. `pending → publishing → published`, or
/// `publishing → retryable → publishing …`, or at last `discarded`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The event.
    pub event: Event,
    /// How often delivery was begun, this time included: counted before the try, so that a crash
    /// counts too.
    pub attempts: u32,
}

/// An event that a consumer could not handle, kept for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Who could not handle it.
    pub consumer: String,
    /// Why.
    pub cause: String,
}

/// How far delivery is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Events that are neither published nor discarded.
    pub waiting: u64,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
}

/// Claims events from the outbox and keeps what became of them.
#[async_trait]
pub trait PublicationQueue: Send + Sync {
    /// Makes known which events a consumer must get: every one by these names is from now on
    /// handled, or a dead letter.
    async fn subscribe(&self, consumer: &str, names: &[&str]) -> Result<(), StoreError>;

    /// Claims up to `limit` events that are due by `now`, until `lease_until`.
    ///
    /// # Guarantees
    /// Claimed by state, never by "id above the last one", so that an event that commits late is
    /// not lost. Of each aggregate only its oldest unfinished event is claimed. A claim whose lease
    /// is over can be claimed again.
    async fn claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Publication>, StoreError>;

    /// All consumers have handled these events. An event that is finished already stays as it is.
    async fn published(&self, events: &[Id<EventKind>], now: Timestamp) -> Result<(), StoreError>;

    /// Some consumer could not handle the event now; it is due again at `at`. An event that is
    /// finished already stays as it is.
    async fn retry(&self, event: Id<EventKind>, at: Timestamp) -> Result<(), StoreError>;

    /// Some consumers will not handle the event; the aggregate's next events go on. An event that
    /// is finished already stays as it is, and no letter is kept.
    async fn discard(
        &self,
        event: Id<EventKind>,
        dead: &[DeadLetter],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// How far delivery is behind.
    async fn backlog(&self) -> Result<Backlog, StoreError>;
}
