//! TossPayments' API and pages.

mod billing;
mod cancel;
mod confirm;
mod idempotency;
mod shop;
mod transactions;
mod window;

pub(crate) use shop::TossShop;
