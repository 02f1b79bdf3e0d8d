//! Transactions as a port.

use async_trait::async_trait;

use crate::{HistoryRepository, IdempotencyRepository, Inbox, Outbox, StoreError};

/// One atomic piece of work. Core crates extend it with their repositories; a use case that spans
/// crates asks for a transaction trait whose supertraits are theirs.
///
/// Dropping a transaction undoes everything. No call to another system is made while one is open.
#[async_trait]
pub trait Transaction: Send {
    /// Appends events that commit with the rest.
    fn outbox(&mut self) -> &mut dyn Outbox;

    /// Records consumed events that commit with their effect.
    fn inbox(&mut self) -> &mut dyn Inbox;

    /// Claims idempotency keys that commit with their effect.
    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository;

    /// Appends state transitions that commit with the new state.
    fn history(&mut self) -> &mut dyn HistoryRepository;

    /// Makes everything durable at once.
    ///
    /// # Errors
    /// A failed commit may still have happened: callers re-read by key, they do not repeat blindly.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Begins transactions that reach `T`'s repositories.
///
/// `T` is a transaction trait object, for example `Store<dyn ordering::Transaction>`.
#[async_trait]
pub trait Store<T: ?Sized>: Send + Sync {
    /// Opens a transaction.
    ///
    /// # Errors
    /// Retryable when no connection became free in time.
    async fn begin(&self) -> Result<Box<T>, StoreError>;
}
