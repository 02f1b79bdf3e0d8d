//! Give up an unpaid order.

use std::sync::Arc;

use jangbogo_inventory::release_holds;
use jangbogo_kernel::{Clock, Event, IdGenerator, Store, StoreError, fault, retried};
use jangbogo_member::{AccessError, Caller};

use crate::{Order, OrderCancelled, OrderFacts, OrderId, OrderState, Transaction, own_order};

/// Cancels the caller's own order before it is paid; its pieces are free again at once.
pub struct CancelOrder {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// The order was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelOrderError {
    /// It is paid: money goes back by a refund; or it is over already.
    #[error("an order that is {} cannot be cancelled", .0.name())]
    NotCancellable(OrderState),
    /// A payment is under way; its outcome must be known first.
    #[error("a payment of this order is under way")]
    PaymentInProgress,
    /// No such order, or another buyer's.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(CancelOrderError {
    NotCancellable: Conflict = "order-not-cancellable",
    PaymentInProgress: Conflict = "payment-in-progress",
} passes on { Access, Store });

impl CancelOrder {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Cancels the order and returns it; repeating it changes nothing.
    pub async fn run(&self, caller: &Caller, id: OrderId) -> Result<Order, CancelOrderError> {
        retried(|| self.once(caller, id)).await
    }

    async fn once(&self, caller: &Caller, id: OrderId) -> Result<Order, CancelOrderError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut order = own_order(&mut *tx, caller, id).await??;
        if order.state == OrderState::Cancelled {
            return Ok(order);
        }
        if order.capture_in_flight.is_some() {
            return Err(CancelOrderError::PaymentInProgress);
        }
        let step = order
            .advance(OrderState::Cancelled, "cancelled by the buyer", now)
            .map_err(|illegal| CancelOrderError::NotCancellable(illegal.from))?;
        tx.orders().save(&order).await?;
        tx.history().add(vec![step]).await?;
        release_holds(&mut *tx, id.uuid(), now).await?;
        let fact = OrderCancelled { facts: OrderFacts::of(&order) };
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, now)?]).await?;
        tx.commit().await?;
        Ok(order)
    }
}
