//! What the shop can do, seen from outside: a module per capability, over real HTTP.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod addresses;
mod approvals;
mod authorisation;
mod bad_input;
mod bad_input_orders;
mod billing;
mod boundaries;
mod caches;
mod cart;
mod catalogue;
mod concurrent_buyers;
mod contention;
mod counters;
mod edge;
mod events;
mod idempotency;
mod jobs;
mod late_captures;
mod metrics;
mod orders;
mod payment_faults;
mod payment_reviews;
mod payments;
mod purchase;
mod reconciliations;
mod refunds;
mod sessions;
mod stock;
mod subscription_cart;
mod subscriptions;
mod tosspayments;
