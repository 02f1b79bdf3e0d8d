//! The shop as a process: started, stopped, misconfigured, killed, and nothing is lost.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod batch;
mod configuration;
mod kill_nine;
mod process;
mod side_by_side;

/// The shop's programs; only a test knows where they were built.
const SHOP: &str = env!("CARGO_BIN_EXE_shop-under-test");
/// Delivers the shop's events.
const EVENT_OUTBOX: &str = env!("CARGO_BIN_EXE_event-outbox-under-test");
/// Sweeps and settles.
const BATCH: &str = env!("CARGO_BIN_EXE_batch-under-test");
