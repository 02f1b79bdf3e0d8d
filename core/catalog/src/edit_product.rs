//! Change a product.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Event, IdGenerator, Store, StoreError, fault, retried};
use jangbogo_member::{AccessError, Caller, Role};

use crate::{Product, ProductChanged, ProductChanges, ProductError, ProductId, Transaction};

/// Changes a seller's own product. Orders keep the price that they were placed with.
pub struct EditProduct {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// The product was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditProductError {
    /// A field is refused.
    #[error(transparent)]
    Field(#[from] ProductError),
    /// Not a seller, no such product, or another seller's.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(EditProductError {} passes on { Field, Access, Store });

impl EditProduct {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Changes the product and returns it.
    pub async fn run(
        &self,
        caller: &Caller,
        id: ProductId,
        changes: ProductChanges,
    ) -> Result<Product, EditProductError> {
        retried(|| self.once(caller, id, changes.clone())).await
    }

    async fn once(
        &self,
        caller: &Caller,
        id: ProductId,
        changes: ProductChanges,
    ) -> Result<Product, EditProductError> {
        caller.require_role(Role::Seller)?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut product = own_product(&mut *tx, caller, id).await??;
        product.change(changes, now)?;
        tx.products().save(&product).await?;
        let fact = ProductChanged { product: id, version: product.version };
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, now)?]).await?;
        tx.commit().await?;
        Ok(product)
    }
}

/// The caller's own product on sale; what was withdrawn does not exist.
pub(crate) async fn own_product(
    tx: &mut dyn Transaction,
    caller: &Caller,
    id: ProductId,
) -> Result<Result<Product, AccessError>, StoreError> {
    let found = tx.products().find_many(&[id]).await?.pop().filter(Product::is_on_sale);
    Ok(found
        .ok_or(AccessError::Hidden)
        .and_then(|product| caller.require_owner(product.seller).map(|()| product)))
}
