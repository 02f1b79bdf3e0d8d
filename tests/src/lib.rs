//! The harness of the suites: a whole shop over real HTTP, with actors who speak the domain's words
//! and time that moves only when a test says so.
//!
//! ```no_run
//! # async fn story() {
//! use jangbogo_tests::TestShop;
//!
//! let shop = TestShop::open().await;
//! let seller = shop.seller().await;
//! let lutein = seller.lists("루테인", 12_900, 3).await;
//! let buyer = shop.buyer().await;
//! let order = buyer.orders(&lutein, 2).await;
//! buyer.pays(&order).await;
//! assert_eq!(buyer.order(&order).await["status"], "paid");
//! shop.close().await; // delivers what is left and looks for broken invariants
//! # }
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness fails by panicking: that is how a test says no"
)]
#![expect(
    clippy::return_self_not_must_use,
    reason = "a demand on a reply is made for its own sake; the reply is handed back for the next"
)]

mod actor;
pub mod fuse;
pub mod load;
mod process;
mod reply;
mod scene;
mod scratch;
pub mod servers;
mod shop;
mod wait;

pub use actor::{Actor, PaymentPage};
pub use process::{Ended, ProcessSettings, Runner, ShopProcess, Worker};
pub use reply::Reply;
pub use scene::Scene;
pub use scratch::Scratch;
pub use shop::{ShopOptions, TestShop, movement};
pub use wait::eventually;
