//! What the crate needs from outside.

use async_trait::async_trait;
use jangbogo_kernel::{Page, PageRequest, StoreError, Timestamp, Uuid};
use jangbogo_member::{AccessError, Caller, MemberId};

use crate::{Order, OrderId, OrderState};

/// A transaction that reaches orders, and carts, stock, products and addresses with them.
pub trait Transaction: jangbogo_cart::Transaction + jangbogo_member::Transaction {
    /// Orders.
    fn orders(&mut self) -> &mut dyn OrderRepository;
}

/// Loads and saves orders.
#[async_trait]
pub trait OrderRepository: Send {
    /// Adds new orders with their lines.
    async fn add(&mut self, orders: &[Order]) -> Result<(), StoreError>;

    /// The orders with these ids, in any order; unknown ids are left out. Locked until the
    /// transaction ends.
    async fn find_many(&mut self, ids: &[OrderId]) -> Result<Vec<Order>, StoreError>;

    /// Saves state, refunded amount, returned pieces and the end of a capture of an order whose
    /// version was raised by one.
    ///
    /// # Errors
    /// A conflict when the stored version is not the one before.
    async fn save(&mut self, order: &Order) -> Result<(), StoreError>;

    /// Turns up to `limit` unpaid orders whose time is over by `now`, and that no capture is under
    /// way for, into expired ones, and returns them as they now are.
    ///
    /// # Guarantees
    /// One statement decides and changes, so that a payment that begins at the same moment and
    /// this cannot both win.
    async fn expire_due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Order>, StoreError>;

    /// Marks that `attempt` begins to capture the order's money.
    ///
    /// # Guarantees
    /// One statement decides and changes: `false`, with nothing changed, unless the order awaits
    /// payment, its time is not over by `now`, and no other capture is under way.
    async fn begin_capture(
        &mut self,
        order: OrderId,
        attempt: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Marks that the capture by `attempt` took no money; the order may be paid again until
    /// `expires_at`, or expires.
    async fn end_capture(&mut self, order: OrderId, attempt: Uuid) -> Result<(), StoreError>;
}

/// The order, if it is the caller's own; to everybody else it does not exist.
pub async fn own_order(
    tx: &mut dyn Transaction,
    caller: &Caller,
    id: OrderId,
) -> Result<Result<Order, AccessError>, StoreError> {
    let found = tx.orders().find_many(&[id]).await?.pop().ok_or(AccessError::Hidden);
    Ok(found.and_then(|order| caller.require_owner(order.buyer).map(|()| order)))
}

/// An order with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDetail {
    /// The order.
    pub order: Order,
    /// Its steps, oldest first.
    pub history: Vec<HistoryEntry>,
}

/// One step of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The state that the step led to.
    pub state: OrderState,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Reads outside transactions.
#[async_trait]
pub trait OrderQueries: Send + Sync {
    /// The order with its history, in a fixed number of queries.
    async fn find(&self, id: OrderId) -> Result<Option<OrderDetail>, StoreError>;

    /// A page of a buyer's orders with their lines, newest first, in a fixed number of queries.
    async fn list(
        &self,
        buyer: MemberId,
        state: Option<OrderState>,
        page: &PageRequest,
    ) -> Result<Page<Order>, StoreError>;
}

impl dyn OrderQueries {
    /// The name that cursors of [`OrderQueries::list`] carry.
    pub const LIST: &'static str = "orders";
}
