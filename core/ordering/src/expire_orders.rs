//! Expire unpaid orders.

use std::sync::Arc;

use jangbogo_catalog::ProductId;
use jangbogo_inventory::release_holds;
use jangbogo_kernel::{Clock, Event, IdGenerator, Store, StoreError, retried};

use crate::{OrderExpired, OrderFacts, OrderState, Transaction};

/// Sweeps unpaid orders whose time is over: they expire and their pieces are free again.
///
/// Safe to run anywhere, any number of times at once.
pub struct ExpireOrders {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

impl ExpireOrders {
    /// The most orders of one transaction, so that other writers wait only briefly.
    pub const BATCH_MAX: u32 = 50;

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Expires up to [`BATCH_MAX`](Self::BATCH_MAX) orders and tells how many there were; a full
    /// batch means that more may wait.
    pub async fn run(&self) -> Result<u32, StoreError> {
        retried(|| self.once()).await
    }

    /// How many orders a batch would find now; changes nothing.
    pub async fn waiting(&self) -> Result<u32, StoreError> {
        // Looked at as the batch looks, and let go of.
        let mut tx = self.store.begin().await?;
        let due = tx.orders().expire_due(self.clock.now(), Self::BATCH_MAX).await?;
        Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
    }

    async fn once(&self) -> Result<u32, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let expired = tx.orders().expire_due(now, Self::BATCH_MAX).await?;
        // All at once, in the order of their ids, as everybody locks stock: order by order two
        // sweeps, or a sweep and a batch of new orders, would end in a deadlock.
        let mut products: Vec<ProductId> =
            expired.iter().flat_map(|order| order.lines.iter().map(|line| line.product)).collect();
        products.sort_unstable();
        products.dedup();
        tx.stock().lock(&products).await?;
        let mut steps = Vec::with_capacity(expired.len());
        let mut events = Vec::with_capacity(expired.len());
        for order in &expired {
            release_holds(&mut *tx, order.id.uuid(), now).await?;
            steps.push(order.transition(
                OrderState::PendingPayment.name(),
                "not paid in time",
                now,
            ));
            events.push(Event::of(
                &OrderExpired { facts: OrderFacts::of(order) },
                &*self.ids,
                now,
            )?);
        }
        tx.history().add(steps).await?;
        tx.outbox().append(events).await?;
        tx.commit().await?;
        Ok(u32::try_from(expired.len()).unwrap_or(u32::MAX))
    }
}
