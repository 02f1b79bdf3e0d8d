//! Take a product out of the cart.

use std::sync::Arc;

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Store, StoreError};
use jangbogo_member::Caller;

use crate::Transaction;

/// Removes a line of the caller's cart.
pub struct RemoveItem {
    store: Arc<dyn Store<dyn Transaction>>,
}

impl RemoveItem {
    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>) -> Self {
        Self { store }
    }

    /// Removes the line; a product that is not in the cart changes nothing.
    pub async fn run(&self, caller: &Caller, product: ProductId) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.carts().remove(caller.member, product).await?;
        tx.commit().await
    }
}
