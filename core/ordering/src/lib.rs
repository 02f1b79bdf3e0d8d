//! Orders: placed in batches, paid, expired, cancelled, refunded.
//!
//! * [`PlaceOrders`] decides a batch of orders in the order of their arrival, inside one
//!   transaction: prices come from the catalogue, pieces are held, and each order answers for
//!   itself. One order alone is a batch of one.
//! * [`OrderState`] moves only along [`OrderState::TRANSITIONS`]; every step leaves a history row
//!   and an event with the same version.
//! * An unpaid order expires after five minutes and gives its pieces back ([`ExpireOrders`]). While
//!   a capture is under way it can neither expire nor be cancelled. Money that shows itself after
//!   all brings it back as long as its pieces can be held once more ([`hold_again`]).
//!
//! The example `embed.rs` uses the crate alone, on an embedded database.
//!
//! ```
//! use jangbogo_ordering::OrderState;
//!
//! assert!(OrderState::PendingPayment.may_become(OrderState::Paid));
//! assert!(!OrderState::Cancelled.may_become(OrderState::Paid));
//! ```

mod cancel_order;
mod event;
mod expire_orders;
mod order;
mod place_orders;
mod place_within;
mod ports;
mod settle;
mod state;
mod stock_access;

pub mod contract;

pub use cancel_order::{CancelOrder, CancelOrderError};
pub use event::{
    EventLine, OrderCancelled, OrderExpired, OrderFacts, OrderPaid, OrderPartiallyRefunded,
    OrderPlaced, OrderRefunded,
};
pub use expire_orders::ExpireOrders;
pub use order::{IllegalTransition, Order, OrderLine, OrderOrigin, OrderRefusal, RequestedLine};
pub use place_orders::{
    PlaceOrder, PlaceOrderError, PlaceOrders, PlaceSettings, PlacedOrder, Receiver, Wanted,
};
pub use place_within::{cancel_within, hold_again, place_within};
pub use ports::{HistoryEntry, OrderDetail, OrderQueries, OrderRepository, Transaction, own_order};
pub use settle::{mark_paid, mark_refunded};
pub use state::OrderState;
pub use stock_access::StockAccess;

pub use jangbogo_inventory::Returned;

use jangbogo_kernel::Id;

/// An order's id: `ord_…`.
pub type OrderId = Id<Order>;
