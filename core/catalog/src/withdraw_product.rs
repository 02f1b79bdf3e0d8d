//! Take a product out of the shop.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Event, IdGenerator, Store, StoreError, fault, retried};
use jangbogo_member::{AccessError, Caller, Role};

use crate::edit_product::own_product;
use crate::{ProductId, ProductWithdrawn, Transaction};

/// Withdraws a seller's own product: it can no longer be seen or ordered; orders that name it stay.
pub struct WithdrawProduct {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// The product stays.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawProductError {
    /// Not a seller, no such product, or another seller's.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(WithdrawProductError {} passes on { Access, Store });

impl WithdrawProduct {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Withdraws the product.
    pub async fn run(&self, caller: &Caller, id: ProductId) -> Result<(), WithdrawProductError> {
        retried(|| self.once(caller, id)).await
    }

    async fn once(&self, caller: &Caller, id: ProductId) -> Result<(), WithdrawProductError> {
        caller.require_role(Role::Seller)?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut product = own_product(&mut *tx, caller, id).await??;
        product.withdraw(now);
        tx.products().save(&product).await?;
        let fact = ProductWithdrawn { product: id, version: product.version };
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, now)?]).await?;
        Ok(tx.commit().await?)
    }
}
