//! Count what was sold.

use std::sync::Arc;

use jangbogo_kernel::{Clock, EventKind, Id, Store, StoreError, retried};

use crate::{ProductId, Transaction};

/// Adds sold pieces to the products' sales counters, once per event.
pub struct CountSales {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
}

/// Pieces of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldItem {
    /// The product.
    pub product: ProductId,
    /// Pieces sold; negative when they came back.
    pub pieces: i64,
}

impl CountSales {
    /// The name under which handled events are recorded.
    pub const CONSUMER: &'static str = "catalog.count-sales";

    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Counts the items of `event`; a repeated event changes nothing.
    pub async fn run(&self, event: Id<EventKind>, items: &[SoldItem]) -> Result<(), StoreError> {
        retried(|| self.once(event, items)).await
    }

    async fn once(&self, event: Id<EventKind>, items: &[SoldItem]) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if tx.inbox().record(Self::CONSUMER, event, self.clock.now()).await? {
            tx.sales().count(items).await?;
        }
        tx.commit().await
    }
}
