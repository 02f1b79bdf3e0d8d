//! What the shop can do, seen from outside: a module per capability, over real HTTP.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod addresses;
mod cart;
mod catalogue;
mod concurrent_buyers;
mod idempotency;
mod orders;
mod payments;
mod purchase;
mod refunds;
mod sessions;
mod stock;
