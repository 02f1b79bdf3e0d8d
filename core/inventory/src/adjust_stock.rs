//! Correct the stock of a product.

use std::sync::Arc;

use jangbogo_catalog::{Product, ProductId};
use jangbogo_kernel::{
    Clock, Event, IdGenerator, IdempotencyKey, KeyError, Store, StoreError, fault, retried,
};
use jangbogo_member::{AccessError, Caller, Role};

use crate::{StockAdjusted, StockError, Transaction};

/// Adds or takes away pieces of a seller's own product, as a difference: two sellers' clerks who
/// count at once do not overwrite each other.
pub struct AdjustStock {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// A correction.
#[derive(Debug, Clone)]
pub struct AdjustStockCommand {
    /// The product.
    pub product: ProductId,
    /// Pieces to add; negative to take away.
    pub delta: i64,
    /// Why, at most 200 characters.
    pub reason: String,
    /// Makes a repeated request harmless.
    pub key: IdempotencyKey,
}

/// The stock afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adjusted {
    /// The product.
    pub product: ProductId,
    /// Pieces that can be ordered now.
    pub available: i64,
}

/// The stock was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AdjustStockError {
    /// The correction is zero or its reason too long.
    #[error("a correction is not zero and its reason has at most 200 characters")]
    Command,
    /// The number of pieces is refused.
    #[error(transparent)]
    Stock(#[from] StockError),
    /// Not a seller, no such product, or another seller's.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The idempotency key belongs to another request.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(AdjustStockError { Command: Invalid = "validation-failed" }
    passes on { Stock, Access, Key, Store });

impl AdjustStock {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Corrects the stock; a repeated request answers the stock of now.
    pub async fn run(
        &self,
        caller: &Caller,
        command: AdjustStockCommand,
    ) -> Result<Adjusted, AdjustStockError> {
        retried(|| self.once(caller, command.clone())).await
    }

    async fn once(
        &self,
        caller: &Caller,
        command: AdjustStockCommand,
    ) -> Result<Adjusted, AdjustStockError> {
        caller.require_role(Role::Seller)?;
        if command.delta == 0 || command.reason.chars().count() > 200 {
            return Err(AdjustStockError::Command);
        }
        let now = self.clock.now();
        let id = command.product;
        let mut tx = self.store.begin().await?;
        let found = tx.products().find_many(&[id]).await?.pop().filter(Product::is_on_sale);
        caller.require_owner(found.ok_or(AccessError::Hidden)?.seller)?;
        let mut stocks = tx.stock().lock(&[id]).await?;
        let stock = stocks.first_mut().ok_or(AccessError::Hidden)?;
        if command.key.earlier_effect(tx.idempotency()).await??.is_some() {
            return Ok(Adjusted { product: id, available: stock.available() });
        }
        stock.adjust(command.delta)?;
        let adjusted = Adjusted { product: id, available: stock.available() };
        tx.stock().save(&stocks, now).await?;
        let fact = StockAdjusted {
            adjustment: self.ids.next_uuid(),
            product: id,
            delta: command.delta,
            available: adjusted.available,
            reason: command.reason,
        };
        tx.idempotency().record(&[(command.key, fact.adjustment)], now).await?;
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, now)?]).await?;
        tx.commit().await?;
        Ok(adjusted)
    }
}
