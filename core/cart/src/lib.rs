//! The one-time cart: what a member means to buy.
//!
//! A cart keeps products and quantities only. Prices and stock are always those of the moment in
//! which the cart is read, so a cart can never promise an old price. Putting an item sets its
//! quantity; there is one line per product.
//!
//! ```
//! use jangbogo_cart::CartTotals;
//! use jangbogo_kernel::Money;
//!
//! let totals = CartTotals::of(&[])?;
//! assert_eq!(totals.to_pay, Money::won(0));
//! # Ok::<(), jangbogo_kernel::MoneyError>(())
//! ```

mod cart;
mod ports;
mod put_item;
mod remove_bought;
mod remove_item;

pub mod contract;

pub use cart::{Cart, CartItem, CartLine, CartTotals};
pub use ports::{CartQueries, CartRepository, Transaction};
pub use put_item::{PutItem, PutItemError};
pub use remove_bought::{BoughtItem, RemoveBought};
pub use remove_item::RemoveItem;
