//! What was paid for leaves the cart.

use std::sync::Arc;

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Clock, EventKind, Id, Quantity, Store, StoreError};
use jangbogo_member::MemberId;

use crate::{CartItem, Transaction};

/// Takes bought pieces out of a member's cart, once per event.
pub struct RemoveBought {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
}

/// Pieces of one product that were paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoughtItem {
    /// The product.
    pub product: ProductId,
    /// Pieces.
    pub pieces: i64,
}

impl RemoveBought {
    /// The name under which handled events are recorded.
    pub const CONSUMER: &'static str = "cart.remove-bought";

    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Takes the pieces out; what the member put in beyond them stays. A repeated event changes
    /// nothing.
    pub async fn run(
        &self,
        event: Id<EventKind>,
        member: MemberId,
        bought: &[BoughtItem],
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if tx.inbox().record(Self::CONSUMER, event, self.clock.now()).await? {
            for item in tx.carts().items(member).await? {
                let Some(bought) = bought.iter().find(|b| b.product == item.product) else {
                    continue;
                };
                let left = item.quantity.get() - bought.pieces;
                if let Ok(quantity) = Quantity::try_new(left) {
                    tx.carts().put(member, &CartItem { quantity, ..item }).await?;
                } else {
                    tx.carts().remove(member, item.product).await?;
                }
            }
        }
        tx.commit().await
    }
}
