//! What was paid for leaves the cart.

use std::sync::Arc;

use jangbogo_catalog::ProductId;
use jangbogo_kernel::{Clock, EventKind, Id, Store, StoreError, retried};
use jangbogo_member::MemberId;

use crate::Transaction;

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
        retried(|| self.once(event, member, bought)).await
    }

    async fn once(
        &self,
        event: Id<EventKind>,
        member: MemberId,
        bought: &[BoughtItem],
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if tx.inbox().record(Self::CONSUMER, event, self.clock.now()).await? {
            for item in bought {
                tx.carts().take_out(member, item.product, item.pieces).await?;
            }
        }
        tx.commit().await
    }
}
