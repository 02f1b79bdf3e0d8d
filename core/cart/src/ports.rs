//! What the crate needs from outside.

use std::collections::HashMap;

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
    /// Waits until nobody else decides on these carts.
    ///
    /// # Guarantees
    /// Of two transactions that lock one cart the second sees what the first has put in. Carts are
    /// locked in the order of their members' ids.
    async fn lock(&mut self, members: &[MemberId]) -> Result<(), StoreError>;

    /// The lines of these members, oldest first; who has none may be left out.
    async fn items(
        &mut self,
        members: &[MemberId],
    ) -> Result<HashMap<MemberId, Vec<CartItem>>, StoreError>;

    /// Adds lines, or sets the quantities of those with the same product; every line at most once.
    async fn put(&mut self, items: &[(MemberId, CartItem)]) -> Result<(), StoreError>;

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

    /// Removes the lines that there are.
    async fn remove(&mut self, lines: &[(MemberId, ProductId)]) -> Result<(), StoreError>;
}

/// Reads outside transactions.
#[async_trait]
pub trait CartQueries: Send + Sync {
    /// The member's cart with the products of now, in a fixed number of queries.
    async fn get(&self, member: MemberId) -> Result<Cart, StoreError>;

    /// The same of these members, in their order, in a fixed number of queries.
    async fn get_many(&self, members: &[MemberId]) -> Result<Vec<Cart>, StoreError>;
}
