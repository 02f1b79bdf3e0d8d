//! Stock: how many pieces there are, who holds them, and where each one went.
//!
//! [`Stock`] is the counter of one product, [`Movement`]s are its ledger: every change of the
//! counter is one numbered movement, so that replaying the ledger gives the counter (and the
//! checker does replay it). A [`Reservation`] holds pieces for an order until it is paid, cancelled
//! or expired. It is opened once and closed at most once.
//!
//! ```
//! use jangbogo_inventory::Stock;
//! use jangbogo_kernel::{Id, Quantity, Uuid};
//!
//! let mut stock = Stock::opened(Id::new(Uuid::nil()), 3)?;
//! let two = Quantity::try_new(2)?;
//! stock.hold(two, Id::new(Uuid::nil()))?;
//! assert_eq!((stock.available(), stock.reserved()), (1, 2));
//! assert!(stock.hold(two, Id::new(Uuid::nil())).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod add_product;
mod adjust_stock;
mod event;
mod holds;
mod ports;
mod reservation;
mod stock;

pub mod contract;

pub use add_product::{AddProduct, AddProductCommand, AddProductError, AddedProduct};
pub use adjust_stock::{AdjustStock, AdjustStockCommand, AdjustStockError, Adjusted};
pub use event::StockAdjusted;
pub use holds::{Hold, Returned, WrittenOff, commit_holds, release_holds, restock};
pub use ports::{StockRepository, Transaction};
pub use reservation::{Reservation, ReservationState};
pub use stock::{Counters, Movement, MovementKind, OutOfStock, Stock, StockError};

use jangbogo_kernel::Id;

/// A reservation's id: `res_…`.
pub type ReservationId = Id<Reservation>;
