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

    /// The stock of these products as it was last committed, ordered by id; unknown products are
    /// left out.
    ///
    /// # Guarantees
    /// Waits for nobody who has locked it. Somebody else may change it before it is saved, and
    /// then [`save`](Self::save) is a conflict.
    async fn find(&mut self, products: &[ProductId]) -> Result<Vec<Stock>, StoreError>;

    /// Remembers the fence of the lock that these products are changed under.
    ///
    /// # Errors
    /// A conflict when a higher one is remembered for one of them: the lock is another's by now.
    async fn fence(&mut self, products: &[ProductId], fence: i64) -> Result<(), StoreError>;

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

    /// The reservations of an order, by product id; of a product, the first one first.
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
