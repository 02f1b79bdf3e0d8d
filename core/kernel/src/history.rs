//! The history of states: one row per transition, so that every state can be explained.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{StoreError, Timestamp};

/// One step of an aggregate from one state to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The kind of aggregate: `order`, `attempt` …
    pub entity: &'static str,
    /// The aggregate.
    pub entity_id: Uuid,
    /// The version that the step made: 1 is creation.
    pub version: i64,
    /// The state before; empty for creation.
    pub from: &'static str,
    /// The state after.
    pub to: &'static str,
    /// Why, in a word or two: `placed`, `expired`, `capture-succeeded` …
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Keeps transitions for ever.
#[async_trait]
pub trait HistoryRepository: Send {
    /// Appends transitions.
    ///
    /// # Errors
    /// A second transition with the same entity, id and version is refused.
    async fn add(&mut self, transitions: Vec<Transition>) -> Result<(), StoreError>;
}
