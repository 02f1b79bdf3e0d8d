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
mod change_carts;
mod ports;
mod remove_bought;

pub mod contract;

pub use cart::{Cart, CartItem, CartLine, CartTotals};
pub use change_carts::{ChangeCart, ChangeCartError, ChangeCarts};
pub use ports::{CartQueries, CartRepository, Transaction};
pub use remove_bought::{BoughtItem, RemoveBought};
