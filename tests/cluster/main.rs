//! Two processes of the shop on one PostgreSQL server, with Redis beside it: whoever of the four
//! goes away and comes back, nothing that was acknowledged is lost and nothing is sold twice.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod billing;
mod postgres;

/// The batch's program.
const BATCH: &str = env!("CARGO_BIN_EXE_batch-under-test");
/// The shop's program; only a test knows where it was built.
const SHOP: &str = env!("CARGO_BIN_EXE_shop-under-test");
