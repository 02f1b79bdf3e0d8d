//! Add a product together with its first stock.

use std::sync::Arc;

use jangbogo_catalog::{NewProduct, Product, ProductAdded, ProductId};
use jangbogo_kernel::{
    Clock, Event, IdGenerator, IdempotencyKey, KeyError, Store, StoreError, fault, retried,
};
use jangbogo_member::{AccessError, Caller, Role};

use crate::{Stock, StockError, Transaction};

/// Adds a seller's product and its stock in one transaction.
pub struct AddProduct {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// A product to add.
#[derive(Debug, Clone)]
pub struct AddProductCommand {
    /// The product.
    pub product: NewProduct,
    /// Its first pieces.
    pub stock: i64,
    /// Makes a repeated request harmless.
    pub key: Option<IdempotencyKey>,
}

/// What was added, now or by the same request before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedProduct {
    /// The product as it is now.
    pub product: Product,
    /// Pieces that can be ordered now.
    pub stock: i64,
}

/// The product was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddProductError {
    /// The number of pieces is refused.
    #[error(transparent)]
    Stock(#[from] StockError),
    /// Not a seller.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The idempotency key belongs to another request.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(AddProductError {} passes on { Stock, Access, Key, Store });

impl AddProduct {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Adds the product.
    pub async fn run(
        &self,
        caller: &Caller,
        command: AddProductCommand,
    ) -> Result<AddedProduct, AddProductError> {
        retried(|| self.once(caller, command.clone())).await
    }

    async fn once(
        &self,
        caller: &Caller,
        command: AddProductCommand,
    ) -> Result<AddedProduct, AddProductError> {
        caller.require_role(Role::Seller)?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(key) = &command.key
            && let Some(effect) = key.earlier_effect(tx.idempotency()).await??
        {
            return added_before(&mut *tx, ProductId::new(effect)).await;
        }
        let product = command.product.into_product(self.ids.next(), caller.member, now);
        let stock = Stock::opened(product.id, command.stock)?;
        tx.products().add(std::slice::from_ref(&product)).await?;
        tx.stock().add(std::slice::from_ref(&stock), now).await?;
        let effects: Vec<_> = command.key.into_iter().map(|key| (key, product.id.uuid())).collect();
        tx.idempotency().record(&effects, now).await?;
        let fact = ProductAdded { product: product.id };
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, now)?]).await?;
        tx.commit().await?;
        Ok(AddedProduct { product, stock: stock.available() })
    }
}

async fn added_before(
    tx: &mut dyn Transaction,
    id: ProductId,
) -> Result<AddedProduct, AddProductError> {
    let product = tx.products().find_many(&[id]).await?.pop().ok_or(AccessError::Hidden)?;
    let stock = tx.stock().lock(&[id]).await?.pop().map_or(0, |stock| stock.available());
    Ok(AddedProduct { product, stock })
}
