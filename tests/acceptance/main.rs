//! What the shop can do, seen from outside: a module per capability, over real HTTP.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod purchase;
mod sessions;
