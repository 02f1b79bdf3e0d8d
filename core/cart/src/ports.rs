//! What the crate needs from outside.

use async_trait::async_trait;
use jangbogo_catalog::ProductId;
use jangbogo_kernel::StoreError;
use jangbogo_member::MemberId;

use crate::{Cart, CartItem};

/// A transaction that reaches carts, and stock for the check on adding.
pub trait Transaction: jangbogo_inventory::Transaction {
    /// Carts.
    fn carts(&mut self) -> &mut dyn CartRepository;
}

/// Loads and saves carts, line by line.
#[async_trait]
pub trait CartRepository: Send {
    /// The member's lines, oldest first.
    async fn items(&mut self, member: MemberId) -> Result<Vec<CartItem>, StoreError>;

    /// Adds the line, or sets the quantity of the one with the same product.
    async fn put(&mut self, member: MemberId, item: &CartItem) -> Result<(), StoreError>;

    /// Takes pieces out of the line, if there is one; a line that has no more is removed.
    ///
    /// # Guarantees
    /// What somebody puts in at the same moment is not lost.
    async fn take_out(
        &mut self,
        member: MemberId,
        product: ProductId,
        pieces: i64,
    ) -> Result<(), StoreError>;

    /// Removes the line, if there is one.
    async fn remove(&mut self, member: MemberId, product: ProductId) -> Result<(), StoreError>;
}

/// Reads outside transactions.
#[async_trait]
pub trait CartQueries: Send + Sync {
    /// The member's cart with the products of now, in a fixed number of queries.
    async fn get(&self, member: MemberId) -> Result<Cart, StoreError>;
}
