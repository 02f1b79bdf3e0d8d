//! What the crate needs from outside.

use async_trait::async_trait;
use jangbogo_catalog::ProductId;
use jangbogo_kernel::{StoreError, Timestamp, Uuid};

use crate::{Reservation, ReservationState, Stock};

/// A transaction that reaches stock, and products too: a product comes with its first stock.
pub trait Transaction: jangbogo_catalog::Transaction {
    /// Stock, its ledger and reservations.
    fn stock(&mut self) -> &mut dyn StockRepository;
}

/// Loads and saves stock.
#[async_trait]
pub trait StockRepository: Send {
    /// The stock of these products, ordered by id; unknown products are left out.
    ///
    /// # Guarantees
    /// Until the transaction ends nobody else changes them: rows are locked in id order, or the
    /// whole database has one writer.
    async fn lock(&mut self, products: &[ProductId]) -> Result<Vec<Stock>, StoreError>;

    /// Adds the stock of new products with their ledgers.
    async fn add(&mut self, stocks: &[Stock], now: Timestamp) -> Result<(), StoreError>;

    /// Saves changed stock and appends its unsaved movements.
    ///
    /// # Errors
    /// A conflict when a stored ledger number is not [`Stock::stored_sequence`]: somebody else
    /// changed the stock. The database refuses negative counters whatever the caller computed.
    async fn save(&mut self, stocks: &[Stock], now: Timestamp) -> Result<(), StoreError>;

    /// Opens reservations.
    async fn reserve(&mut self, reservations: &[Reservation]) -> Result<(), StoreError>;

    /// The reservations of an order, by product id.
    async fn reservations_of(&mut self, order: Uuid) -> Result<Vec<Reservation>, StoreError>;

    /// Closes all open reservations of an order.
    ///
    /// # Errors
    /// A conflict when `expected` were to be closed and another number was open.
    async fn close_reservations(
        &mut self,
        order: Uuid,
        state: ReservationState,
        expected: u64,
    ) -> Result<(), StoreError>;
}
